internal import GRDB
import GRDBSQLite

/// SQLite's own look at how the pages of a file hang together.
enum QuickCheck {
  /// Whether it finds nothing.
  ///
  /// - Throws: what a read of the disk failed with. SQLite lists a page that it could not read like
  ///   one that is wrong, and of some not the code either: so the reads that failed are counted.
  static func finds(nothingIn db: Database) throws -> Bool {
    let keys = sqlite3_db_filename(db.sqliteConnection, "main").flatMap {
      KeyRegistry.keys(for: String(cString: $0))
    }
    let before = keys?.failedReads.count
    let found = try String.fetchAll(db, sql: "PRAGMA quick_check")
    if let reads = keys?.failedReads, reads.count != before {
      throw DatabaseError(resultCode: ResultCode(rawValue: reads.code))
    }
    return found == ["ok"]
  }
}
