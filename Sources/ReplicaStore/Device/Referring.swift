internal import Foundation
internal import GRDB
internal import SyncCore
internal import SyncWire

/// What a push tells by its place in this device's log (wire-format §3.4).
extension Replica {
  /// Of one record so many entries are looked at, the newest: what a change replaces is among them.
  private static let entriesOfRecordMax = 64

  /// Own entries of the records that a push changes, up to the head that the hub acknowledged.
  ///
  /// A hub that reads a push holds all entries before it, so it can follow each of these. For a hub
  /// that was put back the push is not made with this, but with ``References/none``.
  func references(of entries: [Entry], upTo head: UInt64) throws -> References {
    let records = Set(
      entries.lazy.filter { !$0.envelope.kind.startsRecord }.map(\.envelope.record))
    guard let first = entries.first?.envelope.seq, head > 0, !records.isEmpty else { return .none }
    let last = min(head, first - 1)
    return try read { db in
      let lineage = try ownLog(db)
      let statement = try db.cachedStatement(
        sql: """
          SELECT origin, seq, hash FROM entry
          WHERE record = ? AND +origin IN \(lineage.sql) AND +seq <= ?
          ORDER BY seq DESC LIMIT ?
          """)
      var known: [UInt64: ReferredEntry] = [:]
      for record in records {
        let rows = try Row.fetchAll(
          statement,
          arguments: [Data(record.bytes), Int64(clamping: last), Self.entriesOfRecordMax])
        for row in rows where lineage.contains(row["origin"], seq: row["seq"]) {
          guard known.count < limits.entriesPerPushMax else { return References(known) }
          guard let hash = Digest32(Array(row["hash"] as Data)) else { continue }
          known[UInt64(row["seq"] as Int64)] = ReferredEntry(hash: hash, record: record)
        }
      }
      return References(known)
    }
  }
}
