import Foundation
import Identity
import SyncCore
import Testing
import TransparencyLog

@testable import ReplicaStore

/// The verifier of Tools/verify, written from the specification in another language.
struct IndependentVerifier {
  struct Verdict: Decodable {
    struct Head: Decodable, Equatable {
      let epoch, size: UInt64
      let root: String
    }
    struct Problem: Decodable {
      let code, table: String
      let row: Int64?
    }
    let ok: Bool
    let outcome: String
    let release: UInt64?
    let entries, shown, rows: UInt64
    let withheld: [String: UInt64]
    let checkpoint: Head?
    let problems: [Problem]
    let shows, does_not_show: [String]
  }

  static var script: String? {
    guard let file = realpath(#filePath, nil) else { return nil }
    defer { free(file) }
    var folder = URL(fileURLWithPath: String(cString: file)).deletingLastPathComponent()
    for _ in 0..<6 {
      let script = folder.appendingPathComponent("Tools/verify/committee.py").path
      if FileManager.default.fileExists(atPath: script) { return script }
      folder.deleteLastPathComponent()
    }
    return nil
  }

  /// Writes the bytes into a folder and runs the verifier on them.
  static func run(_ bytes: [UInt8], _ fixture: CommitteeFixture) throws -> (Verdict, Int32) {
    try run(bytes, authority: fixture.authority.publicKey)
  }

  static func run(
    _ bytes: [UInt8], authority: SigningPublicKey
  ) throws -> (Verdict, Int32) {
    let script = try #require(script, "Tools/verify/committee.py is missing")
    let folder = try TemporaryFolder()
    let path = folder.path + "/committee.sqlite"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "python3", script, path, "--authority", authority.raw.hex,
    ]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    try #require(
      process.terminationStatus != 127, "python3 is needed to compare with the other verifier")
    return (
      try JSONDecoder().decode(Verdict.self, from: data), process.terminationStatus
    )
  }
}

@Suite struct IndependentVerifierTests {
  @Test func `a verifier written from the specification agrees on a good file`() throws {
    var fixture = try CommitteeFixture(seed: 21)
    // Enough leaves and fields for interior pages of every table that can have them.
    let (release, history) = try fixture.release(reports: 90)
    let bytes = try CommitteeFile.bytes(release, history: history)
    let ours = CommitteeFile.verify(bytes: bytes, trust: fixture.trust)
    let (theirs, status) = try IndependentVerifier.run(bytes, fixture)
    #expect(theirs.problems.map { "\($0.table) \($0.row ?? -1) \($0.code)" } == [])
    #expect(ours.ok && theirs.ok)
    #expect(status == 0)
    #expect(theirs.outcome == ours.outcome.rawValue)
    #expect(theirs.release == ours.release)
    #expect(theirs.entries == ours.entries)
    #expect(theirs.shown == ours.shown)
    #expect(theirs.rows == ours.rows)
    #expect(theirs.withheld.values.reduce(0, +) == ours.withheldCount)
    for part in ours.withheld { #expect(theirs.withheld[part.reason.rawValue] == part.count) }
    #expect(theirs.checkpoint?.root == ours.checkpoint?.root.hex)
    #expect(theirs.checkpoint?.size == ours.checkpoint?.size)
    #expect(theirs.shows == ours.shows.map(\.rawValue))
    #expect(theirs.does_not_show == ours.doesNotShow.map(\.rawValue))
  }

  @Test(arguments: [
    "UPDATE field SET value = 'closed' WHERE rowid = 5",
    "UPDATE field SET salt = zeroblob(16) WHERE rowid = 5",
    "UPDATE band SET reports = '99' WHERE rowid = 2",
    "UPDATE summary SET text = text || ' ' WHERE lang = 'ar'",
    "UPDATE withheld SET entries = entries + 1 WHERE rowid = 1",
    "UPDATE leaf SET entry = zeroblob(32) WHERE position = 0",
    "UPDATE checkpoint SET note = replace(note, 'A', 'B') WHERE rowid = 2",
    "UPDATE release SET log_index = log_index - 1",
    "UPDATE form SET yaml = replace(yaml, 'coded', 'operational') WHERE rowid = 2",
    "UPDATE form SET yaml = yaml || ' ' WHERE rowid = 1",
    "UPDATE lists SET yaml = replace(yaml, 'New', 'Old')", "DELETE FROM lists",
    "UPDATE statement SET bytes = zeroblob(100) WHERE rowid = 1",
    "CREATE TABLE extra(x TEXT) STRICT", "DROP VIEW proofs", "VACUUM",
  ])
  func `both verifiers refuse a changed file, and name the same table`(sql: String) throws {
    var fixture = try CommitteeFixture(seed: 22)
    let (release, history) = try fixture.release(reports: 6)
    let database = try MemoryDatabase(try CommitteeFile.bytes(release, history: history))
    try database.run(sql)
    let bytes = database.serialized()
    let ours = CommitteeFile.verify(bytes: bytes, trust: fixture.trust)
    let (theirs, status) = try IndependentVerifier.run(bytes, fixture)
    #expect(!ours.ok)
    #expect(!theirs.ok)
    #expect(status == 76)
    let named = Set(theirs.problems.map(\.table))
    #expect(!named.isDisjoint(with: ours.problems.map(\.table)), "\(named)")
  }
}
