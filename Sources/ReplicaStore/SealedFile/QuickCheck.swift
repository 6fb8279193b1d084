internal import GRDB
import GRDBSQLite

/// SQLite's own look at how the pages of a file hang together.
enum QuickCheck {
  /// Whether it finds nothing on the disk.
  ///
  /// - Throws: what a read of the disk failed with. SQLite lists a page that it could not read like
  ///   one that is wrong, and of some not the code either: so the reads that failed are counted.
  static func finds(nothingIn db: Database) throws -> Bool {
    let keys = sqlite3_db_filename(db.sqliteConnection, "main").flatMap {
      KeyRegistry.keys(for: String(cString: $0))
    }
    forgetPages(db)
    let before = keys?.failedReads.count
    let found = try String.fetchAll(db, sql: "PRAGMA quick_check")
    if let reads = keys?.failedReads, reads.count != before {
      throw DatabaseError(resultCode: ResultCode(rawValue: reads.code))
    }
    return found == ["ok"]
  }

  /// Forgets the pages that this connection keeps in memory. Who serves for months has read them
  /// long ago; what has rotted since shows only on the disk.
  static func forgetPages(_ db: Database) { sqlite3_db_release_memory(db.sqliteConnection) }
}
