extension Entry {
  /// The entry hash over the digests of its five parts (entry §2.5).
  static func hash(
    envelope: Envelope, rootSalt: Salt, operational: [UInt8], coded: SectionContent,
    sensitive: SectionContent, identity: SectionContent, limits: Limits
  ) throws(CBORError) -> EntryHash {
    let clear = try clearDigest(coded, salt: rootSalt.salt(of: .coded), limits: limits)
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
    var previous: ArraySlice<UInt8>?
    for _ in 0..<(try d.readMapHead(max: limits.fieldsPerSectionMax)) {
      let begin = d.position
      guard try d.nextMajor() == 3 else { throw d.error(.unexpectedType) }
      let key = try d.readKey(after: previous)
      previous = key
      var inner = CBORDecoder(key)
      let name = try inner.readText(max: limits.fieldKeyBytesMax)
      _ = try d.readFieldWrite(limits: limits)
      let pair = d.slice(from: begin)
      found.append(
        EncodedField(
          name: name, pair: pair, salt: rootSalt.salt(ofField: Array(name.utf8)[...])))
    }
    try d.expectEnd()
    return found
  }

  private static func fieldDigests(
    _ operational: [UInt8], rootSalt: Salt, limits: Limits
  ) throws(CBORError) -> [Digest32] {
    try encodedFields(operational, rootSalt: rootSalt, limits: limits).map(\.digest)
  }

  private static func clearDigest(
    _ content: SectionContent, salt: Salt, limits: Limits
  ) throws(CBORError) -> Digest32 {
    switch content {
    case .absent: return Hash.sha256(domain: "yarrow.absent/1", salt)
    case .withheld(let digest): return digest
    case .present(let bytes):
      // An empty section is absent; as a present one it would have a second digest (entry §2.4).
      guard try !decodeFieldWrites(bytes, limits: limits).isEmpty else {
        throw CBORError(.nonCanonicalValue, at: 0)
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
