internal import Forms
internal import Foundation
internal import GRDB
internal import SyncCore
internal import Synchronization

/// One SQL table for each form, one column for each field: what exports and questions read.
///
/// Columns are named `f_` and the field's name, which a form can only give as a plain identifier
/// (forms §1.2). A newer version of a form adds columns; none is ever dropped.
///
/// Made once for a transaction, since it knows by name what would otherwise be looked up in the
/// form for each answer.
final class FormTable {
  let form: Form
  let columns: FormColumns
  private let db: Database
  private var insertion: BoundStatement?

  init(_ form: Form, _ replica: Replica, _ db: Database) throws {
    self.form = form
    self.db = db
    let key = "\(form.name)/\(form.version)"
    let (known, isPrepared) = replica.cache.withLock {
      ($0.columns[key], $0.formTables.contains(key))
    }
    columns = known ?? FormColumns(form)
    if !isPrepared { try prepare() }
    let columns = columns
    replica.cache.withLock {
      $0.columns[key] = columns
      $0.formTables.insert(key)
    }
  }

  private func prepare() throws {
    let table = columns.table
    let known = Set(
      try Row.fetchAll(db, sql: "PRAGMA table_info(\(table))").map { $0["name"] as String })
    if known.isEmpty {
      // At once: SQLite writes and reads all of a table's definition again for each added column.
      let names = columns.single.map { ", " + "f_\($0.name)".quotedDatabaseIdentifier + " ANY" }
      try db.execute(
        sql: "CREATE TABLE \(table) (record INTEGER PRIMARY KEY\(names.joined()), words TEXT) STRICT")
    } else {
      for column in columns.single where !known.contains("f_\(column.name)") {
        let name = "f_\(column.name)".quotedDatabaseIdentifier
        try db.execute(sql: "ALTER TABLE \(table) ADD COLUMN \(name) ANY")
      }
    }
    try LabelWords.index(form, db)
  }

  /// Writes the row of a record that has none.
  ///
  /// - Parameter words: what the full-text index gets of it.
  func write(_ id: Int64, _ row: FormColumns.Row, words: [UInt8]) throws {
    // One text for a form, whatever is answered: a text for each set of answers would be prepared
    // anew for nearly every report.
    var statement = try insertion ?? BoundStatement(db, columns.insertion)
    insertion = statement
    statement.bind(id)
    for answer in row.single { statement.bind(answer) }
    statement.bind(utf8: words)
    try statement.run()
  }

  /// Deletes the row of a record, whether or not its form can be read now.
  ///
  /// - Returns: its words; nil when there is no row.
  static func removeRow(_ id: Int64, form: String, in db: Database) throws -> [UInt8]? {
    guard let words = try words(of: id, form: form, in: db) else { return nil }
    let table = FormColumns.tableName(form).quotedDatabaseIdentifier
    var statement = try BoundStatement(db, "DELETE FROM \(table) WHERE record = ?")
    statement.bind(id)
    try statement.run()
    return words
  }

  /// The words of a record, as they were written; nil when there is no row.
  static func words(of id: Int64, form: String, in db: Database) throws -> [UInt8]? {
    guard try db.tableExists(FormColumns.tableName(form)) else { return nil }
    let table = FormColumns.tableName(form).quotedDatabaseIdentifier
    return try Data.fetchOne(
      db.cachedStatement(sql: "SELECT CAST(words AS BLOB) FROM \(table) WHERE record = ?"),
      arguments: [id]
    ).map { Array($0) }
  }
}

extension BoundStatement {
  fileprivate mutating func bind(_ answer: Answer?) {
    switch answer {
    case .value(.text(let text)): bind(text)
    case .value(.integer(let number)): bind(number)
    case .value(.boolean(let flag)): bind(flag ? 1 : 0)
    case .value(.decimal(let number)): bind(number.description)
    case .value(.bytes(let bytes)): bind(bytes)
    case .codes(let codes): bind(codes.count == 1 ? codes[0] : codes.joined(separator: " "))
    case .value(.cleared), nil: bindNull()
    }
  }
}
