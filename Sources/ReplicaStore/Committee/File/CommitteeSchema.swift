/// The tables and views of a committee's file (committee §5.1).
enum CommitteeSchema {
  struct Table: Sendable {
    let name: String
    /// Name and declaration of each column, in order.
    let columns: [(name: String, declaration: String)]

    /// The first column is the row id where it is declared so.
    var namesRowID: Bool { columns[0].declaration == "INTEGER PRIMARY KEY" }

    var sql: String {
      let list = columns.map { "\($0.name) \($0.declaration)" }.joined(separator: ", ")
      return "CREATE TABLE \(name)(\(list)) STRICT"
    }
  }

  private static let text = "TEXT NOT NULL"
  private static let number = "INTEGER NOT NULL"
  private static let blob = "BLOB NOT NULL"
  private static let place = "INTEGER PRIMARY KEY"

  static let tables = [
    Table(name: "meta", columns: [("name", text), ("value", text)]),
    Table(name: "summary", columns: [("lang", text), ("text", text)]),
    Table(
      name: "release",
      columns: [
        ("number", number), ("previous_number", "INTEGER"), ("previous_index", "INTEGER"),
        ("entries", number), ("root", blob), ("content", blob), ("policy", blob), ("leaf", blob),
        ("log_epoch", number), ("log_size", number), ("log_index", number), ("log_path", blob),
      ]),
    Table(
      name: "entry",
      columns: [
        ("position", place), ("record", blob), ("code", text), ("form", text), ("kind", text),
        ("salt", blob), ("envelope_digest", blob), ("coded_digest", blob),
        ("sensitive_digest", blob), ("identity_digest", blob),
      ]),
    Table(
      name: "field",
      columns: [
        ("position", number), ("name", text), ("value", "TEXT"), ("\"write\"", blob),
        ("salt", blob), ("digest", blob),
      ]),
    Table(name: "hidden_field", columns: [("position", number), ("digest", blob)]),
    Table(name: "withheld", columns: [("reason", text), ("entries", number)]),
    Table(
      name: "band", columns: [("form", text), ("status", text), ("month", text), ("reports", text)]),
    Table(name: "policy", columns: [("version", number), ("yaml", text)]),
    Table(name: "form", columns: [("name", text), ("version", number), ("yaml", text)]),
    Table(name: "lists", columns: [("yaml", text)]),
    Table(
      name: "statement",
      columns: [("type", number), ("subject", blob), ("version", number), ("bytes", blob)]),
    Table(
      name: "checkpoint",
      columns: [("epoch", number), ("size", number), ("root", blob), ("note", text)]),
    Table(
      name: "consistency",
      columns: [("epoch", number), ("old_size", number), ("new_size", number), ("hashes", blob)]),
    Table(name: "leaf", columns: [("position", place), ("entry", blob)]),
  ]

  /// For people who open the file with a tool of their own.
  static let views = [
    SchemaItem(
      kind: .view, name: "answers",
      sql: "CREATE VIEW answers AS SELECT entry.code AS code, entry.form AS form, "
        + "entry.kind AS change, field.name AS question, field.value AS answer FROM entry "
        + "LEFT JOIN field ON field.position = entry.position ORDER BY entry.form, entry.code, "
        + "entry.position, field.name"),
    SchemaItem(
      kind: .view, name: "counts",
      sql: "CREATE VIEW counts AS SELECT form, status, month, reports FROM band"),
    SchemaItem(
      kind: .view, name: "proofs",
      sql: "CREATE VIEW proofs AS SELECT entry.code AS code, entry.position AS position, "
        + "lower(hex(leaf.entry)) AS entry, lower(hex(entry.record)) AS record FROM entry "
        + "JOIN leaf ON leaf.position = entry.position"),
  ]

  static let items =
    tables.map { SchemaItem(kind: .table, name: $0.name, sql: $0.sql) } + views
}
