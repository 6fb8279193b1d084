internal import GRDBSQLite

/// Reads tables out of the bytes of a database that nobody vouches for.
///
/// The bytes are given to SQLite in memory and read-only, so that no file is locked, recovered or
/// created beside them, and so that what was checked is what was read. Nothing that the file
/// declares is run: only the queries here are.
final class ImageReader {
  private let connection: OpaquePointer
  private let buffer: UnsafeMutablePointer<UInt8>

  /// Nil when SQLite does not take the bytes for a database.
  init?(_ bytes: [UInt8]) {
    var connection: OpaquePointer?
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX
    guard sqlite3_open_v2(":memory:", &connection, flags, nil) == SQLITE_OK, let connection else {
      sqlite3_close_v2(connection)
      return nil
    }
    buffer = .allocate(capacity: max(bytes.count, 1))
    buffer.initialize(repeating: 0, count: max(bytes.count, 1))
    buffer.update(from: bytes, count: bytes.count)
    self.connection = connection
    let size = Int64(bytes.count)
    sqlite3_limit(connection, SQLITE_LIMIT_LENGTH, 4 << 20)
    sqlite3_limit(connection, SQLITE_LIMIT_SQL_LENGTH, 64 << 10)
    sqlite3_limit(connection, SQLITE_LIMIT_ATTACHED, 0)
    guard bytes.count >= 512,
      sqlite3_deserialize(
        connection, "main", buffer, size, size, UInt32(SQLITE_DESERIALIZE_READONLY)) == SQLITE_OK,
      run("PRAGMA trusted_schema=OFF"), run("PRAGMA cell_size_check=ON"),
      run("PRAGMA query_only=ON")
    else { return nil }
  }

  deinit {
    sqlite3_close_v2(connection)
    buffer.deallocate()
  }

  private func run(_ sql: String) -> Bool {
    sqlite3_exec(connection, sql, nil, nil, nil) == SQLITE_OK
  }

  /// Whether SQLite finds the structure of every page in order.
  func isSound() -> Bool {
    let (rows, complete) = rows("PRAGMA quick_check(1)", limit: 2)
    return complete && rows == [[.text("ok")]]
  }

  /// The schema as declared: type, name, table name and text of each item, in stored order, and at
  /// most one item more than this format has.
  func schema() -> [[SQLiteValue]]? {
    let limit = CommitteeSchema.items.count + 1
    let (rows, complete) = rows(
      "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid", limit: limit)
    return complete || rows.count == limit ? rows : nil
  }

  /// A table's rows in stored order, as far as they can be read.
  func table(_ table: CommitteeSchema.Table) -> (content: TableContent, complete: Bool) {
    let columns = table.columns.map(\.name).joined(separator: ", ")
    let (rows, complete) = rows("SELECT rowid, \(columns) FROM \(table.name)", limit: .max)
    let content = rows.map { values in
      var stored = Array(values.dropFirst())
      if table.namesRowID { stored[0] = .null }
      guard case .integer(let rowID) = values[0] else { return TableRow(rowID: 0, values: stored) }
      return TableRow(rowID: rowID, values: stored)
    }
    return (TableContent(name: table.name, rows: content), complete)
  }

  private func rows(_ sql: String, limit: Int) -> (rows: [[SQLiteValue]], complete: Bool) {
    var statement: OpaquePointer?
    guard sqlite3_prepare_v2(connection, sql, -1, &statement, nil) == SQLITE_OK else {
      return ([], false)
    }
    defer { sqlite3_finalize(statement) }
    var rows: [[SQLiteValue]] = []
    while rows.count < limit {
      switch sqlite3_step(statement) {
      case SQLITE_ROW:
        rows.append((0..<sqlite3_column_count(statement)).map { value(statement, $0) })
      case SQLITE_DONE: return (rows, true)
      default: return (rows, false)
      }
    }
    return (rows, false)
  }

  private func value(_ statement: OpaquePointer?, _ column: Int32) -> SQLiteValue {
    switch sqlite3_column_type(statement, column) {
    case SQLITE_INTEGER: return .integer(sqlite3_column_int64(statement, column))
    case SQLITE_TEXT:
      let text = sqlite3_column_text(statement, column)
      let count = Int(sqlite3_column_bytes(statement, column))
      return .text(Array(UnsafeBufferPointer(start: text, count: count)))
    case SQLITE_BLOB:
      let blob = sqlite3_column_blob(statement, column)
      let count = Int(sqlite3_column_bytes(statement, column))
      return .blob(Array(UnsafeRawBufferPointer(start: blob, count: count)))
    case SQLITE_FLOAT:
      // No column of ours holds one; this value equals none that is expected.
      return .blob(Array("real".utf8))
    default: return .null
    }
  }
}
