internal import Foundation
internal import GRDB
internal import Identity
internal import ReplicaStore
internal import SyncCore

/// What the checks read of a device, past its public face.
extension Replica {
  private static let own = "(SELECT id FROM origin WHERE origin = ?)"

  func ownHash(seq: UInt64) throws -> EntryHash? {
    try db.read { db in
      try Data.fetchOne(
        db, sql: "SELECT hash FROM entry WHERE origin = \(Self.own) AND seq = ?",
        arguments: [Data(identity.origin.bytes), Int64(seq)])
    }.flatMap { Digest32(Array($0)) }
  }

  /// Hashes of own entries, in order, from the one after `seq` to the last that is called received.
  func receivedHashes(after seq: UInt64) throws -> [EntryHash] {
    try db.read { db in
      try Data.fetchAll(
        db,
        sql: """
          SELECT hash FROM entry WHERE origin = \(Self.own) AND seq > ?
            AND seq <= coalesce((SELECT value FROM setting WHERE name = 'received_seq'), 0)
          ORDER BY seq
          """, arguments: [Data(identity.origin.bytes), Int64(seq)])
    }.compactMap { Digest32(Array($0)) }
  }

  /// One of the records on show, by its place in the order of ids.
  func record(at place: Int, onlyOwn: Bool) throws -> RecordID? {
    let filter = onlyOwn ? "AND creator = ?" : "AND ? IS NOT NULL"
    return try db.read { db -> Data? in
      let own = Data(identity.origin.bytes)
      let count = try Int.fetchOne(
        db, sql: "SELECT count(*) FROM record WHERE moved = 0 \(filter)", arguments: [own]) ?? 0
      guard count > 0 else { return nil }
      return try Data.fetchOne(
        db,
        sql: """
          SELECT record FROM record WHERE moved = 0 \(filter) ORDER BY record LIMIT 1 OFFSET ?
          """, arguments: [own, place % count])
    }.flatMap { RecordID(Array($0)) }
  }
}
