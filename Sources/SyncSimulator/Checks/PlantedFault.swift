internal import Foundation
internal import GRDB
internal import ReplicaStore
internal import SyncCore

/// A fault put into a world on purpose, to show that a checker notices it.
package enum PlantedFault: String, Sendable, CaseIterable {
  /// The hub loses an entry that it gave a receipt for, and says nothing.
  case droppedReceived
  /// A device holds a record of somebody else's.
  case foreignRecord
  /// A reader loses one edit of a record.
  case lostEdit
  /// The hub holds an entry that nobody wrote.
  case forgedEntry
  /// A device loses an entry of its own that it called saved.
  case lostSaved
  /// A device never comes to an end.
  case stall
  /// Disks say that they have synced, and have not.
  case ignoredSync
  /// A page rots, and no bit flip of the run explains it.
  case unexplainedDamage
  /// A running hash of a stream is another.
  case alteredStream
  /// What was put into a bundle counts as received, and the bundle is lost.
  case lostBundle
  /// The hub loses a part of a file that it said to store.
  case lostFile
  /// A device takes a file for received that it never sent.
  case unsentFile
  /// A device holds a file of somebody else's record.
  case foreignFile
  /// The hub holds a file that nobody attached.
  case forgedFile
  /// A reader loses a part of a file that it has.
  case missingFile
  /// A home saves another file than the one that it was given.
  case alteredFile
  /// A home loses a file that it called saved.
  case lostOwnFile

  package var check: SimulationFinding.Check {
    switch self {
    case .droppedReceived, .lostBundle, .lostFile, .unsentFile: .acknowledged
    case .foreignRecord, .foreignFile: .scope
    case .lostEdit, .missingFile, .alteredFile: .visibility
    case .forgedEntry, .forgedFile: .provenance
    case .lostSaved, .ignoredSync, .lostOwnFile: .saved
    case .stall: .progress
    case .unexplainedDamage: .cause
    case .alteredStream: .verification
    }
  }
}

extension PlantedFault {
  /// Whether it shows only where files are attached.
  private var isOfFile: Bool {
    switch self {
    case .lostFile, .unsentFile, .foreignFile, .forgedFile, .missingFile, .alteredFile, .lostOwnFile:
      true
    default: false
    }
  }

  /// A world in which it shows, and in which nothing shows without it.
  package var swarm: Swarm {
    var swarm = Swarm(members: [0, 1, 2])
    swarm.sessions = 30
    swarm.crashes = self == .ignoredSync
    swarm.bundles = self == .lostBundle
    swarm.files = isOfFile
    return swarm
  }
}

extension Simulation {
  /// Faults that must be there while the world heals.
  func plant() {
    guard planted == .unexplainedDamage, let device = devices.first(where: { $0.state == .up }) else {
      return
    }
    device.close()
    for _ in 0..<40 { _ = device.disk.flipBit(&chance) }
    device.state = .down
    powerBack(device)
  }

  /// Of a device that takes having made a bundle for having delivered it.
  func plantReceived(_ device: Device) {
    _ = attempt(device) { replica in
      let head = try replica.deviceState().head
      try replica.db.write { db in
        for (name, value) in [
          ("acknowledged_seq", Int64(head.seq).databaseValue),
          ("received_seq", Int64(head.seq).databaseValue),
          ("acknowledged_hash", Data(head.hash.bytes).databaseValue),
        ] {
          try db.execute(
            sql: "INSERT OR REPLACE INTO setting(name, value) VALUES (?, ?)",
            arguments: [name, value])
        }
      }
    }
    noteReceived(device)
  }

  /// Faults that a healed world must not show by itself.
  func plantInStores() throws {
    guard let store = hub.store else { return }
    func first(_ kind: FoundedProgramme.Kind) throws -> Device {
      guard let device = devices.first(where: { $0.state == .up && $0.member.kind == kind }) else {
        throw SimulationError("no device to plant a fault in")
      }
      return device
    }
    switch planted {
    case .droppedReceived:
      guard let hash = ledger.received.last else { throw SimulationError("nothing was received") }
      try store.db.write {
        try $0.execute(sql: "DELETE FROM entry WHERE hash = ?", arguments: [Data(hash.bytes)])
      }
    case .foreignRecord:
      let liaison = try first(.liaison)
      guard let foreign = try foreignRow(for: liaison) else {
        throw SimulationError("nobody else wrote anything")
      }
      try liaison.replica?.db.write { db in
        try db.execute(
          sql: "INSERT INTO origin(origin, public_key) VALUES (?, ?) ON CONFLICT DO NOTHING",
          arguments: [foreign["author"] as Data, foreign["public_key"] as Data])
        try Self.insert(foreign, in: db)
      }
    case .lostEdit:
      let reader = try first(.reader)
      try reader.replica?.db.write { db in
        try db.execute(
          sql: """
            DELETE FROM entry WHERE id = (SELECT max(id) FROM entry WHERE kind = 2 AND origin !=
              (SELECT id FROM origin WHERE origin = ?))
            """, arguments: [Data(reader.origin.bytes)])
      }
    case .forgedEntry:
      try store.db.write { db in
        guard let row = try Row.fetchOne(db, sql: "SELECT * FROM entry ORDER BY id DESC") else { return }
        try db.execute(
          sql: """
            INSERT INTO entry(origin, seq, hash, record, kind, form, claimed, envelope, salt, operational)
            VALUES (?, 999, ?, ?, 2, 'visit', 0, x'', x'', x'')
            """,
          arguments: [
            row["origin"] as Int64, Data([UInt8](repeating: 9, count: 32)), row["record"] as Data,
          ])
      }
    case .lostSaved:
      let device = devices.first { $0.state == .up && $0.saved.seq > 0 }
      try device?.replica?.db.write { db in
        try db.execute(
          sql: "DELETE FROM entry WHERE hash = ?", arguments: [Data(device!.saved.hash.bytes)])
      }
    case .alteredStream:
      try store.db.write { try $0.execute(sql: "UPDATE stream SET hash = zeroblob(32) WHERE count > 0") }
    case .lostFile, .forgedFile, .foreignFile, .missingFile, .lostOwnFile: try plantInFiles(store)
    case .stall, .ignoredSync, .unexplainedDamage, .lostBundle, .unsentFile, .alteredFile, nil: break
    }
  }

  private func foreignRow(for liaison: Device) throws -> Row? {
    try hub.store?.db.read { db in
      try Row.fetchOne(
        db,
        sql: """
          SELECT e.*, o.origin AS author, o.public_key FROM entry e JOIN origin o ON o.id = e.origin
          JOIN record r ON r.record = e.record
          WHERE o.origin != ?1 AND r.creator != ?1 AND e.kind = 1 ORDER BY e.leaf
          """, arguments: [Data(liaison.origin.bytes)])
    }
  }

  private static func insert(_ row: Row, in db: Database) throws {
    let columns = [
      "seq", "hash", "record", "kind", "form", "claimed", "envelope", "salt", "operational", "coded",
    ]
    let values: [DatabaseValue] = columns.map { row[$0] }
    try db.execute(
      sql: """
        INSERT INTO entry(origin, \(columns.joined(separator: ", ")))
        VALUES ((SELECT id FROM origin WHERE origin = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: StatementArguments([(row["author"] as DatabaseValue)] + values))
  }
}
