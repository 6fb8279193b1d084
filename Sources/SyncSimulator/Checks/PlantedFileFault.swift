internal import Foundation
internal import GRDB
internal import Identity
internal import ReplicaStore
internal import SyncCore

extension Simulation {
  /// Of a device that takes having attached a file for having delivered it.
  func plantReceivedFiles(_ replica: Replica) throws {
    try replica.db.write {
      try $0.execute(
        sql: """
          UPDATE attachment SET received = (SELECT value FROM setting WHERE name = 'hub_epoch')
          WHERE own = 1
          """)
    }
  }

  func plantInFiles(_ store: HubStore) throws {
    func first(_ kind: FoundedProgramme.Kind) throws -> Replica {
      let device = devices.first { $0.state == .up && $0.member.kind == kind }
      guard let replica = device?.replica else {
        throw SimulationError("no device to plant a fault in")
      }
      return replica
    }
    let changed: Int
    switch planted {
    case .lostFile:
      changed = try store.db.write { try Self.dropChunk(of: "SELECT max(id) FROM attachment", in: $0) }
    case .forgedFile:
      changed = try store.db.write { db in
        try db.execute(
          sql: """
            INSERT INTO attachment(record, address, origin, chunks, stored, promised, at, manifest)
            SELECT record, zeroblob(32), origin, chunks, stored, promised, at, manifest
            FROM attachment LIMIT 1
            """)
        return db.changesCount
      }
    case .missingFile:
      changed = try first(.reader).db.write {
        try Self.dropChunk(of: "SELECT max(id) FROM attachment WHERE own = 0", in: $0)
      }
    case .lostOwnFile:
      changed = try first(.liaison).db.write { db in
        try db.execute(
          sql: "DELETE FROM attachment WHERE id = (SELECT max(id) FROM attachment WHERE own = 1)")
        return db.changesCount
      }
    case .foreignFile:
      let liaison = try first(.liaison)
      let foreign = try store.db.read {
        try Row.fetchOne(
          $0,
          sql: """
            SELECT a.* FROM attachment a JOIN record r ON r.record = a.record WHERE r.creator != ?
            """, arguments: [Data(liaison.identity.origin.bytes)])
      }
      changed = try liaison.db.write { db in
        guard let foreign else { return 0 }
        try db.execute(
          sql: "INSERT INTO attachment(record, address, chunks, own, manifest) VALUES (?, ?, ?, 0, ?)",
          arguments: [
            foreign["record"] as Data, foreign["address"] as Data, foreign["chunks"] as Int,
            foreign["manifest"] as Data,
          ])
        return db.changesCount
      }
    default: return
    }
    guard changed > 0 else { throw SimulationError("there is no file to plant a fault in") }
  }

  private static func dropChunk(of file: String, in db: Database) throws -> Int {
    try db.execute(sql: "DELETE FROM attachment_chunk WHERE attachment = (\(file)) AND number = 0")
    return db.changesCount
  }
}
