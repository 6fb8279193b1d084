internal import Foundation
internal import GRDB
package import SyncCore

/// One record as the hub can read it: its operational and coded fields (cli `export`).
package struct HubRecord: Sendable {
  package let record: RecordID
  package let code: String
  package let form: String
  package let area: String
  /// By field name: one text, or the codes of a set.
  package let fields: [(name: String, values: [String])]
  package let conflicts: [String]
  package let isWithdrawn: Bool
}

extension HubStore {
  /// Gives every record of a form (of all forms for nil), in the order in which they came.
  package func export(
    form: String?, _ each: (HubRecord) throws -> Void
  ) throws -> Int {
    try db.read { db in
      var count = 0
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT r.record, r.form, r.area FROM record r WHERE ? IS NULL OR r.form = ?
          ORDER BY (SELECT min(leaf) FROM entry e
            WHERE \(BytePrefix.of("e.record")) = \(BytePrefix.of("r.record")) AND e.record = r.record)
          """, arguments: [form, form])
      for row in rows {
        guard let record = RecordID(Array(row["record"] as Data)) else { continue }
        let entries = try EntryTable.entries(ofRecord: record, coded: nil, in: db)
        let name: String = row["form"]
        let state = RecordFold(try entries.map { try FoldedEntry($0, limits: limits) })
          .state(under: catalog.rules(name))
        try each(
          HubRecord(
            record: record, code: PublicCode(of: record).description, form: name,
            area: row["area"],
            fields: state.fields.map { ($0.name, $0.shown.map(\.plainText)) },
            conflicts: state.conflicts.map(\.name), isWithdrawn: state.isWithdrawn))
        count += 1
      }
      return count
    }
  }
}

extension HubWriter {
  package mutating func logExport(format: String, records: Int) throws {
    try db.execute(
      sql: "INSERT INTO export_log(at, format, records) VALUES (?, ?, ?)",
      arguments: [now, format, records])
  }
}

extension FieldValue {
  /// The value as plain text, for exports; a cleared answer is empty.
  package var plainText: String {
    switch self {
    case .text(let text): text
    case .integer(let number): "\(number)"
    case .boolean(let flag): flag ? "true" : "false"
    case .decimal(let number): number.description
    case .bytes(let bytes): bytes.hex
    case .cleared: ""
    }
  }
}
