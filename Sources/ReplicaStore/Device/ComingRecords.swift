internal import Foundation
internal import GRDB
internal import SyncCore

/// Of each area's stream the record whose entry was its last item: of one that comes whole into an area,
/// more may follow in the next answer (sync §3.4).
///
/// Until then this replica does not know where the record is, and a tombstone from the area that it left
/// must not take away what has come already.
struct ComingRecords {
  private var records: [StreamName: RecordID] = [:]
  private let stored: [StreamName: RecordID]

  init(_ db: Database) throws {
    let rows = try Row.fetchAll(
      db.cachedStatement(sql: "SELECT name, coming FROM stream WHERE coming IS NOT NULL"))
    for row in rows { records[StreamName(row["name"])] = RecordID(Array(row["coming"] as Data)) }
    stored = records
  }

  /// A delivery ends where this replica then is. What comes whole in `own` is known by its first entry.
  mutating func pass(_ delivery: Delivery) {
    guard delivery.stream.isArea else { return }
    if case .entry(let entry, _)? = delivery.items.last {
      records[delivery.stream] = entry.envelope.record
    } else if !delivery.items.isEmpty || delivery.from == 0 {
      records[delivery.stream] = nil
    }
  }

  func contains(_ record: RecordID) -> Bool { records.values.contains(record) }

  func store(_ db: Database) throws {
    for (name, record) in records where stored[name] != record {
      try db.cachedStatement(sql: "UPDATE stream SET coming = ? WHERE name = ?").execute(
        arguments: [Data(record.bytes), name.text])
    }
    for name in stored.keys where records[name] == nil {
      try db.cachedStatement(sql: "UPDATE stream SET coming = NULL WHERE name = ?").execute(
        arguments: [name.text])
    }
  }
}
