import Crypto
import Foundation
import GRDB
import Testbed
import Testing

@testable import ReplicaStore

@Suite struct CrashRecoveryTests {
  let directory: ScratchDirectory

  init() throws { directory = try ScratchDirectory() }

  @Test func `a hot rollback journal is rolled back`() throws {
    let writer = try openLaptop(directory.file("a.db"))
    try writer.write { try fill($0, rows: 0..<500, text: "old") }
    var images = 0
    try writer.writeWithoutTransaction { database in
      // A cache of two pages writes to the file all through the transaction.
      try database.execute(sql: "PRAGMA cache_size = 2")
      try database.inTransaction {
        for row in stride(from: 0, to: 500, by: 10) {
          try database.execute(
            sql: "UPDATE item SET body = 'new' || body WHERE id = ?", arguments: [row])
          try directory.copy("a.db", to: "hot.db")
          let recovered = try DatabaseState(openLaptop(directory.file("hot.db")))
          #expect(recovered == DatabaseState(rows: 500))
          images += 1
        }
        return .commit
      }
    }
    #expect(images == 50)
    #expect(try DatabaseState(openLaptop(directory.file("a.db"))).changed == 50)
  }

  @Test func `a page 1 torn in a crash is mended by the hot journal`() throws {
    let writer = try openLaptop(directory.file("a.db"))
    try writer.write { try fill($0, rows: 0..<200, text: "old") }
    try spilled(writer)
    var image = try directory.bytes("hot.db")
    for offset in 512..<1_024 { image[offset] ^= 0x5a }
    try directory.write(image, to: "hot.db")
    #expect(try DatabaseState(openLaptop(directory.file("hot.db"))).changed == 0)
  }

  @Test func `a journal cut anywhere before the file was changed recovers the committed state`()
    throws
  {
    let writer = try openLaptop(directory.file("a.db"))
    try writer.write { try fill($0, rows: 0..<60, text: "old") }
    // The journal is synced, and none of the pages that followed it reached the disk.
    let database = try directory.bytes("a.db")
    try spilled(writer)
    let journal = try directory.bytes("hot.db-journal")
    // SQLite leaves the first byte zero until the journal counts.
    #expect(journal.count > 8_192 && journal[0] != 0)
    for length in stride(from: 0, through: journal.count, by: 97) {
      try directory.write(database, to: "hot.db")
      try directory.write(journal.prefix(length), to: "hot.db-journal")
      try openLaptop(directory.file("hot.db")).read {
        let (rows, new, state) = (try count($0), try changed($0), try integrity($0))
        #expect(rows == 60 && new == 0 && state == "ok", "cut at \(length)")
      }
    }
  }

  @Test func `a page altered in a hot journal is not restored, and is reported`() throws {
    let writer = try openLaptop(directory.file("a.db"))
    try writer.write { try fill($0, rows: 0..<200, text: "old") }
    try spilled(writer)
    var journal = try directory.bytes("hot.db-journal")
    journal[512 + 4 + 100] ^= 1
    try directory.write(journal, to: "hot.db-journal")
    let path = directory.file("hot.db")
    let keys = try KeyRegistry.register(path: path, fileKey: testKey)
    _ = try? openLaptop(path)
    #expect(
      keys.findings.contains(
        SealedFinding(.rollbackJournal, .authenticationFailed, position: 516)))
  }

  @Test func `a hot write-ahead log is recovered`() throws {
    let writer = try openHub(directory.file("a.db"))
    try writer.write { try fill($0, rows: 0..<500) }
    try directory.copy("a.db", to: "hot.db")
    #expect(try DatabaseState(openHub(directory.file("hot.db"))) == DatabaseState(rows: 500))
  }

  @Test func `a write-ahead log cut anywhere recovers a committed prefix`() throws {
    let writer = try openHub(directory.file("a.db"))
    try writer.write { try fill($0, rows: 0..<1) }
    try writer.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
    for row in 1...8 { try writer.write { try fill($0, rows: row..<(row + 1)) } }
    try directory.copy("a.db", to: "hot.db")
    let database = try directory.bytes("hot.db")
    let log = try directory.bytes("hot.db-wal")
    #expect(log.count > 8 * 4_096)
    var seen: Set<Int> = []
    for length in Array(stride(from: 0, through: log.count, by: 97)) + [log.count] {
      try directory.write(database, to: "hot.db")
      try directory.write(log.prefix(length), to: "hot.db-wal")
      try recover(directory.file("hot.db")) {
        let rows = try Int.fetchAll($0, sql: "SELECT id FROM item ORDER BY id")
        let state = try integrity($0)
        #expect(rows == Array(0..<rows.count) && state == "ok", "cut at \(length)")
        seen.insert(rows.count)
      }
    }
    #expect(seen == Set(1...9))
  }

  @Test func `a frame altered in the log ends recovery before it`() throws {
    let writer = try openHub(directory.file("a.db"))
    try writer.write { try fill($0, rows: 0..<1) }
    try writer.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
    for row in 1...8 { try writer.write { try fill($0, rows: row..<(row + 1)) } }
    try directory.copy("a.db", to: "hot.db")
    let database = try directory.bytes("hot.db")
    let log = try directory.bytes("hot.db-wal")
    var generator = SplitMix64(seed: 11)
    for _ in 0..<60 {
      var altered = log
      let offset = Int.random(in: 0..<log.count, using: &generator)
      altered[offset] ^= UInt8.random(in: 1...255, using: &generator)
      try directory.write(database, to: "hot.db")
      try directory.write(altered, to: "hot.db-wal")
      try recover(directory.file("hot.db")) {
        let rows = try Int.fetchAll($0, sql: "SELECT id FROM item ORDER BY id")
        let state = try integrity($0)
        #expect(
          rows == Array(0..<rows.count) && state == "ok" && rows.count <= 9, "byte \(offset)")
      }
    }
  }

  /// Opens a copy with a log of its own and closes it again.
  private func recover(_ path: String, _ body: (Database) throws -> Void) throws {
    try? FileManager.default.removeItem(atPath: path + "-shm")
    let writer = try openHub(path)
    try writer.read(body)
    try writer.close()
  }

  private func spilled(_ writer: any DatabaseWriter) throws {
    try writer.writeWithoutTransaction { database in
      try database.execute(sql: "PRAGMA cache_size = 2")
      try database.inTransaction {
        try database.execute(sql: "UPDATE item SET body = 'new' || body")
        try directory.copy("a.db", to: "hot.db")
        return .rollback
      }
    }
  }

  private func changed(_ database: Database) throws -> Int {
    try Int.fetchOne(database, sql: "SELECT count(*) FROM item WHERE body LIKE 'new%'") ?? -1
  }
}
