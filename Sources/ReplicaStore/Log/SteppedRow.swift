internal import GRDB
internal import GRDBSQLite

/// One row of a query, read where SQLite has it and gone with the next.
///
/// For lists of every record, where boxing a value costs more than reading it; everything else uses
/// GRDB's rows.
struct SteppedRow {
  let handle: OpaquePointer

  /// Runs a query and hands on one row after the other.
  static func each(
    _ statement: Statement, _ arguments: StatementArguments, in db: Database,
    _ body: (SteppedRow) throws -> Void
  ) throws {
    try statement.setArguments(arguments)
    let handle = statement.sqliteStatement
    sqlite3_reset(handle)
    defer { sqlite3_reset(handle) }
    while true {
      switch sqlite3_step(handle) {
      case SQLITE_ROW: try body(SteppedRow(handle: handle))
      case SQLITE_DONE: return
      default:
        throw DatabaseError(
          resultCode: ResultCode(rawValue: sqlite3_extended_errcode(db.sqliteConnection)),
          message: String(cString: sqlite3_errmsg(db.sqliteConnection)))
      }
    }
  }

  func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }
  func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

  func text(_ column: Int32) -> String {
    guard let utf8 = sqlite3_column_text(handle, column) else { return "" }
    let count = Int(sqlite3_column_bytes(handle, column))
    return String(decoding: UnsafeBufferPointer(start: utf8, count: count), as: UTF8.self)
  }

  func bytes(_ column: Int32) -> UnsafeRawBufferPointer {
    let start = sqlite3_column_blob(handle, column)
    return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column)))
  }
}
