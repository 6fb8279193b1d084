internal import Foundation
internal import GRDB
internal import Identity
internal import ReplicaStore
internal import SyncCore

/// What the checks read of a device, past its public face.
extension Replica {
  /// The rows of the home's own log, under all the origins that it had, as a list for SQL.
  static func own(_ replica: Replica, _ db: Database) throws -> String {
    "(" + (try replica.ownLog(db)).map { "\($0.row)" }.joined(separator: ", ") + ")"
  }

  func ownHash(seq: UInt64) throws -> EntryHash? {
    try read { db in
      // A row of a closed origin may go on beyond the place at which this home left it.
      for (row, last) in try ownLog(db) where Int64(seq) <= last {
        let found = try Data.fetchOne(
          db.cachedStatement(
            sql: "SELECT hash FROM entry WHERE origin = ? AND seq = ?"), arguments: [row, Int64(seq)])
        if let found { return Digest32(Array(found)) }
      }
      return nil
    }
  }

  /// Hashes of own entries, in order, from the one after `seq` to the last that is called received.
  func receivedHashes(after seq: UInt64) throws -> [EntryHash] {
    try read { db -> [Data] in
      let received = try Int64.fetchOne(
        db.cachedStatement(sql: "SELECT value FROM setting WHERE name = 'received_seq'")) ?? 0
      guard received > Int64(seq) else { return [] }
      return try Data.fetchAll(
        db.cachedStatement(
          sql: """
            SELECT hash FROM entry WHERE origin IN \(Self.own(self, db)) AND seq > ? AND seq <= ?
            ORDER BY seq
            """), arguments: [Int64(seq), received])
    }.compactMap { Digest32(Array($0)) }
  }

  /// One of the records on show, by its place in the order of ids.
  func record(at place: Int, onlyOwn: Bool) throws -> RecordID? {
    let own = ownOrigins.sorted().map { "x'\($0.hex)'" }.joined(separator: ", ")
    let filter = onlyOwn ? "AND creator IN (\(own))" : ""
    return try read { db -> Data? in
      let count = try Int.fetchOne(
        db.cachedStatement(sql: "SELECT count(*) FROM record WHERE TRUE \(filter)")) ?? 0
      guard count > 0 else { return nil }
      return try Data.fetchOne(
        db.cachedStatement(
          sql: """
            SELECT record FROM record WHERE TRUE \(filter) ORDER BY record LIMIT 1 OFFSET ?
            """), arguments: [place % count])
    }.flatMap { RecordID(Array($0)) }
  }
}
