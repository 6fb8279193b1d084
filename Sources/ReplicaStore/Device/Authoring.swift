internal import Forms
internal import Foundation
internal import GRDB
internal import Identity
public import SyncCore

/// What was saved: durable on this machine when it is returned (cli `new`).
public struct Saved: Sendable, Hashable {
  public let record: RecordID
  public let code: String
  public let origin: OriginID
  public let seq: UInt64
  public let hash: EntryHash
  /// The area of a new record that is none of this device's areas: the hub will hold the record back
  /// (sync §1, §4), unless the areas of this device change before it gets there.
  public internal(set) var foreignArea: String?
}

/// Appends entries to the device's own log inside one transaction.
///
/// The head is read once, so a batch of a thousand costs one look-up; two processes can't both
/// append, since the transaction is immediate.
struct LogAuthor {
  let replica: Replica
  let db: Database
  let originRow: Int64
  private(set) var head: LogHead
  private let seen: CheckpointSeal?
  private let claimed: Int64
  private(set) var epoch: UInt64
  private var secret: EpochSecret?
  let index: RecordIndex
  private let insertion: EntryTable.Insertion
  private var forms: [String: Form] = [:]
  private var context: EvaluationContext?
  private var areas: [String]?

  init(_ replica: Replica, _ db: Database) throws {
    self.replica = replica
    self.db = db
    try replica.refreshKeys(db)
    originRow = try replica.ownRow(db)
    head = try EntryTable.head(ofOriginRow: originRow, in: db)
    seen = try replica.checkpoint(db)
    claimed = replica.environment.now()
    index = RecordIndex(replica, db)
    insertion = try EntryTable.insertion(db, coded: CodedTables(replica, db))
    epoch = 0
    if let current = try replica.currentEpoch(db) {
      epoch = current.number
      secret = current.secret
    }
  }

  /// The newest version of a form, the same for the whole transaction.
  mutating func form(_ name: String) throws -> Form {
    if let known = forms[name] { return known }
    let form = try replica.requireForm(name, db)
    forms[name] = form
    return form
  }

  /// What new records are judged by: read once, so that a batch is judged by one moment.
  mutating func evaluationContext() throws -> EvaluationContext {
    if let context { return context }
    let read = try replica.context(db, fillsDefaults: true)
    context = read
    return read
  }

  /// The area, if the membership does not name it.
  mutating func foreign(_ area: String) throws -> String? {
    let own = try areas ?? SettingTable(db: db).text(SettingName.areas)?.areaCodes ?? []
    areas = own
    return own.contains(area) ? nil : area
  }

  /// Writes by class, before sealing.
  struct Content {
    private var operational: FieldWrites = []
    private var coded: FieldWrites = []
    private var sensitive: FieldWrites = []
    private var identity: FieldWrites = []

    var isEmpty: Bool { operational.isEmpty && coded.isEmpty && !hasSealed }
    var hasSealed: Bool { !sensitive.isEmpty || !identity.isEmpty }

    subscript(part: SensitivityClass) -> FieldWrites {
      switch part {
      case .operational: operational
      case .coded: coded
      case .sensitive: sensitive
      case .identity: identity
      }
    }

    mutating func add(_ name: String, _ write: FieldWrite, _ part: SensitivityClass) {
      guard !write.changesNothing else { return }
      switch part {
      case .operational: operational.append((name, write))
      case .coded: coded.append((name, write))
      case .sensitive: sensitive.append((name, write))
      case .identity: identity.append((name, write))
      }
    }
  }

  /// A root salt for an entry that is still to be written.
  func newSalt() -> Salt {
    var generator = replica.environment.surroundings.random
    return Salt(high: generator.next(), low: generator.next())
  }

  /// The key of a record that is still to be created.
  mutating func key(ofNew record: RecordID) throws -> RecordKey {
    try requireSecret().recordKey(record, origin: replica.identity.origin)
  }

  /// Starts a record. The form's area field, or the parent, gave the area.
  ///
  /// - Parameter salt: the entry's root salt, where the record's id was needed before.
  mutating func create(
    form: String, version: UInt64, area: String, content: Content, kind: EntryKind = .create,
    salt given: Salt? = nil
  ) throws -> Entry {
    let salt = given ?? newSalt()
    let record = salt.createdRecord
    let key = content.hasSealed ? try self.key(ofNew: record) : nil
    return try append(
      kind: kind, record: record, area: area, form: form, version: version, salt: salt,
      content: content, key: key)
  }

  /// Changes a record that exists.
  mutating func change(
    _ record: RecordID, kind: EntryKind, area: String, form: String, version: UInt64,
    content: Content
  ) throws -> Entry {
    let salt = newSalt()
    var key: RecordKey?
    if content.hasSealed {
      key = try replica.recordKey(record, in: db)
      guard key != nil else { throw Replica.notOpenable }
    }
    return try append(
      kind: kind, record: record, area: area, form: form, version: version, salt: salt,
      content: content, key: key)
  }

  private mutating func requireSecret() throws -> EpochSecret {
    if let secret { return secret }
    let started = try replica.startEpoch(&self)
    epoch = started.number
    secret = started.secret
    return started.secret
  }

  mutating func use(epoch number: UInt64, secret: EpochSecret) {
    epoch = number
    self.secret = secret
  }

  mutating func append(
    kind: EntryKind, record: RecordID, area: String, form: String, version: UInt64, salt: Salt,
    content: Content, key: RecordKey?
  ) throws -> Entry {
    let envelope = Envelope(
      programme: replica.programme.id, origin: replica.identity.origin, seq: head.seq + 1,
      previous: head.hash, record: record, area: area, form: form, formVersion: version,
      kind: kind, claimed: claimed, epoch: epoch, seenSize: seen?.size ?? 0,
      seenRoot: seen.map { $0.size > 0 ? $0.root : .zero } ?? .zero)
    func clear(_ part: SensitivityClass) -> [UInt8]? {
      let writes = content[part]
      return writes.isEmpty ? nil : encodeFieldWrites(writes)
    }
    func sealed(_ part: SensitivityClass) throws -> SectionContent {
      guard let bytes = clear(part), let key else { return .absent }
      let sectionSalt = salt.salt(of: part == .sensitive ? .sensitive : .identity)
      return .present(
        try replica.sealer.seal(bytes, part: part, record: record, salt: sectionSalt, key: key))
    }
    let entry = try Entry(
      envelope: envelope, rootSalt: salt, operational: clear(.operational) ?? [0xa0],
      coded: clear(.coded).map { .present($0) } ?? .absent, sensitive: try sealed(.sensitive),
      identity: try sealed(.identity), limits: replica.limits)
    guard
      try EntryTable.insert(
        entry, originRow: originRow, segment: nil, by: insertion, in: db)
    else {
      throw StoreError(.damaged, "The log of this home has an entry where there was none; run verify.")
    }
    head = LogHead(seq: envelope.seq, hash: entry.hash)
    return entry
  }
}

extension Saved {
  init(_ entry: Entry) {
    record = entry.envelope.record
    code = PublicCode(of: entry.envelope.record).description
    origin = entry.envelope.origin
    seq = entry.envelope.seq
    hash = entry.hash
  }
}
