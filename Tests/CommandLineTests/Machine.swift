import Foundation
import Testing

/// Another machine for the real programs: a small disk, a wrong clock, a person who is away.
///
/// The shim in `machine/` stands between a program and the C library. The programs themselves take
/// nothing of the kind from their environment, which is hostile.
struct Machine {
  let runner: CommandRunner
  private let room: String

  /// Programs that `runner` starts from now on run on it, with as much room as there is.
  init(_ runner: CommandRunner, disk: String? = nil) throws {
    self.runner = runner
    room = runner.directory + "/room"
    runner.environment["LD_PRELOAD"] = try Self.library.get()
    runner.environment["MACHINE_DISK"] = disk
    runner.environment["MACHINE_ROOM"] = room
    setRoom(1 << 40)
  }

  /// How many bytes the disk holds from now on, for programs that run already too.
  func setRoom(_ bytes: Int) { try? "\(bytes)\n".write(toFile: room, atomically: true, encoding: .utf8) }

  /// Room for so many bytes more than what is there.
  func setRoom(of directory: String, plus more: Int) throws {
    setRoom(try Self.bytes(in: directory) + more)
  }

  /// Programs that start from now on have a clock that is so many seconds ahead.
  func setClock(ahead seconds: Int) { runner.environment["MACHINE_CLOCK"] = "\(seconds)" }

  static func bytes(in directory: String) throws -> Int {
    let manager = FileManager.default
    return try manager.subpathsOfDirectory(atPath: directory).reduce(0) { sum, name in
      let found = try manager.attributesOfItem(atPath: directory + "/" + name)
      guard found[.type] as? FileAttributeType == .typeRegular else { return sum }
      return sum + (found[.size] as? Int ?? 0)
    }
  }

  // MARK: The shim

  struct NoCompiler: Error {}

  /// Built once for all tests, by the C compiler of the toolchain.
  private static let library = Result {
    let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("machine/machine.c").path
    let built = NSTemporaryDirectory() + "machine-\(getpid())-\(UUID().uuidString).so"
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try compiler())
    process.arguments = ["-O1", "-shared", "-fPIC", "-o", built, source, "-ldl"]
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw NoCompiler() }
    removeAtExit(built)
    return built
  }

  /// Beside the Swift runtime that this process uses, or on the path.
  private static func compiler() throws -> String {
    let maps = try String(contentsOfFile: "/proc/self/maps", encoding: .utf8)
    let runtime = maps.split(separator: "\n").compactMap { line -> String? in
      guard let start = line.firstIndex(of: "/"), let end = line.range(of: "/lib/swift/linux/")
      else { return nil }
      return String(line[start..<end.lowerBound]) + "/bin"
    }
    let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    for folder in runtime.prefix(1) + path.map(String.init) {
      for name in ["clang", "cc", "gcc"] where access(folder + "/" + name, X_OK) == 0 {
        return folder + "/" + name
      }
    }
    throw NoCompiler()
  }

  /// The library goes with this process.
  private static func removeAtExit(_ path: String) {
    leftOver.append(path)
    atexit { for path in Machine.leftOver { unlink(path) } }
  }

  // Written once, before the one handler that reads it is installed.
  nonisolated(unsafe) private static var leftOver: [String] = []
}
