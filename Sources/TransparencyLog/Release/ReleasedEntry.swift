public import SyncCore

/// An entry that a release shows in part (committee §3.2).
public struct ReleasedEntry: Sendable, Hashable {
  /// Place of the entry's hash among the release's sorted leaves, from zero.
  public let position: UInt64
  public let record: RecordID
  public let form: String
  public let kind: EntryKind
  /// Salt of the operational part.
  public let salt: Salt
  public let envelope: Digest32
  public let coded: Digest32
  public let sensitive: Digest32
  public let identity: Digest32
  /// In canonical key order of their names.
  public let fields: [ReleasedField]
  /// Digests of the operational fields that are not shown, ascending.
  public let hidden: [Digest32]

  public init(
    position: UInt64, record: RecordID, form: String, kind: EntryKind, salt: Salt,
    envelope: Digest32, coded: Digest32, sensitive: Digest32, identity: Digest32,
    fields: [ReleasedField], hidden: [Digest32]
  ) {
    self.position = position
    self.record = record
    self.form = form
    self.kind = kind
    self.salt = salt
    self.envelope = envelope
    self.coded = coded
    self.sensitive = sensitive
    self.identity = identity
    self.fields = fields
    self.hidden = hidden
  }

  /// The kinds that a release may show (committee §3.1).
  public static let kinds: Set<EntryKind> = [.create, .amend, .resolve, .withdraw]

  /// The entry hash that everything shown and every digest lead to; nil when a name is too long
  /// to be encoded.
  public var hash: EntryHash? {
    guard
      let operational = try? Entry.operationalDigest(
        record: record, form: form, kind: kind, fieldDigests: fields.map(\.digest) + hidden,
        salt: salt)
    else { return nil }
    return Entry.combine(
      envelope: envelope, operational: operational, coded: coded, sensitive: sensitive,
      identity: identity)
  }
}
