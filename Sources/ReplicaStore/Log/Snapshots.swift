package import GRDB
internal import GRDBSQLite

extension DatabaseReader {
  /// Shows one state of the file to `body`, which only reads.
  ///
  /// Not by GRDB's own `read`: on a laptop it forbids writing by a pragma each time, after which SQLite
  /// compiles every statement anew, and it compiles what begins and ends a transaction each time. A sync
  /// has dozens of these.
  package func snapshot<T>(_ body: (Database) throws -> T) throws -> T {
    try unsafeRead { db in
      try db.run("BEGIN DEFERRED TRANSACTION")
      do {
        let result = try body(db)
        // Fails when SQLite has undone the transaction: what was read is then not of one state.
        try db.run("COMMIT TRANSACTION")
        return result
      } catch {
        if db.isInsideTransaction { try? db.run("ROLLBACK TRANSACTION") }
        throw error
      }
    }
  }
}

extension Database {
  /// Runs a statement without arguments that stays prepared. A transaction that only reads has nothing to
  /// tell GRDB's observers, so they are not asked.
  fileprivate func run(_ sql: String) throws {
    let statement = try cachedStatement(sql: sql).sqliteStatement
    let code = sqlite3_step(statement)
    // Says the same as the step once more, and nothing else.
    sqlite3_reset(statement)
    guard code == SQLITE_DONE else {
      throw DatabaseError(
        resultCode: ResultCode(rawValue: sqlite3_extended_errcode(sqliteConnection)),
        message: String(cString: sqlite3_errmsg(sqliteConnection)), sql: sql)
    }
  }
}
