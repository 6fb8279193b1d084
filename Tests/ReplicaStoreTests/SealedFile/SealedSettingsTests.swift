import GRDB
import Testing

@testable import ReplicaStore

@Suite struct SealedSettingsTests {
  let directory: ScratchDirectory

  init() throws { directory = try ScratchDirectory() }

  @Test func `the hub's writer ends with synchronous FULL and its readers write nothing`() throws {
    let hub = try openHub(directory.file("h.db"))
    try hub.writeWithoutTransaction {
      #expect(try Int.fetchOne($0, sql: "PRAGMA synchronous") == 2)
      #expect(try String.fetchOne($0, sql: "PRAGMA journal_mode") == "wal")
      try SealedSettings.verify(.hubWriter, in: $0, stage: .ready)
    }
    try hub.read { (database) throws in
      #expect(try Int.fetchOne(database, sql: "PRAGMA query_only") == 1)
      #expect(try Int.fetchOne(database, sql: "PRAGMA wal_autocheckpoint") == 0)
    }
  }

  @Test(
    arguments: [
      "secure_delete = OFF", "trusted_schema = ON", "temp_store = FILE", "foreign_keys = OFF",
      "cell_size_check = OFF", "busy_timeout = 1", "locking_mode = EXCLUSIVE",
      "journal_mode = TRUNCATE", "synchronous = FULL", "query_only = ON", "cache_size = 7",
    ])
  func `a setting that does not hold is refused`(_ fault: String) throws {
    let writer = try openLaptop(directory.file("l.db"))
    try writer.writeWithoutTransaction { database in
      try SealedSettings.verify(.laptop, in: database, stage: .ready)
      _ = try Row.fetchOne(database, sql: "PRAGMA \(fault)")
      let refused = code { try SealedSettings.verify(.laptop, in: database, stage: .ready) }
      #expect(refused == .settingRefused)
      _ = try Row.fetchOne(database, sql: "PRAGMA query_only = OFF")
    }
  }

  @Test func `memory mapping cannot be turned on`() throws {
    try openLaptop(directory.file("l.db")).writeWithoutTransaction { (database) throws in
      #expect(try Int.fetchOne(database, sql: "PRAGMA mmap_size = 1000000") == 0)
    }
  }

  @Test func `a hub whose log was turned off is refused`() throws {
    let hub = try openHub(directory.file("h.db"))
    try hub.writeWithoutTransaction { database in
      try database.execute(sql: "PRAGMA synchronous = NORMAL")
      #expect(
        code { try SealedSettings.verify(.hubWriter, in: database, stage: .ready) }
          == .settingRefused)
    }
  }
}
