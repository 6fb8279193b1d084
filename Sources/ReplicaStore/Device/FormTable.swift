internal import Forms
internal import Foundation
internal import GRDB
internal import SyncCore
internal import Synchronization

/// One SQL table for each form, one column for each field: what exports and questions read.
///
/// Columns are named `f_` and the field's name, which a form can only give as a plain identifier
/// (forms §1.2). A newer version of a form adds columns; none is ever dropped.
struct FormTable {
  private let form: Form
  private let replica: Replica
  private let db: Database
  private let fields: [Field]
  private let insertion: String

  init(_ form: Form, _ replica: Replica, _ db: Database) throws {
    self.form = form
    self.replica = replica
    self.db = db
    fields = form.fields.filter { $0.type.holdsAnswer && $0.repeat == nil }
    let key = "\(form.name)/\(form.version)"
    let known = replica.cache.withLock { $0.insertions[key] }
    insertion = known ?? Self.insertion(form, fields)
    if known == nil { replica.cache.withLock { $0.insertions[key] = insertion } }
    if replica.cache.withLock({ $0.formTables.contains(key) }) { return }
    try prepare()
    replica.cache.withLock { _ = $0.formTables.insert(key) }
  }

  private var table: String { "form_\(form.name)" }

  private static func insertion(_ form: Form, _ fields: [Field]) -> String {
    let table = "form_\(form.name)".quotedDatabaseIdentifier
    let columns = ["record"] + fields.map { "f_\($0.name)".quotedDatabaseIdentifier }
    let marks = Array(repeating: "?", count: columns.count).joined(separator: ",")
    return
      "INSERT OR REPLACE INTO \(table)(\(columns.joined(separator: ","))) VALUES (\(marks))"
  }

  private func prepare() throws {
    try db.execute(
      sql: "CREATE TABLE IF NOT EXISTS \(table.quotedDatabaseIdentifier) (record INTEGER PRIMARY KEY) STRICT")
    let known = Set(
      try Row.fetchAll(db, sql: "PRAGMA table_info(\(table.quotedDatabaseIdentifier))")
        .map { $0["name"] as String })
    for field in fields where !known.contains("f_\(field.name)") {
      let column = "f_\(field.name)".quotedDatabaseIdentifier
      try db.execute(
        sql: "ALTER TABLE \(table.quotedDatabaseIdentifier) ADD COLUMN \(column) ANY")
    }
    try LabelWords.index(form, db)
  }

  func write(_ row: Int64, _ answers: Answers) throws {
    var values: [(any DatabaseValueConvertible)?] = [row]
    values.reserveCapacity(fields.count + 1)
    for field in fields { values.append(answers.fields[field.name]?.databaseValue) }
    // One text for a form, whatever is answered: a text for each set of answers would be prepared
    // anew for nearly every report.
    try db.cachedStatement(sql: insertion).execute(arguments: StatementArguments(values))
  }

  func remove(_ row: Int64) throws {
    try db.execute(
      sql: "DELETE FROM \(table.quotedDatabaseIdentifier) WHERE record = ?", arguments: [row])
  }
}

extension Answer {
  fileprivate var databaseValue: (any DatabaseValueConvertible)? {
    switch self {
    case .value(.text(let text)): text
    case .value(.integer(let number)): number
    case .value(.boolean(let flag)): flag ? 1 : 0
    case .value(.decimal(let number)): number.description
    case .value(.bytes(let bytes)): Data(bytes)
    case .value(.cleared): nil
    case .codes(let codes): codes.joined(separator: " ")
    }
  }
}

/// Words of choice labels in every language, so that a search finds codes by what people call them.
enum LabelWords {
  static func index(_ form: Form, _ db: Database) throws {
    let settings = SettingTable(db: db)
    let done = Set(try settings.text(SettingName.labelledForms)?.areaCodes ?? [])
    let key = "\(form.name)/\(form.version)"
    guard !done.contains(key) else { return }
    let statement = try db.cachedStatement(
      sql: "INSERT INTO label_word(word, code) VALUES (?, ?) ON CONFLICT DO NOTHING")
    var seen: Set<String> = []
    for field in form.fields {
      guard let name = field.choices, seen.insert(name).inserted, let list = form.list(name) else {
        continue
      }
      for choice in list.choices {
        let code = RecordIndex.codeWord(choice.code)
        for language in ["en", "es", "fr", "ar"] {
          for word in SearchFolding.words(choice.label(language)) where word.utf8.count > 2 {
            try statement.execute(arguments: [word, code])
          }
        }
      }
    }
    try settings.set(SettingName.labelledForms, (done.union([key])).sorted().areaSetting)
  }
}
