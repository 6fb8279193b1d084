internal import GRDB
internal import GRDBSQLite
internal import Synchronization

/// The write-ahead log of a hub's database (at-rest §10).
extension HubStore {
  /// Pages that are written before the log goes into the file: few enough to be quick, and so many that
  /// a page which each batch writes anew is moved once.
  private static let walPages = 4_000

  /// Moves the write-ahead log into the database file once it is long. SQLite would do so within the
  /// commit that makes it long, while a device waits for its answer.
  package func shortenLog() throws {
    try db.writeWithoutTransaction { db in
      var written: Int32 = 0
      var unused: Int32 = 0
      sqlite3_db_status(db.sqliteConnection, SQLITE_DBSTATUS_CACHE_WRITE, &written, &unused, 0)
      guard written - pagesWritten.load(ordering: .relaxed) >= Self.walPages else { return }
      pagesWritten.store(written, ordering: .relaxed)
      _ = try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(PASSIVE)")
    }
  }
}
