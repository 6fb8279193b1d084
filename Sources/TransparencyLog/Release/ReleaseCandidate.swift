public import SyncCore

/// An entry as a hub offers it for a release: its operational part, and digests of the other parts
/// (committee §3.2).
///
/// Needs no root salt: what erasure left of an entry is enough.
public struct ReleaseCandidate: Sendable {
  /// One operational field of the entry.
  public struct Field: Sendable {
    /// As it stands in the section.
    public let name: String
    /// `name ‖ write`, as encoded.
    public let pair: [UInt8]
    public let salt: Salt

    public init(name: String, pair: [UInt8], salt: Salt) {
      self.name = name
      self.pair = pair
      self.salt = salt
    }
  }

  public var hash: EntryHash
  public var record: RecordID
  public var form: String
  public var kind: EntryKind
  /// Salt of the operational part.
  public var salt: Salt
  public var envelope: Digest32
  public var coded: Digest32
  public var sensitive: Digest32
  public var identity: Digest32
  public var fields: [Field]

  public init(
    hash: EntryHash, record: RecordID, form: String, kind: EntryKind, salt: Salt,
    envelope: Digest32, coded: Digest32, sensitive: Digest32, identity: Digest32, fields: [Field]
  ) {
    self.hash = hash
    self.record = record
    self.form = form
    self.kind = kind
    self.salt = salt
    self.envelope = envelope
    self.coded = coded
    self.sensitive = sensitive
    self.identity = identity
    self.fields = fields
  }

  /// The candidate of an entry that is held with its root salt.
  ///
  /// - Throws: `malformed` when the operational section is not canonical.
  public init(_ entry: Entry) throws(ReleaseError) {
    let root = entry.rootSalt
    func digest(_ content: SectionContent, _ part: EntryPart) -> Digest32 {
      let salt = root.salt(of: part)
      switch content {
      case .absent: return Hash.sha256(domain: "yarrow.absent/1", salt)
      case .withheld(let digest): return digest
      case .present(let bytes):
        return part == .coded
          ? Hash.sha256(domain: "yarrow.coded/1", salt, bytes)
          : Hash.sha256(domain: "yarrow.sealed/1", salt, part.rawValue, bytes)
      }
    }
    do {
      fields = try Entry.encodedFields(entry.operational, rootSalt: root).map {
        Field(name: $0.name, pair: Array($0.pair), salt: $0.salt)
      }
    } catch { throw ReleaseError(.malformed(error.code)) }
    hash = entry.hash
    record = entry.envelope.record
    form = entry.envelope.form
    kind = entry.envelope.kind
    salt = root.salt(of: .operational)
    envelope = Hash.sha256(
      domain: "yarrow.envelope/1", root.salt(of: .envelope), entry.envelope.encoded)
    coded = digest(entry.coded, .coded)
    sensitive = digest(entry.sensitive, .sensitive)
    identity = digest(entry.identity, .identity)
  }
}
