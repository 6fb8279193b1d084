import Crypto
import Foundation
import HubServer
import Identity
import SyncCore
import Testbed
import Testing

@testable import ReplicaStore

/// A hub and its devices on disk, for the real programs to run on.
///
/// What `init` and the first half of `join` make is made in process, because key files whose
/// passphrase costs nothing to try keep a test of fifty commands short. All the rest is the
/// programs' own work.
final class ProgramTown {
  let runner: CommandRunner
  let port: Int
  private var hub: ChildProgram?

  var directory: String { runner.directory }
  var hubHome: String { directory + "/hub" }
  func home(_ device: String) -> String { directory + "/" + device }

  init() throws {
    runner = try HubFixture.runner()
    port = try HubFixture.freePort()
    // Whatever a program puts into temporary files lies where the test looks.
    runner.environment["TMPDIR"] = directory + "/tmp"
    for folder in ["hub", "tmp"] {
      try FileManager.default.createDirectory(
        atPath: directory + "/" + folder, withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])
    }
    try found()
  }

  deinit { hub?.kill() }

  private static var passphrase: [UInt8] { Array("correct horse battery".utf8) }

  private func found() throws {
    let home = HubHome(hubHome)
    let tls = try TLSIdentity.mint()
    var generator: any RandomNumberGenerator = SystemRandomNumberGenerator()
    let authority = SigningKeyPair(using: &generator)
    let recovery = OpeningKeyPair(using: &generator)
    try KeyFile.create(
      at: home.authorityKeyPath, wrapping: SymmetricKey(data: authority.seed),
      passphrase: Self.passphrase, purpose: .authority, cost: .tiny)
    let key = SymmetricKey(size: .bits256)
    let made = FileManager.default.createFile(
      atPath: home.storeKeyPath, contents: key.withUnsafeBytes { Data($0) },
      attributes: [.posixPermissions: 0o600])
    try #require(made)
    _ = try HubStore.found(
      home: home, key: key,
      HubStore.Founding(
        programmeName: "delta", url: "https://127.0.0.1:\(port)", areas: ["north", "south"],
        authority: authority, beginning: .programme(recovery: recovery.publicKey),
        signing: SigningKeyPair(using: &generator), tlsCertificate: tls.certificate,
        tlsKey: tls.key, tlsPin: tls.pin),
      now: { Int64(Date().timeIntervalSince1970) })
  }

  /// An empty home whose passphrase costs nothing to try; `join` goes on from there.
  func makeHome(_ device: String) throws {
    _ = try DeviceHome(home(device)).create(passphrase: Self.passphrase, cost: .tiny)
  }

  /// Invites a device at the serving hub and lets it join.
  func enrol(_ device: String, as role: String, areas: [String] = []) throws {
    let invited = try run(
      ["yarrow-hub", "invite", "--role", role, "--json"] + areas.flatMap { ["--area", $0] })
    let invite = try #require(JSONLines.objects(invited.out).first?["invite"] as? String)
    try makeHome(device)
    #expect(try run(["yarrow", "join", invite, "--home", home(device)]).status == 0)
  }

  /// Runs a command that has to succeed, or the test ends here.
  @discardableResult
  func run(_ words: [String]) throws -> CommandRunner.Result {
    let result = try runner.run(words)
    try #require(result.status == 0, "\(words.prefix(3)): \(result.err)")
    return result
  }

  // MARK: The serving hub

  var log: String { directory + "/serve.log" }

  /// Serves until it is killed; returns when it listens.
  func serve() throws {
    try #require(hub == nil)
    let hub = try ChildProgram(
      ["yarrow-hub", "serve", "--listen", "127.0.0.1:\(port)"], runner, errors: log)
    self.hub = hub
    try #require(hub.firstLine().hasPrefix("listening "))
  }

  /// kill -9, and what it left is all that the next one gets.
  func killHub() {
    hub?.kill()
    hub = nil
  }
}

/// A program that may be killed while it runs. Its output goes to a file of its own.
final class ChildProgram {
  private let process = Process()
  private let ended = DispatchSemaphore(value: 0)
  private let outPath: String
  private let lines = Pipe()
  private let isPiped: Bool
  private var hasEnded = false

  var pid: pid_t { process.processIdentifier }

  /// - Parameter errors: a file that stderr is appended to; then stdout can be read by line.
  init(_ words: [String], _ runner: CommandRunner, errors: String? = nil) throws {
    outPath = runner.directory + "/tmp/out-" + UUID().uuidString
    isPiped = errors != nil
    process.executableURL = CommandRunner.program(words[0])
    process.arguments = Array(words.dropFirst())
    process.currentDirectoryURL = URL(fileURLWithPath: runner.directory)
    process.environment = runner.environment
    process.standardInput = FileHandle.nullDevice
    for path in [outPath, errors].compactMap({ $0 })
    where !FileManager.default.fileExists(atPath: path) {
      _ = FileManager.default.createFile(atPath: path, contents: nil)
    }
    if let errors {
      process.standardOutput = lines
      let log = try #require(FileHandle(forWritingAtPath: errors))
      log.seekToEndOfFile()
      process.standardError = log
    } else {
      process.standardOutput = FileHandle(forWritingAtPath: outPath)
      process.standardError = FileHandle(forWritingAtPath: "/dev/null")
    }
    let ended = ended
    process.terminationHandler = { _ in ended.signal() }
    try process.run()
  }

  deinit { kill() }

  /// Waits for its end, at most so long. False: it still runs.
  func ends(within seconds: Double) -> Bool {
    if !hasEnded { hasEnded = ended.wait(timeout: .now() + seconds) == .success }
    return hasEnded
  }

  func kill() {
    guard !hasEnded else { return }
    Foundation.kill(pid, SIGKILL)
    ended.wait()
    hasEnded = true
  }

  /// Nil after a signal.
  var status: Int32? {
    hasEnded && process.terminationReason == .exit ? process.terminationStatus : nil
  }

  var out: String {
    String(decoding: FileManager.default.contents(atPath: outPath) ?? Data(), as: UTF8.self)
  }

  func firstLine() -> String {
    var line: [UInt8] = []
    let reader = lines.fileHandleForReading
    while line.last != 0x0A, let byte = try? reader.read(upToCount: 1), !byte.isEmpty {
      line += byte
    }
    return String(decoding: line, as: UTF8.self)
  }
}

enum JSONLines {
  /// The whole lines of a text; one that a kill cut off counts as never printed.
  static func objects(_ text: String) -> [[String: Any]] {
    text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().compactMap {
      (try? JSONSerialization.jsonObject(with: Data($0.utf8))) as? [String: Any]
    }
  }
}

/// Random moments that can be had again from the printed seed.
struct Moments {
  private var numbers: SplitMix64

  init(seed: UInt64) { numbers = SplitMix64(seed: seed) }

  static func fresh(_ test: String = #function) -> Moments {
    let seed =
      ProcessInfo.processInfo.environment["YARROW_SEED"].flatMap { UInt64($0) }
      ?? UInt64.random(in: 0...UInt64.max)
    print("\(test) YARROW_SEED=\(seed)")
    return Moments(seed: seed)
  }

  mutating func next() -> UInt64 { numbers.next() }

  /// Seconds from zero to a bound.
  mutating func delay(upTo seconds: Double) -> Double {
    Double(next() >> 11) / Double(UInt64(1) << 53) * seconds
  }
}
