import Foundation

/// Runs the built programs in a directory of their own, as a person with a plain environment would.
final class CommandRunner {
  let directory: String
  private var running: [Process] = []
  var environment: [String: String]

  struct Result {
    let status: Int32
    let out: String
    let err: String

    static func lines(_ text: String) -> [String] {
      var lines = text.replacingOccurrences(of: "\r\n", with: "\n")
        .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      if lines.last == "" { lines.removeLast() }
      return lines
    }
  }

  init() throws {
    directory = NSTemporaryDirectory() + "yarrow-" + UUID().uuidString
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o700])
    environment = [
      "HOME": directory, "PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC",
      "SWIFT_BACKTRACE": "enable=no",
    ]
  }

  deinit {
    for process in running {
      process.terminate()
      process.waitUntilExit()
    }
    try? FileManager.default.removeItem(atPath: directory)
  }

  /// Where the programs were built: beside the test bundle.
  static let products: URL = {
    var url = Bundle(for: CommandRunner.self).bundleURL
    if url.pathExtension == "xctest" { url.deleteLastPathComponent() }
    if FileManager.default.fileExists(atPath: url.appendingPathComponent("yarrow").path) {
      return url
    }
    return URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
  }()

  static func program(_ name: String) -> URL { products.appendingPathComponent(name) }

  private func process(_ words: [String]) -> Process {
    let process = Process()
    process.executableURL = Self.program(words[0])
    process.arguments = Array(words.dropFirst())
    process.currentDirectoryURL = URL(fileURLWithPath: directory)
    process.environment = environment
    return process
  }

  func run(_ words: [String], input: String = "") throws -> Result {
    let process = process(words)
    // Files and not pipes: a full pipe would stop a program that nobody reads from yet.
    let names = ["in", "out", "err"].map { directory + "/.\($0)" }
    _ = FileManager.default.createFile(atPath: names[0], contents: Data(input.utf8))
    for name in names.dropFirst() { _ = FileManager.default.createFile(atPath: name, contents: nil) }
    process.standardInput = FileHandle(forReadingAtPath: names[0])
    process.standardOutput = FileHandle(forWritingAtPath: names[1])
    process.standardError = FileHandle(forWritingAtPath: names[2])
    try process.run()
    process.waitUntilExit()
    func text(_ name: String) -> String {
      String(decoding: FileManager.default.contents(atPath: name) ?? Data(), as: UTF8.self)
    }
    return Result(
      status: process.terminationReason == .exit ? process.terminationStatus : -1,
      out: text(names[1]), err: text(names[2]))
  }

  /// Starts a program that serves, and waits for its first line.
  func start(_ words: [String]) throws {
    let process = process(words)
    let out = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = out
    process.standardError = FileHandle.nullDevice
    try process.run()
    running.append(process)
    var line: [UInt8] = []
    while line.last != 0x0A, let byte = try out.fileHandleForReading.read(upToCount: 1),
      !byte.isEmpty
    { line += byte }
  }
}
