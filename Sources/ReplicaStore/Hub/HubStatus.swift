internal import Foundation
internal import Glibc
internal import GRDB
package import Identity
package import SyncCore
internal import Synchronization

/// What an operator asks of a hub (cli `status`, `devices`, `invites`, `quarantine`).
package struct DeviceLine: Sendable {
  package let device: HubDevice
  /// The authority named it, and has not taken that back.
  package let isReader: Bool
  package let headSeq: UInt64
}

package struct InviteLine: Sendable {
  package enum State: String, Sendable { case open, used, expired, cancelled }
  package let id: Int64
  package let role: Membership.Role
  package let areas: [String]
  package let label: String
  package let created: Int64
  package let expires: Int64
  package let state: State
}

package struct QuarantineLine: Sendable {
  package let origin: OriginID
  package let seq: UInt64
  package let hash: EntryHash
  package let record: RecordID
  package let form: String
  package let reason: String
}

package struct HubStatus: Sendable {
  package struct Urgent: Sendable {
    package let code: String
    package let area: String
    package let since: Int64
  }
  package let programmeName: String
  package let programme: ProgrammeID
  package let words: Words
  package let url: String
  package let areas: [String]
  package let entries: Int
  package let records: Int
  package let devices: Int
  package let bytes: Int64
  package let checkpoint: CheckpointSeal?
  package let hubEpoch: UInt64
  package let isRecovering: Bool
  package let quarantined: Int
  package let forks: Int
  package let closed: Int
  package let releases: Int
  /// Sealed files, and how many of them are whole.
  package let files: Int
  package let wholeFiles: Int
  package let urgent: [Urgent]
  package let authorityKeyPresent: Bool
  package let recoveryKeyPresent: Bool
}

extension HubStore {
  package func status() throws -> HubStatus {
    let (book, epoch, recovering, seal) = live.withLock {
      ($0.book, $0.hubEpoch, $0.isRecovering, $0.checkpoint)
    }
    _ = book
    return try db.read { db in
      func count(_ sql: String) throws -> Int { try Int.fetchOne(db, sql: sql) ?? 0 }
      let settings = SettingTable(db: db)
      let urgent = try Row.fetchAll(
        db,
        sql: """
          SELECT record, area, received FROM record WHERE urgent = 1 AND answered IS NULL
          ORDER BY received LIMIT 100
          """
      ).compactMap { row -> HubStatus.Urgent? in
        RecordID(Array(row["record"] as Data)).map {
          .init(code: PublicCode(of: $0).description, area: row["area"], since: row["received"])
        }
      }
      return HubStatus(
        programmeName: keys.programmeName, programme: keys.programme.id,
        words: keys.programme.words, url: try settings.text(HubSetting.url) ?? "",
        areas: try settings.text(HubSetting.areas)?.areaCodes ?? [],
        entries: try count("SELECT count(*) FROM entry"),
        records: try count("SELECT count(*) FROM record"),
        devices: try count("SELECT count(*) FROM device WHERE revoked = 0"),
        bytes: Int64(try count("PRAGMA page_count")) * 4_096, checkpoint: seal, hubEpoch: epoch,
        isRecovering: recovering,
        quarantined: try count("SELECT count(*) FROM entry WHERE held IS NOT NULL"),
        forks: try count("SELECT count(*) FROM fork"),
        closed: try count("SELECT count(*) FROM device WHERE closed = 1"),
        releases: try count("SELECT count(*) FROM release"),
        files: try count("SELECT count(*) FROM attachment"),
        wholeFiles: try count("SELECT count(*) FROM attachment WHERE stored = chunks"), urgent: urgent,
        authorityKeyPresent: try Presence.of(home.authorityKeyPath),
        recoveryKeyPresent: try Presence.of(home.recoveryKeyPath))
    }
  }

  package func devices() throws -> [DeviceLine] {
    let book = self.book
    return try db.read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM device ORDER BY joined, origin").compactMap { row in
        guard let device = HubDevice(row) else { return nil }
        let head = try OriginTable.row(device.origin, in: db)
          .map { try EntryTable.head(ofOriginRow: $0, in: db) } ?? .empty
        return DeviceLine(
          device: device, isReader: book.reader(device.origin)?.state == .active,
          headSeq: head.seq)
      }
    }
  }

  /// The device whose origin begins with these digits.
  package func device(prefix: String) throws -> DeviceLine {
    let found = try devices().filter { $0.device.origin.hex.hasPrefix(prefix.lowercased()) }
    guard let first = found.first, prefix.count >= 4 else {
      throw StoreError(.notFound, "No enrolled device has that origin; devices lists them.")
    }
    guard found.count == 1 else {
      throw StoreError(.ambiguous, "More than one origin begins with that; give more digits.")
    }
    return first
  }

  package func invites() throws -> [InviteLine] {
    let now = now()
    return try db.read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM invite ORDER BY id").compactMap { row in
        guard let role = Membership.Role(rawValue: UInt8(clamping: row["role"] as Int)) else {
          return nil
        }
        let state: InviteLine.State =
          if row["used_by"] as Data? != nil {
            .used
          } else if row["cancelled"] as Int != 0 {
            .cancelled
          } else {
            row["expires"] as Int64 > now ? .open : .expired
          }
        return InviteLine(
          id: row["id"], role: role, areas: (row["areas"] as String).areaCodes,
          label: row["label"], created: row["created"], expires: row["expires"], state: state)
      }
    }
  }

  package func quarantine() throws -> [QuarantineLine] {
    try db.read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT o.origin, e.seq, e.hash, e.record, e.form, e.held FROM entry e
          JOIN origin o ON o.id = e.origin WHERE e.held IS NOT NULL ORDER BY e.leaf
          """
      ).compactMap { row in
        guard let origin = OriginID(Array(row["origin"] as Data)),
          let hash = Digest32(Array(row["hash"] as Data)),
          let record = RecordID(Array(row["record"] as Data))
        else { return nil }
        return QuarantineLine(
          origin: origin, seq: UInt64(row["seq"] as Int64), hash: hash, record: record,
          form: row["form"], reason: row["held"])
      }
    }
  }
}
