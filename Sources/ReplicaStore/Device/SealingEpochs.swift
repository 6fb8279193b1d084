internal import Foundation
internal import GRDB
internal import Identity
internal import SyncCore
internal import Synchronization

/// Epochs, grants and record keys of a device (identity §5, §6).
extension Replica {
  struct CurrentEpoch {
    var number: UInt64
    var secret: EpochSecret
  }

  /// The device's own newest epoch; nil before the first.
  func currentEpoch(_ db: Database) throws -> CurrentEpoch? {
    let row = try Row.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT epoch, secret FROM epoch_secret WHERE origin = ? AND secret IS NOT NULL
          ORDER BY epoch DESC LIMIT 1
          """), arguments: [Data(identity.origin.bytes)])
    guard let row, let secret = EpochSecret(Array(row["secret"] as Data)) else { return nil }
    return CurrentEpoch(number: UInt64(row["epoch"] as Int64), secret: secret)
  }

  /// Writes the commitment to a new secret into the log, and grants it to everybody who may read.
  func startEpoch(_ author: inout LogAuthor) throws -> CurrentEpoch {
    var generator = SystemRandomNumberGenerator()
    let secret = EpochSecret(using: &generator)
    let number = (try currentEpoch(author.db)?.number ?? 0) + 1
    let commitment = secret.commitment(
      programme: programme.id, origin: identity.origin, epoch: number)
    author.use(epoch: number, secret: secret)
    var content = LogAuthor.Content()
    content.add("number", .assign(.integer(Int64(number))), .operational)
    content.add("commitment", .assign(.bytes(commitment.bytes)), .operational)
    _ = try author.create(
      form: SystemForm.epoch, version: 1, area: "", content: content, kind: .epoch)
    try storeSecret(
      secret, origin: identity.origin, epoch: number, commitment: commitment, in: author.db)
    try grantMissing(&author)
    return CurrentEpoch(number: number, secret: secret)
  }

  func storeSecret(
    _ secret: EpochSecret?, origin: OriginID, epoch: UInt64, commitment: Digest32, in db: Database
  ) throws {
    try db.execute(
      sql: """
        INSERT INTO epoch_secret(origin, epoch, commitment, secret) VALUES (?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET secret = coalesce(excluded.secret, secret)
        """,
      arguments: [
        Data(origin.bytes), Int64(epoch), Data(commitment.bytes), secret.map { Data($0.stored) },
      ])
  }

  /// Whoever must be able to read what this device can: readers with an active statement who share
  /// an area with the device, and the recovery key.
  func wantedReaders(_ db: Database) throws -> [OpeningPublicKey] {
    let book = try book(db)
    let areas = Set(try SettingTable(db: db).text(SettingName.areas)?.areaCodes ?? [])
    var keys = book.readers(forAreas: areas).map(\.keys.opening)
    if let recovery = book.recoveryKey { keys.append(recovery) }
    return keys.filter { $0 != identity.opening.publicKey }
  }

  /// Whether somebody who may no longer read was granted the current epoch.
  func epochIsCompromised(_ db: Database) throws -> Bool {
    guard let current = try currentEpoch(db) else { return false }
    let wanted = Set(try wantedReaders(db).map(\.fingerprint))
    return try grantedReaders(identity.origin, current.number, in: db)
      .contains { !wanted.contains($0) }
  }

  private func grantedReaders(
    _ origin: OriginID, _ epoch: UInt64, in db: Database
  ) throws -> Set<Bytes16> {
    Set(
      try Data.fetchAll(
        db, sql: "SELECT reader FROM granted WHERE origin = ? AND epoch = ?",
        arguments: [Data(origin.bytes), Int64(epoch)]
      ).compactMap { Bytes16(Array($0)) })
  }

  /// Grants every epoch that this device can open to every reader who should have it and has no
  /// grant yet: its own epochs, and as a case worker those of others (identity §6).
  func grantMissing(_ author: inout LogAuthor) throws {
    let db = author.db
    let wanted = try wantedReaders(db)
    guard !wanted.isEmpty else { return }
    let role = try SettingTable(db: db).text(SettingName.role)
    let rows = try Row.fetchAll(
      db, sql: "SELECT origin, epoch, secret FROM epoch_secret WHERE secret IS NOT NULL")
    for row in rows {
      guard let origin = OriginID(Array(row["origin"] as Data)),
        origin == identity.origin || role == "caseworker",
        let secret = EpochSecret(Array(row["secret"] as Data))
      else { continue }
      let epoch = UInt64(row["epoch"] as Int64)
      let already = try grantedReaders(origin, epoch, in: db)
      var list = GrantList()
      for reader in wanted where !already.contains(reader.fingerprint) {
        list[reader] = wrapping.grant(
          secret, programme: programme.id, origin: origin, epoch: epoch, to: reader)
      }
      guard !list.grants.isEmpty else { continue }
      var content = LogAuthor.Content()
      content.add("origin", .assign(.bytes(origin.bytes)), .operational)
      content.add("epoch", .assign(.integer(Int64(epoch))), .operational)
      content.add("grants", .assign(.bytes(list.encoded)), .operational)
      _ = try author.create(
        form: SystemForm.grant, version: 1, area: "", content: content, kind: .grant)
      try note(list, origin: origin, epoch: epoch, in: db)
    }
  }

  private func note(
    _ list: GrantList, origin: OriginID, epoch: UInt64, in db: Database
  ) throws {
    for reader in list.grants.keys {
      try db.execute(
        sql: "INSERT INTO granted(origin, epoch, reader) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        arguments: [Data(origin.bytes), Int64(epoch), Data(reader.bytes)])
    }
  }

  /// Brings keys in step with the authority's statements: a new epoch after a revocation, grants
  /// for whoever was admitted. Called before recording and before a sync.
  func refreshSealing(_ author: inout LogAuthor) throws {
    if try epochIsCompromised(author.db) {
      let started = try startEpoch(&author)
      author.use(epoch: started.number, secret: started.secret)
    } else {
      try grantMissing(&author)
    }
  }

  /// Takes in an epoch or grant entry of anybody; returns origins whose secrets became known.
  func absorbKeys(_ entry: Entry, in db: Database) throws -> [OriginID] {
    let writes = try decodeFieldWrites(entry.operational, limits: limits)
    func bytes(_ name: String) -> [UInt8]? {
      for case (name, .assign(.bytes(let bytes), _)) in writes { return bytes }
      return nil
    }
    func integer(_ name: String) -> UInt64? {
      for case (name, .assign(.integer(let number), _)) in writes where number > 0 {
        return UInt64(number)
      }
      return nil
    }
    switch entry.envelope.kind {
    case .epoch:
      guard let number = integer("number"), let commitment = bytes("commitment").flatMap({ Digest32($0) })
      else { return [] }
      let origin = entry.envelope.origin
      try storeSecret(nil, origin: origin, epoch: number, commitment: commitment, in: db)
      return try openPending(origin, number, in: db) ? [origin] : []
    case .grant:
      guard let origin = bytes("origin").flatMap({ OriginID($0) }), let epoch = integer("epoch"),
        let list = bytes("grants").flatMap({ try? GrantList(encoded: $0) })
      else { return [] }
      // Only the origin's own word counts as granted: a stranger's list must not keep others out.
      if entry.envelope.origin == origin {
        try note(list, origin: origin, epoch: epoch, in: db)
      }
      guard let mine = list[identity.opening.publicKey] else { return [] }
      try db.execute(
        sql: "INSERT INTO pending_grant(origin, epoch, bytes) VALUES (?,?,?) ON CONFLICT DO NOTHING",
        arguments: [Data(origin.bytes), Int64(epoch), Data(mine.bytes)])
      return try openPending(origin, epoch, in: db) ? [origin] : []
    default: return []
    }
  }

  /// Opens a grant once the commitment that it must match is known.
  private func openPending(_ origin: OriginID, _ epoch: UInt64, in db: Database) throws -> Bool {
    let arguments: StatementArguments = [Data(origin.bytes), Int64(epoch)]
    let row = try Row.fetchOne(
      db, sql: "SELECT commitment, secret FROM epoch_secret WHERE origin = ? AND epoch = ?",
      arguments: arguments)
    guard let row, (row["secret"] as Data?) == nil,
      let commitment = Digest32(Array(row["commitment"] as Data))
    else { return false }
    let grants = try Data.fetchAll(
      db, sql: "SELECT bytes FROM pending_grant WHERE origin = ? AND epoch = ?",
      arguments: arguments)
    for bytes in grants {
      guard let grant = Grant(Array(bytes)),
        let secret = try? wrapping.open(
          grant, programme: programme.id, origin: origin, epoch: epoch, commitment: commitment,
          with: identity.opening)
      else { continue }
      try storeSecret(secret, origin: origin, epoch: epoch, commitment: commitment, in: db)
      try db.execute(
        sql: "DELETE FROM pending_grant WHERE origin = ? AND epoch = ?", arguments: arguments)
      return true
    }
    return false
  }

  /// The key of a record: by the epoch of the origin that created it, or as it was assigned.
  func recordKey(_ record: RecordID, in db: Database) throws -> RecordKey? {
    let assigned = try Data.fetchOne(
      db.cachedStatement(sql: "SELECT key FROM record_key WHERE record = ?"),
      arguments: [Data(record.bytes)])
    if let assigned { return RecordKey(Array(assigned)) }
    let row = try Row.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT e.envelope FROM entry e WHERE e.record = ? AND e.kind = 1 ORDER BY e.id LIMIT 1
          """), arguments: [Data(record.bytes)])
    guard let row else { return nil }
    let envelope = try Envelope(encoded: Array(row["envelope"] as Data), limits: limits)
    return try recordKey(createdBy: envelope, in: db)
  }

  func recordKey(createdBy envelope: Envelope, in db: Database) throws -> RecordKey? {
    let id = OriginEpoch(origin: envelope.origin, epoch: envelope.epoch)
    if let known = cache.withLock({ $0.secrets[id] }) {
      return known.recordKey(envelope.record, origin: envelope.origin)
    }
    let secret = try Data.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT secret FROM epoch_secret
          WHERE origin = ? AND epoch = ? AND secret IS NOT NULL
          """), arguments: [Data(envelope.origin.bytes), Int64(envelope.epoch)]
    ).flatMap { EpochSecret(Array($0)) }
    guard let secret else { return nil }
    cache.withLock { $0.secrets[id] = secret }
    return secret.recordKey(envelope.record, origin: envelope.origin)
  }

  /// Takes the record key out of an assignment to this device.
  func absorbAssignment(_ entry: Entry, in db: Database) throws {
    var assignee: OriginID?
    var grant: Grant?
    for (name, write) in try decodeFieldWrites(entry.operational, limits: limits) {
      guard case .assign(.bytes(let bytes), _) = write else { continue }
      if name == "assignee" { assignee = OriginID(bytes) }
      if name == "key" { grant = Grant(bytes) }
    }
    guard assignee == identity.origin, let grant,
      let key = try? wrapping.open(
        grant, programme: programme.id, record: entry.envelope.record, with: identity.opening)
    else { return }
    try db.execute(
      sql: "INSERT OR REPLACE INTO record_key(record, key) VALUES (?, ?)",
      arguments: [Data(entry.envelope.record.bytes), Data(key.stored)])
  }
}

extension String {
  /// Area codes as they are kept in one setting.
  var areaCodes: [String] { split(separator: "\n").map(String.init) }
}

extension [String] {
  var areaSetting: String { joined(separator: "\n") }
}
