import GRDBSQLite
import SyncCore
import Testbed
import Testing
import TransparencyLog

@testable import ReplicaStore

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct CommitteeFileTests {
  @Test func `a release becomes a file that SQLite finds sound and a home finds right`() throws {
    var fixture = try CommitteeFixture(seed: 1)
    let (release, history) = try fixture.release()
    let bytes = try CommitteeFile.bytes(release, history: history)
    let database = try MemoryDatabase(bytes)
    #expect(try database.column("PRAGMA integrity_check") == ["ok"])
    #expect(try database.column("SELECT count(*) FROM leaf") == ["\(release.leaves.count)"])
    #expect(
      try database.column("SELECT count(*) FROM answers WHERE question = 'status'")
        == ["\(24 + 6)"])
    #expect(
      try database.column("SELECT value FROM field WHERE name = 'services' LIMIT 1")
        == ["+legal +shelter"])
    #expect(
      try database.column("SELECT reason || '=' || entries FROM withheld")
        == [
          "key_management=1", "routing=1", "erasure=1", "consent=1", "quarantined=1",
          "form_not_listed=1", "no_listed_field=1",
        ])
    var trust = fixture.trust
    trust.checkpoints = [history.checkpoints[0].checkpoint]
    let report = CommitteeFile.verify(bytes: bytes, trust: trust)
    #expect(report.problems == [])
    #expect(report.outcome == .matches)
    #expect(report.shown == 32)
    #expect(report.withheldCount == 7)
    #expect(report.entries == 39)
    #expect(report.checkpoint == release.log?.checkpoint.checkpoint)
    #expect(report.shows.contains(.historyConsistent))
    #expect(report.doesNotShow.contains(.truth))
  }

  @Test func `counts below the threshold appear as their band, and a withdrawal as its own status`()
    throws
  {
    var fixture = try CommitteeFixture(seed: 2)
    let (release, history) = try fixture.release(reports: 60)
    let database = try MemoryDatabase(try CommitteeFile.bytes(release, history: history))
    let cells = try database.column(
      "SELECT form || '/' || status || '/' || month || '=' || reports FROM band")
    // 60 reports: every fourth was triaged and the first of them withdrawn; of the other 45 the
    // fifteen that 3 divides are closed. Even ones came in January.
    #expect(
      cells == [
        "referral/sent/=0-4", "report/closed/2026-01=5-9", "report/closed/2026-02=10",
        "report/new/2026-01=10", "report/new/2026-02=20", "report/triaged/2026-01=14",
        "report/withdrawn/2026-01=0-4",
      ])
  }

  @Test func `nothing that the policy does not list is in the file`() throws {
    var fixture = try CommitteeFixture(seed: 3)
    let (release, history) = try fixture.release()
    let bytes = try CommitteeFile.bytes(release, history: history)
    for word in [
      "unlisted", "north-district", "hidden-area", "sealed-narrative", "unlisted-faulty", "refused",
      "yarrow.epoch", "person",
    ] {
      let found = bytes.contains(Array(word.utf8))
      #expect(!found, "\(word)")
    }
    let origin = bytes.contains(fixture.origin.bytes)
    #expect(!origin)
    let shown = bytes.contains(Array("triaged".utf8))
    #expect(shown, "the search finds what is there")
  }

  @Test func `one changed byte anywhere in the file is found`() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("seed \(seed)")
    var fixture = try CommitteeFixture(seed: 4)
    let (release, history) = try fixture.release(reports: 4)
    let bytes = try CommitteeFile.bytes(release, history: history)
    let trust = fixture.trust
    #expect(CommitteeFile.verify(bytes: bytes, trust: trust).ok)
    var random = SplitMix64(seed: seed)
    for _ in 0..<320 {
      let offset = Int.random(in: bytes.indices, using: &random)
      var changed = bytes
      changed[offset] ^= UInt8.random(in: 1...255, using: &random)
      let report = CommitteeFile.verify(bytes: changed, trust: trust)
      #expect(!report.ok, "byte \(offset)")
      #expect(!report.problems.isEmpty)
    }
  }

  @Test func `a byte changed in any row names the row`() throws {
    var fixture = try CommitteeFixture(seed: 4)
    let (release, history) = try fixture.release(reports: 4)
    let image = try CommitteeTables(release, history: history).image(recordingExtents: true)
    let trust = fixture.trust
    let shown = Set(release.entries.map { Int64($0.position) })
    var rows = 0
    for extent in image.extents where extent.bytes.count > 2 {
      // The last byte before an overflow page's number, so always one of the content.
      let offset = extent.bytes.upperBound - (extent.bytes.count > 400 ? 5 : 1)
      var changed = image.bytes
      changed[offset] ^= 1
      let report = CommitteeFile.verify(bytes: changed, trust: trust)
      rows += 1
      let named =
        switch extent.table {
        // A digest of what is not shown has only its entry to check it with, and the hash of an
        // entry that is withheld only the root of the release.
        case "hidden_field": report.problems.contains { $0.table == "entry" }
        case "leaf":
          report.problems.contains {
            shown.contains(extent.rowID)
              ? $0.table == "entry" && $0.row == extent.rowID : $0.table == "release"
          }
        default:
          report.problems.contains { $0.table == extent.table && $0.row == extent.rowID }
        }
      #expect(!report.ok)
      #expect(named, "\(extent.table) \(extent.rowID): \(report.problems.map(\.description))")
    }
    #expect(rows > 80)
  }

  @Test func `a value changed through SQL names its row`() throws {
    var fixture = try CommitteeFixture(seed: 5)
    let (release, history) = try fixture.release()
    let bytes = try CommitteeFile.bytes(release, history: history)
    for (sql, table, row) in [
      ("UPDATE field SET value = 'closed' WHERE rowid = 5", "field", 5),
      ("UPDATE band SET reports = '99' WHERE rowid = 2", "band", 2),
      ("UPDATE summary SET text = 'all is well' WHERE rowid = 1", "summary", 1),
      ("UPDATE policy SET yaml = yaml || ' '", "policy", 1),
      ("UPDATE form SET yaml = yaml || ' ' WHERE rowid = 1", "form", 1),
      ("UPDATE form SET yaml = replace(yaml, 'coded', 'operational') WHERE rowid = 2", "form", 2),
      ("UPDATE form SET yaml = 'shipped: ' || yaml WHERE rowid = 1", "form", 1),
      ("UPDATE lists SET yaml = replace(yaml, 'New', 'Old')", "lists", 1),
      ("DELETE FROM lists", "lists", 1), ("DELETE FROM form WHERE rowid = 2", "form", 2),
      ("INSERT INTO lists VALUES('lists: {}')", "lists", 2),
      ("UPDATE entry SET code = '0000-0000' WHERE position = 3", "entry", 3),
      (
        "UPDATE entry SET salt = zeroblob(16) WHERE position = \(Int(release.entries[1].position))",
        "entry", Int64(release.entries[1].position)
      ),
      ("UPDATE checkpoint SET size = size + 1 WHERE rowid = 3", "checkpoint", 3),
      ("UPDATE release SET log_index = log_index - 1", "release", 1),
      ("DELETE FROM consistency WHERE rowid = 2", "consistency", nil),
      ("DELETE FROM leaf WHERE position = 38", "withheld", nil),
      ("INSERT INTO hidden_field VALUES(0, zeroblob(32))", "hidden_field", nil),
      ("CREATE TABLE extra(x TEXT) STRICT", "sqlite_schema", 19),
      ("CREATE TRIGGER t AFTER INSERT ON meta BEGIN SELECT 1; END", "sqlite_schema", 19),
      ("CREATE INDEX i ON meta(name)", "sqlite_schema", 19),
      ("DROP VIEW counts", "sqlite_schema", 17),
      ("PRAGMA application_id = 7", "file", nil), ("PRAGMA user_version = 2", "file", nil),
      ("VACUUM", "file", nil),
    ] as [(String, String, Int64?)] {
      let database = try MemoryDatabase(bytes)
      try database.run(sql)
      let report = CommitteeFile.verify(bytes: database.serialized(), trust: fixture.trust)
      #expect(!report.ok, "\(sql)")
      if table != "file", sql.hasPrefix("INSERT") == false {
        #expect(
          report.problems.contains { $0.table == table && (row == nil || $0.row == row) },
          "\(sql): \(report.problems.map(\.description))")
      }
    }
  }

  @Test func `a file is written once, for its owner only, and never over another`() throws {
    var fixture = try CommitteeFixture(seed: 6)
    let (release, history) = try fixture.release(reports: 3)
    let folder = try TemporaryFolder()
    let path = folder.path + "/committee.sqlite"
    try CommitteeFile.write(release, history: history, to: path)
    var status = stat()
    #expect(stat(path, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o600)
    #expect(folder.names == ["committee.sqlite"])
    #expect(try CommitteeFile.verify(path, trust: fixture.trust).ok)
    let error = #expect(throws: CommitteeError.self) {
      try CommitteeFile.write(release, history: history, to: path)
    }
    #expect(error?.code == .fileExists)
    #expect(folder.names == ["committee.sqlite"])
    let missing = #expect(throws: CommitteeError.self) {
      try CommitteeFile.verify(folder.path + "/none", trust: fixture.trust)
    }
    #expect(missing?.code == .fileMissing)
    #expect(throws: CommitteeError.self) {
      try CommitteeFile.verify(folder.path, trust: fixture.trust)
    }
  }

  @Test func `bytes that are no database are damage and no crash`() throws {
    let fixture = try CommitteeFixture(seed: 7)
    for bytes in [[], [UInt8](repeating: 0, count: 4096), Array("SQLite format 3\0".utf8)] {
      let report = CommitteeFile.verify(bytes: bytes, trust: fixture.trust)
      #expect(report.outcome == .damaged)
      #expect(report.problems.first?.table == "file")
    }
  }

  @Test func `an image of many pages and long rows reads as it was written`() throws {
    let schema = [
      SchemaItem(kind: .table, name: "t", sql: "CREATE TABLE t(a INTEGER, b BLOB, c TEXT) STRICT")
    ]
    let rows = (0..<1400).map { n in
      TableRow(
        rowID: Int64(n) * 3 - 600,
        values: [
          .integer(Int64(n) &* 0x1_2345_6789_abc &- 900_000_000_000),
          .blob([UInt8](repeating: UInt8(n % 251), count: n % 7 == 0 ? n * 9 : 1_300)),
          n % 5 == 0 ? .null : .text("row \(n)"),
        ])
    }
    let image = DatabaseImage(schema: schema, content: [TableContent(name: "t", rows: rows)])
    let database = try MemoryDatabase(image.bytes)
    #expect(try database.column("PRAGMA integrity_check") == ["ok"])
    #expect(
      try database.column("SELECT sum(length(b)) FROM t").first
        == "\(rows.reduce(0) { if case .blob(let b) = $1.values[1] { $0 + b.count } else { $0 } })")
    #expect(
      try database.column("SELECT a FROM t ORDER BY rowid")
        == rows.map {
          if case .integer(let a) = $0.values[0] { "\(a)" } else { "" }
        })
    #expect(try database.column("SELECT c FROM t WHERE rowid = 2401") == [])
    #expect(try database.column("SELECT c FROM t WHERE rowid = 2403") == ["row 1001"])
  }
}

extension [UInt8] {
  func contains(_ part: [UInt8]) -> Bool {
    guard count >= part.count else { return false }
    return (0...(count - part.count)).contains {
      self[$0] == part[0] && self[$0..<$0 + part.count].elementsEqual(part)
    }
  }
}
