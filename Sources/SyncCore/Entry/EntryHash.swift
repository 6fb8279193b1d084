extension Entry {
  /// The entry hash over the digests of its five parts (entry §2.5).
  ///
  /// - Parameter isParsed: the coded section was parsed before, or the hash will tell.
  static func hash(
    envelope: Envelope, rootSalt: Salt, operational: [UInt8], coded: SectionContent,
    sensitive: SectionContent, identity: SectionContent, isParsed: Bool, limits: Limits
  ) throws(CBORError) -> EntryHash {
    let clear = try clearDigest(
      coded, salt: rootSalt.salt(of: .coded), isParsed: isParsed, limits: limits)
    return combine(
      envelope: Hash.sha256(
        domain: "yarrow.envelope/1", rootSalt.salt(of: .envelope), envelope.encoded),
      operational: try operationalDigest(
        record: envelope.record, form: envelope.form, kind: envelope.kind,
        fieldDigests: try fieldDigests(operational, rootSalt: rootSalt, limits: limits),
        salt: rootSalt.salt(of: .operational)),
      coded: clear,
      sensitive: try sealedDigest(sensitive, part: .sensitive, rootSalt: rootSalt),
      identity: try sealedDigest(identity, part: .identity, rootSalt: rootSalt))
  }

  /// The digests of the operational, coded, sensitive and identity parts: with the envelope and its
  /// salt, enough to show what the entry is called and nothing of what it says.
  public func sectionDigests(limits: Limits = .specified) throws(CBORError) -> [Digest32] {
    [
      try Self.operationalDigest(
        record: envelope.record, form: envelope.form, kind: envelope.kind,
        fieldDigests: try Self.fieldDigests(operational, rootSalt: rootSalt, limits: limits),
        salt: rootSalt.salt(of: .operational)),
      try Self.clearDigest(coded, salt: rootSalt.salt(of: .coded), limits: limits),
      try Self.sealedDigest(sensitive, part: .sensitive, rootSalt: rootSalt),
      try Self.sealedDigest(identity, part: .identity, rootSalt: rootSalt),
    ]
  }

  /// `H("yarrow.entry/1", d0 ‖ d1 ‖ d2 ‖ d3 ‖ d4)`.
  public static func combine(
    envelope: Digest32, operational: Digest32, coded: Digest32, sensitive: Digest32,
    identity: Digest32
  ) -> EntryHash {
    Hash.sha256(domain: "yarrow.entry/1", envelope, operational, coded, sensitive, identity)
  }

  /// The digest of the operational section, from the digests of its fields (entry §2.4).
  public static func operationalDigest(
    record: RecordID, form: String, kind: EntryKind, fieldDigests: [Digest32], salt: Salt
  ) throws(CBORError) -> Digest32 {
    var e = CBOREncoder(reservingCapacity: 64 + 34 * fieldDigests.count)
    e.arrayHead(4)
    e.encode(bytes: record.bytes)
    e.encode(form)
    e.encode(UInt64(kind.rawValue))
    let sorted = fieldDigests.sorted()
    e.arrayHead(sorted.count)
    for digest in sorted { e.encode(digest) }
    return Hash.sha256(domain: "yarrow.operational/1", salt, e.bytes)
  }

  /// The digest of one operational field: `[name, write]` under its own salt.
  public static func fieldDigest(salt: Salt, pair: ArraySlice<UInt8>) -> Digest32 {
    Hash.sha256(domain: "yarrow.field/1", salt, 0x82 as UInt8, pair)
  }

  /// One operational field as it stands in the section: its name, and `name ‖ write` encoded.
  public struct EncodedField: Sendable {
    public let name: String
    public let pair: ArraySlice<UInt8>
    public let salt: Salt
    public var digest: Digest32 { Entry.fieldDigest(salt: salt, pair: pair) }
  }

  /// The operational fields of a section, each with its salt (entry §2.4).
  public static func encodedFields(
    _ operational: [UInt8], rootSalt: Salt, limits: Limits = .specified
  ) throws(CBORError) -> [EncodedField] {
    var d = CBORDecoder(operational)
    var found: [EncodedField] = []
    try d.skipFieldWrites(limits: limits) { name, pair in
      found.append(
        EncodedField(
          name: String(decoding: name, as: UTF8.self), pair: pair,
          salt: rootSalt.salt(ofField: name)))
    }
    try d.expectEnd()
    return found
  }

  private static func fieldDigests(
    _ operational: [UInt8], rootSalt: Salt, limits: Limits
  ) throws(CBORError) -> [Digest32] {
    var d = CBORDecoder(operational)
    var digests: [Digest32] = []
    digests.reserveCapacity(16)
    try d.skipFieldWrites(limits: limits) { name, pair in
      digests.append(fieldDigest(salt: rootSalt.salt(ofField: name), pair: pair))
    }
    try d.expectEnd()
    return digests
  }

  private static func clearDigest(
    _ content: SectionContent, salt: Salt, isParsed: Bool = false, limits: Limits
  ) throws(CBORError) -> Digest32 {
    switch content {
    case .absent: return Hash.sha256(domain: "yarrow.absent/1", salt)
    case .withheld(let digest): return digest
    case .present(let bytes):
      if !isParsed {
        // An empty section is absent; as a present one it would have a second digest (entry §2.4).
        var d = CBORDecoder(bytes)
        var isEmpty = true
        try d.skipFieldWrites(limits: limits) { _, _ in isEmpty = false }
        try d.expectEnd()
        guard !isEmpty else { throw CBORError(.nonCanonicalValue, at: 0) }
      }
      return Hash.sha256(domain: "yarrow.coded/1", salt, bytes)
    }
  }

  private static func sealedDigest(
    _ content: SectionContent, part: EntryPart, rootSalt: Salt
  ) throws(CBORError) -> Digest32 {
    let salt = rootSalt.salt(of: part)
    switch content {
    case .absent: return Hash.sha256(domain: "yarrow.absent/1", salt)
    case .withheld(let digest): return digest
    case .present(let bytes):
      guard !bytes.isEmpty else { throw CBORError(.nonCanonicalValue, at: 0) }
      return Hash.sha256(domain: "yarrow.sealed/1", salt, part.rawValue, bytes)
    }
  }
}
