import Crypto
import Foundation
import GRDB
import GRDBSQLite
import Testing

@testable import ReplicaStore

@Suite struct SealedDatabaseTests {
  let directory: ScratchDirectory

  init() throws { directory = try ScratchDirectory() }

  @Test(arguments: [SealedDatabase.Profile.laptop, .hub])
  func `what is written is read back after reopening`(_ profile: SealedDatabase.Profile) throws {
    // A path that a URI would misread.
    let path = directory.file("a b%20?#&é.db")
    do {
      let writer = try SealedDatabase.open(path: path, key: testKey, profile: profile)
      try writer.write { try fill($0, rows: 0..<500) }
      try writer.close()
    }
    let reopened = try SealedDatabase.open(path: path, key: testKey, profile: profile)
    #expect(try DatabaseState(reopened) == DatabaseState(rows: 500))
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    #expect(try SealedDatabase.findings(path: path).isEmpty)
  }

  @Test func `another key is refused and the right one still opens`() throws {
    let path = directory.file("a.db")
    try openLaptop(path).write { try fill($0, rows: 0..<10) }
    #expect(code { _ = try openLaptop(path, key: otherKey) } == .wrongKey)
    #expect(try DatabaseState(openLaptop(path)) == DatabaseState(rows: 10))
  }

  @Test func `a second key is refused while the file is open`() throws {
    let path = directory.file("a.db")
    let writer = try openLaptop(path)
    try writer.write { try fill($0, rows: 0..<10) }
    #expect(code { _ = try openLaptop(path, key: otherKey) } == .keyConflict)
    #expect(try DatabaseState(writer) == DatabaseState(rows: 10))
  }

  @Test func `another key leaves a hot journal alone`() throws {
    let writer = try openLaptop(directory.file("a.db"))
    try writer.write { try fill($0, rows: 0..<200, text: "old") }
    try hotJournal(writer)
    #expect(code { _ = try openLaptop(directory.file("hot.db"), key: otherKey) } == .wrongKey)
    #expect(directory.exists("hot.db-journal"))
    #expect(try DatabaseState(openLaptop(directory.file("hot.db"))).changed == 0)
  }

  @Test(arguments: ["hot.db", "hot.db-journal"])
  func `a name that cannot be looked for is not a file that is not there`(_ name: String) throws {
    let writer = try openLaptop(directory.file("a.db"))
    try writer.write { try fill($0, rows: 0..<200, text: "old") }
    try hotJournal(writer)
    let path = directory.file(name)
    // A name that leads to itself: the system cannot say whether there is anything behind it.
    let kept = try Data(contentsOf: URL(fileURLWithPath: path))
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: path)
    #expect(throws: (any Error).self) { _ = try openLaptop(directory.file("hot.db")) }
    try FileManager.default.removeItem(atPath: path)
    try kept.write(to: URL(fileURLWithPath: path))
    #expect(try DatabaseState(openLaptop(directory.file("hot.db"))).changed == 0)
  }

  @Test func `another key leaves a write-ahead log alone`() throws {
    let writer = try openHub(directory.file("a.db"))
    try writer.write { try fill($0, rows: 0..<200) }
    try directory.copy("a.db", to: "hot.db")
    let before = try directory.bytes("hot.db-wal")
    #expect(code { _ = try openHub(directory.file("hot.db"), key: otherKey) } == .wrongKey)
    #expect(try directory.bytes("hot.db-wal") == before)
    #expect(try DatabaseState(openHub(directory.file("hot.db"))) == DatabaseState(rows: 200))
  }

  @Test func `stock SQLite cannot read a sealed file, and a plain file is refused`() throws {
    try openLaptop(directory.file("a.db")).write { try fill($0, rows: 0..<10) }
    let error = #expect(throws: DatabaseError.self) {
      try DatabaseQueue(path: directory.file("a.db")).read { _ = try count($0) }
    }
    #expect(error?.resultCode == .SQLITE_NOTADB)

    try DatabaseQueue(path: directory.file("plain.db")).write { try fill($0, rows: 0..<10) }
    let before = try directory.bytes("plain.db")
    #expect(code { _ = try openLaptop(directory.file("plain.db")) } == .notSealed)
    #expect(try directory.bytes("plain.db") == before)
  }

  @Test func `a database laid out without reserved bytes is not written`() throws {
    let path = directory.file("raw.db")
    _ = try SealedVFS.register()
    let keys = try KeyRegistry.register(path: path, fileKey: testKey)
    var handle: OpaquePointer?
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
    #expect(sqlite3_open_v2(path, &handle, flags, "yarrow-sealed") == SQLITE_OK)
    defer { sqlite3_close(handle) }
    #expect(
      sqlite3_exec(handle, "CREATE TABLE t(a)", nil, nil, nil) & 0xff == SQLITE_IOERR)
    #expect(keys.findings.contains { $0.reason == .reservedBytesInUse })
  }

  @Test func `a path without a registered key is refused`() throws {
    _ = try SealedVFS.register()
    var handle: OpaquePointer?
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
    #expect(
      sqlite3_open_v2(directory.file("x.db"), &handle, flags, "yarrow-sealed") == SQLITE_AUTH)
    sqlite3_close(handle)
    #expect(try directory.names.isEmpty)

    // Nor does VACUUM INTO leave a copy under no key.
    let writer = try openLaptop(directory.file("a.db"))
    try writer.write { try fill($0, rows: 0..<10) }
    let copy = directory.file("copy.db")
    #expect(throws: DatabaseError.self) {
      try writer.writeWithoutTransaction {
        try $0.execute(sql: "VACUUM INTO ?", arguments: [copy])
      }
    }
    #expect(!directory.exists("copy.db"))
  }

  @Test func `full-text search works`() throws {
    try openLaptop(directory.file("a.db")).write {
      try $0.execute(sql: "CREATE VIRTUAL TABLE words USING fts5(body)")
      for row in 0..<2_000 {
        try $0.execute(
          sql: "INSERT INTO words VALUES(?)", arguments: ["alpha beta\(row % 97) gamma\(row)"])
      }
    }
    try openLaptop(directory.file("a.db")).read {
      let found = try Int.fetchOne(
        $0, sql: "SELECT count(*) FROM words WHERE words MATCH 'beta13'")
      #expect(found == 21)
    }
  }

  @Test func `VACUUM and a shrinking file keep everything readable`() throws {
    let path = directory.file("a.db")
    let writer = try openLaptop(path)
    try writer.write { try fill($0, rows: 0..<2_000) }
    let before = try directory.bytes("a.db").count
    try writer.write { try $0.execute(sql: "DELETE FROM item WHERE id % 3 <> 0") }
    try writer.writeWithoutTransaction { try $0.execute(sql: "VACUUM") }
    #expect(try directory.bytes("a.db").count < before)
    #expect(try DatabaseState(writer) == DatabaseState(rows: 667))
    #expect(try SealedDatabase.findings(path: path).isEmpty)
  }

  @Test func `a statement that fails late is undone from its sealed journal`() throws {
    let path = directory.file("a.db")
    let writer = try openLaptop(path)
    try writer.write { try fill($0, rows: 0..<3_000) }
    try writer.writeWithoutTransaction { database in
      // On the disk, so that the statement journal is a file: over 64 KiB it is.
      try database.execute(sql: "PRAGMA temp_store = FILE")
      let before = try String.fetchOne(database, sql: "SELECT group_concat(body) FROM item")
      try database.inTransaction {
        try database.execute(sql: "INSERT INTO item VALUES(9999, 'kept')")
        #expect(throws: DatabaseError.self) {
          // The last row collides.
          try database.execute(
            sql: """
              UPDATE item SET body = body || 'changed',
                id = CASE WHEN id = 9999 THEN 0 ELSE id END
              """)
        }
        return .commit
      }
      try database.execute(sql: "DELETE FROM item WHERE id = 9999")
      let after = try String.fetchOne(database, sql: "SELECT group_concat(body) FROM item")
      #expect(before == after)
      #expect(try integrity(database) == "ok")
      // Any other temporary file is refused.
      #expect(throws: DatabaseError.self) {
        try database.execute(
          sql: """
            PRAGMA temp.cache_size = 2;
            CREATE TEMP TABLE t AS SELECT * FROM item;
            """)
      }
    }
  }

  @Test func `two connections write in turn and lose nothing`() async throws {
    let path = directory.file("a.db")
    try await openLaptop(path).write { try fill($0, rows: 0..<1) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for worker in 1...2 {
        let writer = try openLaptop(path)
        group.addTask {
          for round in 0..<50 {
            try await writer.write {
              try $0.execute(
                sql: "INSERT INTO item VALUES(?, 'x')", arguments: [worker * 1_000 + round])
            }
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(try DatabaseState(openLaptop(path)) == DatabaseState(rows: 101))
  }

  // MARK: Hot journals

  /// Leaves "hot.db": a copy taken in a transaction that has changed the file already.
  private func hotJournal(_ writer: any DatabaseWriter) throws {
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
