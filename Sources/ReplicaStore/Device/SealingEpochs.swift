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
    var generator = environment.surroundings.random
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
    if secret != nil {
      let id = OriginEpoch(origin: origin, epoch: epoch)
      cache.withLock { $0.secrets[id] = nil }
    }
    try db.cachedStatement(
      sql: """
        INSERT INTO epoch_secret(origin, epoch, commitment, secret) VALUES (?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET secret = coalesce(excluded.secret, secret)
        """
    ).execute(arguments: [
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
    let commitment = current.secret.commitment(
      programme: programme.id, origin: identity.origin, epoch: current.number)
    return try grantedReaders(identity.origin, current.number, commitment, in: db)
      .contains { !wanted.contains($0) }
  }

  private func grantedReaders(
    _ origin: OriginID, _ epoch: UInt64, _ commitment: Digest32, in db: Database
  ) throws -> Set<Bytes16> {
    Set(
      try Data.fetchAll(
        db.cachedStatement(
          sql: "SELECT reader FROM granted WHERE origin = ? AND epoch = ? AND commitment = ?"),
        arguments: [Data(origin.bytes), Int64(epoch), Data(commitment.bytes)]
      ).compactMap { Bytes16(Array($0)) })
  }

  /// Grants every epoch that this device can open to every reader who should have it and has no
  /// grant yet: its own epochs, and as a case worker those of others (identity §6).
  func grantMissing(_ author: inout LogAuthor) throws {
    let db = author.db
    let wanted = try wantedReaders(db)
    guard !wanted.isEmpty else { return }
    let role = try SettingTable(db: db).text(SettingName.role)
    let own = ownOrigins
    let rows = try Row.fetchAll(
      db.cachedStatement(
        sql: "SELECT origin, epoch, commitment, secret FROM epoch_secret WHERE secret IS NOT NULL"))
    for row in rows {
      guard let origin = OriginID(Array(row["origin"] as Data)),
        own.contains(origin) || role == "caseworker",
        let secret = EpochSecret(Array(row["secret"] as Data)),
        let commitment = Digest32(Array(row["commitment"] as Data))
      else { continue }
      let epoch = UInt64(row["epoch"] as Int64)
      let already = try grantedReaders(origin, epoch, commitment, in: db)
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
      try note(list, origin: origin, epoch: epoch, commitment, in: db)
    }
  }

  private func note(
    _ list: GrantList, origin: OriginID, epoch: UInt64, _ commitment: Digest32, in db: Database
  ) throws {
    for reader in list.grants.keys {
      try db.cachedStatement(
        sql: """
          INSERT INTO granted(origin, epoch, commitment, reader) VALUES (?, ?, ?, ?)
          ON CONFLICT DO NOTHING
          """
      ).execute(arguments: [
        Data(origin.bytes), Int64(epoch), Data(commitment.bytes), Data(reader.bytes),
      ])
    }
  }

  /// The one commitment to an epoch; nil before it is known, and after a fork gave it two.
  private func commitment(_ origin: OriginID, _ epoch: UInt64, in db: Database) throws -> Digest32? {
    let found = try Data.fetchAll(
      db.cachedStatement(
        sql: "SELECT commitment FROM epoch_secret WHERE origin = ? AND epoch = ? LIMIT 2"),
      arguments: [Data(origin.bytes), Int64(epoch)])
    return found.count == 1 ? Digest32(Array(found[0])) : nil
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
      if entry.envelope.origin == origin, let commitment = try commitment(origin, epoch, in: db) {
        try note(list, origin: origin, epoch: epoch, commitment, in: db)
      }
      let mine = openingKeys.compactMap { list[$0.publicKey] }
      guard !mine.isEmpty else { return [] }
      for grant in mine {
        try db.cachedStatement(
          sql: "INSERT INTO pending_grant(origin, epoch, bytes) VALUES (?,?,?) ON CONFLICT DO NOTHING"
        ).execute(arguments: [Data(origin.bytes), Int64(epoch), Data(grant.bytes)])
      }
      return try openPending(origin, epoch, in: db) ? [origin] : []
    default: return []
    }
  }

  /// Opens a grant once the commitment that it must match is known.
  private func openPending(_ origin: OriginID, _ epoch: UInt64, in db: Database) throws -> Bool {
    let arguments: StatementArguments = [Data(origin.bytes), Int64(epoch)]
    let commitments = try Data.fetchAll(
      db.cachedStatement(
        sql: "SELECT commitment FROM epoch_secret WHERE origin = ? AND epoch = ? AND secret IS NULL"),
      arguments: arguments
    ).compactMap { Digest32(Array($0)) }
    guard !commitments.isEmpty else { return false }
    let grants = try Data.fetchAll(
      db.cachedStatement(sql: "SELECT bytes FROM pending_grant WHERE origin = ? AND epoch = ?"),
      arguments: arguments)
    var isOpened = false
    for bytes in grants {
      guard let grant = Grant(Array(bytes)) else { continue }
      for (commitment, key) in commitments.flatMap({ each in openingKeys.map { (each, $0) } }) {
        guard
          let secret = try? wrapping.open(
            grant, programme: programme.id, origin: origin, epoch: epoch, commitment: commitment,
            with: key)
        else { continue }
        try storeSecret(secret, origin: origin, epoch: epoch, commitment: commitment, in: db)
        try db.execute(
          sql: "DELETE FROM pending_grant WHERE origin = ? AND epoch = ? AND bytes = ?",
          arguments: arguments + [bytes])
        isOpened = true
        break
      }
    }
    return isOpened
  }

  /// The key with which a record is written: the one that opens what is sealed in it. Nil when what
  /// it was created with is sealed under another: a copy of the home that created it began the same
  /// epoch with another secret, and who has only one of the two must not seal beside the other.
  func recordKey(_ record: RecordID, in db: Database) throws -> RecordKey? {
    let keys = try recordKeys(record, in: db)
    guard !keys.isEmpty else { return nil }
    for entry in try EntryTable.entries(ofRecord: record, coded: CodedTables(self, db), in: db) {
      var isSealed = false
      for part in [SensitivityClass.sensitive, .identity] {
        guard let bytes = entry.section(part).bytes else { continue }
        isSealed = true
        let salt = entry.rootSalt.salt(of: part == .sensitive ? .sensitive : .identity)
        for key in keys
        where (try? sealer.open(bytes, part: part, record: record, salt: salt, key: key)) != nil {
          return key
        }
      }
      // What others sealed since says nothing of whose key it is.
      if isSealed, entry.envelope.kind == .create { return nil }
    }
    return keys.first
  }

  /// The keys that a record may have (``RecordReader``), without reading all of it.
  func recordKeys(_ record: RecordID, in db: Database) throws -> [RecordKey] {
    try RecordReader(self, db).keys(of: record, createdBy: try creatingEnvelope(of: record, in: db))
  }

  private func creatingEnvelope(of record: RecordID, in db: Database) throws -> Envelope? {
    try Data.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT envelope FROM entry WHERE \(BytePrefix.equals("record")) AND kind = 1
          ORDER BY id LIMIT 1
          """), arguments: [Data(record.bytes)]
    ).map { try Envelope(encoded: Array($0), limits: limits) }
  }

  func recordKeys(createdBy envelope: Envelope, in db: Database) throws -> [RecordKey] {
    let id = OriginEpoch(origin: envelope.origin, epoch: envelope.epoch)
    if let known = cache.withLock({ $0.secrets[id] }) {
      return known.map { $0.recordKey(envelope.record, origin: envelope.origin) }
    }
    let secrets = try Data.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT secret FROM epoch_secret
          WHERE origin = ? AND epoch = ? AND secret IS NOT NULL
          """), arguments: [Data(envelope.origin.bytes), Int64(envelope.epoch)]
    ).compactMap { EpochSecret(Array($0)) }
    guard !secrets.isEmpty else { return [] }
    cache.withLock { $0.secrets[id] = secrets }
    return secrets.map { $0.recordKey(envelope.record, origin: envelope.origin) }
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
    guard let assignee, ownOrigins.contains(assignee), let grant,
      let key = openingKeys.firstResult({
        try? wrapping.open(grant, programme: programme.id, record: entry.envelope.record, with: $0)
      })
    else { return }
    try db.cachedStatement(
      sql: "INSERT OR REPLACE INTO record_key(record, key) VALUES (?, ?)"
    ).execute(arguments: [Data(entry.envelope.record.bytes), Data(key.stored)])
  }
}

extension String {
  /// Area codes as they are kept in one setting.
  var areaCodes: [String] { split(separator: "\n").map(String.init) }
}

extension [String] {
  var areaSetting: String { joined(separator: "\n") }
}
