internal import Foundation
internal import GRDB
internal import ReplicaStore
internal import SyncCore

/// What the simulation knows of a world without asking it: who wrote what, and what they were told
/// of it (simulation §4).
struct Ledger {
  struct Written {
    let origin: OriginID
    let seq: UInt64
    let record: RecordID
    let kind: EntryKind
    /// Who wrote it: a home; two homes of one origin are two authors.
    let author: Int
    /// Reviewed fields that it wrote, and the writes that it replaced.
    let writes: [(field: String, replaced: [EntryHash])]
  }

  var files = FileLedger()
  private(set) var entries: [EntryHash: Written] = [:]
  /// In the order of writing, so that no check depends on a dictionary's.
  private(set) var order: [EntryHash] = []
  /// Entries that were called received, by the author who was told.
  private(set) var received: [EntryHash] = []
  private var receivedSet: Set<EntryHash> = []

  /// Fields whose remaining writes are followed one by one.
  static let followed: Set = ["status", "urgency"]

  /// Reads what a device has written since it was last asked.
  mutating func register(_ device: Device) throws {
    guard let replica = device.replica else { return }
    device.noteOrigins()
    let after = device.registered
    let rows = try replica.read { db in
      let tables = CodedTables(replica, db)
      return try Row.fetchAll(
        db.cachedStatement(
          sql: """
            SELECT e.seq, e.hash, e.record, e.kind, e.operational, e.coded, o.origin AS author
            FROM entry e JOIN origin o ON o.id = e.origin
            WHERE e.origin IN \(Replica.own(replica, db)) AND e.seq > ? ORDER BY e.seq
            """), arguments: [Int64(after)]
      ).map { row in
        (row, try (row["coded"] as Data?).flatMap { try tables.section(Array($0)) })
      }
    }
    for (row, coded) in rows {
      guard let hash = Digest32(Array(row["hash"] as Data)),
        let record = RecordID(Array(row["record"] as Data)),
        let kind = EntryKind(rawValue: UInt8(clamping: row["kind"] as Int)),
        let origin = OriginID(Array(row["author"] as Data))
      else { continue }
      let seq = UInt64(row["seq"] as Int64)
      device.registered = seq
      guard entries[hash] == nil else { continue }
      var writes: [(String, [EntryHash])] = []
      for section in [(row["operational"] as Data?).map { Array($0) }, coded] {
        guard let section, let decoded = try? decodeFieldWrites(section) else { continue }
        for case (let name, .assign(_, let replaced)) in decoded where Self.followed.contains(name) {
          writes.append((name, replaced))
        }
      }
      entries[hash] = Written(
        origin: origin, seq: seq, record: record, kind: kind, author: device.number,
        writes: writes)
      order.append(hash)
    }
  }

  mutating func noteReceived(_ hash: EntryHash) {
    if receivedSet.insert(hash).inserted { received.append(hash) }
  }
}
