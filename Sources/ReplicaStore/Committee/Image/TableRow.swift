/// One row of a table in a committee's file.
struct TableRow: Sendable, Hashable {
  let rowID: Int64
  /// One for each column; a column that names the row id holds null.
  let values: [SQLiteValue]
}

/// Rows of one table, in ascending order of row ids.
struct TableContent: Sendable, Hashable {
  let name: String
  var rows: [TableRow]
}

/// A table or view as the file declares it.
struct SchemaItem: Sendable, Hashable {
  enum Kind: String, Sendable {
    case table, view
  }

  let kind: Kind
  let name: String
  let sql: String
}
