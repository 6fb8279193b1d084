internal import Foundation
internal import GRDB
public import Identity
public import SyncCore

/// The state of a replica in figures (cli `status`).
public struct ReplicaStatus: Sendable {
  public let origin: OriginID
  public let programmeName: String
  public let hub: String
  /// liaison, caseworker or committee; nil before the hub answered.
  public let role: String?
  /// A case worker whom the authority has not named yet waits.
  public let isWaiting: Bool
  public let areas: [String]
  public let programmeAreas: [String]
  /// Entries of this device's own log, and how many of them are proven received.
  public let saved: Int
  public let received: Int
  public let records: Int
  public let drafts: Int
  public let pending: Int
  public let pendingBytes: Int
  public let conflicts: Int
  public let quarantined: Int
  /// Seconds that this machine's clock is ahead of the hub's; nil before the first sync.
  public let clockOffset: Int64?
  public let files: Files
  /// How far a reader's replica has come that is not whole yet; nil when it is.
  public let gathering: Gathering?
  public let alarms: [Alarm]
  public let checkpoint: CheckpointSeal?
  public let hubEpoch: UInt64
  /// The programme's key, which the invite pinned.
  public let authority: SigningPublicKey
  /// The programme's fingerprint, to compare by voice.
  public let words: Words
  /// This device's fingerprint.
  public let ownWords: Words

  /// The files of records (attachments §1).
  public struct Files: Sendable, Hashable {
    /// Attached on this device, and how many of them the hub said to store.
    public let saved: Int
    public let received: Int
    /// Sealed bytes that the hub is not known to have.
    public let pendingBytes: Int
    /// Those that the hub did not take, at the last sync.
    public let refused: Int
    /// Attached by others, and how many of them are not all here.
    public let foreign: Int
    public let missing: Int

    /// Those that still have to go, or to come.
    public var waiting: Int { saved - received + missing }
  }

  public struct Alarm: Sendable, Hashable {
    public let code: String
    public let at: Int64
    public let detail: String
  }
}

extension Replica {
  public func status() throws -> ReplicaStatus {
    try read { db in
      let settings = SettingTable(db: db)
      try refreshKeys(db)
      let own = try ownLog(db)
      let head = try own.first.map { try EntryTable.head(ofOriginRow: $0.row, in: db) } ?? .empty
      let received = try settings.integer(SettingName.receivedSeq) ?? 0
      let pendingBytes = try Int.fetchOne(
        db,
        sql: """
          SELECT coalesce(sum(48 + length(operational) + coalesce(length(coded), 0)
            + coalesce(length(sensitive), 0) + coalesce(length(identity), 0)), 0)
          FROM entry WHERE origin IN \(own.sql) AND seq > ?
          """, arguments: [received]) ?? 0
      func count(_ sql: String) throws -> Int { try Int.fetchOne(db, sql: sql) ?? 0 }
      let role = try settings.text(SettingName.role)
      let named = try book(db).reader(identity.origin)?.state == .active
      return ReplicaStatus(
        origin: identity.origin, programmeName: try settings.text(SettingName.programmeName) ?? "",
        hub: try settings.text(SettingName.url) ?? "", role: role,
        isWaiting: role == "caseworker" && !named,
        areas: try settings.text(SettingName.areas)?.areaCodes ?? [],
        programmeAreas: try settings.text(SettingName.programmeAreas)?.areaCodes ?? [],
        saved: Int(head.seq), received: Int(received),
        records: try count("SELECT count(*) FROM record"),
        drafts: try count("SELECT count(*) FROM draft"), pending: Int(head.seq) - Int(received),
        pendingBytes: pendingBytes,
        conflicts: try count("SELECT coalesce(sum(conflicts), 0) FROM record WHERE conflicts > 0"),
        quarantined: try count("SELECT count(*) FROM record WHERE held IS NOT NULL"),
        clockOffset: try settings.integer(SettingName.clockOffset), files: try files(db),
        gathering: try gathering(db),
        alarms: try Row.fetchAll(
          db.cachedStatement(
            sql: "SELECT code, at, detail FROM alarm WHERE cleared IS NULL ORDER BY id")
        ).map { .init(code: $0["code"], at: $0["at"], detail: $0["detail"]) },
        checkpoint: try checkpoint(db),
        hubEpoch: UInt64(try settings.integer(SettingName.hubEpoch) ?? 0),
        authority: programme.authority, words: programme.words, ownWords: identity.publicIdentity.words)
    }
  }

  private func files(_ db: Database) throws -> ReplicaStatus.Files {
    let epoch = try SettingTable(db: db).integer(SettingName.hubEpoch) ?? 0
    // Chunks that are here are counted by an index, not read.
    let row = try Row.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT coalesce(sum(own), 0) AS saved,
            coalesce(sum(own = 1 AND received = ?1 AND received > 0), 0) AS received,
            coalesce(sum(own = 1 AND received <> ?1 AND refused IS NOT NULL), 0) AS refused,
            coalesce(sum(own = 0), 0) AS foreign_files,
            coalesce(sum(own = 0 AND (manifest IS NULL OR chunks > (
              SELECT count(*) FROM attachment_chunk c WHERE c.attachment = a.id))), 0) AS missing,
            coalesce(sum(CASE WHEN own = 1 AND received <> ?1 THEN chunks ELSE 0 END), 0) AS pending
          FROM attachment a
          """), arguments: [epoch])
    return ReplicaStatus.Files(
      saved: row?["saved"] ?? 0, received: row?["received"] ?? 0,
      pendingBytes: (row?["pending"] ?? 0) * AttachmentLimits.sealedChunkBytesMax,
      refused: row?["refused"] ?? 0, foreign: row?["foreign_files"] ?? 0,
      missing: row?["missing"] ?? 0)
  }

  /// Notes how far this machine's clock is from the hub's, in seconds.
  package func noteClock(hubTime: Int64) throws {
    let offset = environment.now() - hubTime
    try db.write { try SettingTable(db: $0).set(SettingName.clockOffset, offset) }
  }

  /// What a transport needs to reach the hub.
  package struct HubReach: Sendable {
    package let url: String
    package let tlsPin: Digest32
    package let hubKey: SigningPublicKey
  }

  package func hubReach() throws -> HubReach {
    try read { db in
      let settings = SettingTable(db: db)
      guard let url = try settings.text(SettingName.url),
        let pin = try settings.bytes(SettingName.tlsPin).flatMap({ Digest32($0) })
      else { throw StoreError(.noHome, "This home has not joined a programme yet.") }
      return HubReach(url: url, tlsPin: pin, hubKey: try hubKey(db))
    }
  }

  /// The hub has moved; its keys have not (cli `sync --url`).
  public func setHub(_ address: HubAddress) throws {
    try db.write { try SettingTable(db: $0).set(SettingName.url, address.text) }
  }

  /// Brings epochs and grants in step with the statements; run before a sync and after a pull.
  /// Returns whether something was written that has to go to the hub.
  package func refreshSealing() throws -> Bool {
    try transaction { db in
      guard try currentEpoch(db) != nil || hasOpenSecrets(db) else { return false }
      var author = try LogAuthor(self, db)
      let before = author.head
      try refreshSealing(&author)
      return author.head != before
    }
  }

  private func hasOpenSecrets(_ db: Database) throws -> Bool {
    try Int.fetchOne(db.cachedStatement(sql: "SELECT 1 FROM epoch_secret WHERE secret IS NOT NULL LIMIT 1")) != nil
  }
}
