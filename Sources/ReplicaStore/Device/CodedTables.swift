internal import Forms
internal import Foundation
package import GRDB
internal import Identity
internal import SyncCore
internal import SyncWire
internal import Synchronization

/// Keeps the coded sections of a device's entries short: by tables of the fields that the forms have
/// (at-rest §15). One serves one transaction.
package final class CodedTables {
  private let replica: Replica
  private let db: Database
  /// As this transaction sees them: what another made may have been undone, and its number taken again.
  private var tables: [Int64: TabledSection] = [:]
  private var numbers: [String: Int64] = [:]

  package init(_ replica: Replica, _ db: Database) {
    self.replica = replica
    self.db = db
  }

  static let schema = """
    CREATE TABLE coded_table (
      id INTEGER PRIMARY KEY,
      form TEXT NOT NULL,
      version INTEGER NOT NULL,
      fields TEXT NOT NULL,
      UNIQUE (form, version)
    ) STRICT;
    """

  /// Of a row of `entry`, about the bytes that its coded answers take in a batch, beside the answers of
  /// other entries: what lies here by a table is about as short.
  static let wireBytes = """
    CASE WHEN coded < x'80' THEN length(coded) ELSE coalesce(length(coded), 0) / 4 END
    """

  /// A section of canonical bytes begins with the head of a map, which is none of these.
  private static let numberMax: Int64 = 0x7FFF

  /// What is stored of a coded section: the number of a table in two bytes and what it makes of the
  /// section, or the section itself.
  func stored(_ section: [UInt8]?, form: String) throws -> [UInt8]? {
    guard let section, let number = try newest(form), let table = try table(number),
      let packed = table.pack(section, with: nil)?.packed, packed.count + 2 < section.count
    else { return section }
    let stored = [UInt8(number >> 8), UInt8(truncatingIfNeeded: number)] + packed
    // What does not come back as it was is no copy of it.
    return try self.section(stored) == section ? stored : section
  }

  /// The section of which this is stored; nil when it is of none.
  package func section(_ stored: [UInt8]) throws -> [UInt8]? {
    guard let first = stored.first, first < 0x80 else { return stored }
    guard stored.count > 2, let table = try table(Int64(first) << 8 | Int64(stored[1])) else {
      return nil
    }
    return try? table.unpack(
      stored.dropFirst(2), table: 0, with: .shipped, limit: replica.limits.clearSectionBytesMax)
  }

  // MARK: The tables

  private func table(_ number: Int64) throws -> TabledSection? {
    if let known = tables[number] { return known }
    let fields = try String.fetchOne(
      db.cachedStatement(sql: "SELECT fields FROM coded_table WHERE id = ?"), arguments: [number])
    guard let fields else { return nil }
    let known = replica.cache.withLock { $0.codedTables[fields] }
    let table = known ?? TabledSection(fields: fields)
    if known == nil { replica.cache.withLock { $0.codedTables[fields] = table } }
    tables[number] = table
    return table
  }

  /// The number of the table of the newest version of a form that this program can read, made when
  /// there is none.
  private func newest(_ name: String) throws -> Int64? {
    if let known = numbers[name] { return known }
    guard let form = try replica.catalog(db).readable(name) else { return nil }
    let found = try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT id FROM coded_table WHERE form = ? AND version = ?"),
      arguments: [name, form.version])
    let number = try found ?? make(form)
    guard number <= Self.numberMax else { return nil }
    numbers[name] = number
    return number
  }

  private func make(_ form: Form) throws -> Int64 {
    try db.execute(
      sql: "INSERT INTO coded_table(form, version, fields) VALUES (?, ?, ?)",
      arguments: [form.name, form.version, form.codedFields])
    return db.lastInsertedRowID
  }
}

extension Form {
  /// The coded fields outside repeats, as a table of fields has them (identity §5.1).
  fileprivate var codedFields: String {
    fields.lazy.filter { $0.sensitivity == .coded && $0.type.holdsAnswer && $0.repeat == nil }
      .map { " \($0.name) \(self.kind(of: $0))\n" }.joined()
  }

  private func kind(of field: Field) -> String {
    switch field.resultType {
    case .date: return "date"
    case .selectOne, .selectMultiple:
      guard let list = field.choices.flatMap(list) else { return "any" }
      let own = list.choices.map(\.code)
      let codes = own + Choice.universal.map(\.code).filter { !own.contains($0) }
      guard codes.count <= TabledSection.codesMax else { return "any" }
      let kind = field.resultType == .selectOne ? "one" : "set"
      return ([kind] + codes).joined(separator: " ")
    default: return "any"
    }
  }
}
