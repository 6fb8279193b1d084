import SyncCore
import Testing

/// One file of `Protocol/vectors/entry`, made by a script that shares no code with this package.
struct EntryVector: Decodable {
  struct EnvelopeFields: Decodable {
    let programme, origin, previous, record, area, form, seenRoot: String
    let seq, formVersion, epoch, seenSize: UInt64
    let kind: UInt8
    let claimed: Int64
  }
  struct Field: Decodable {
    let salt, digest: String
  }
  struct Expected: Decodable {
    let envelopeBytes, hash, createdRecord, publicCode: String
    let salts, digests: [String]
    let fields: [String: Field]
  }
  let what: String
  let envelope: EnvelopeFields
  let rootSalt: String
  let operational: String
  let coded, sensitive, identity: String?
  let expect: Expected

  func makeEnvelope() throws -> Envelope {
    Envelope(
      programme: try #require(ProgrammeID(hex: envelope.programme)),
      origin: try #require(OriginID(hex: envelope.origin)), seq: envelope.seq,
      previous: try #require(EntryHash(hex: envelope.previous)),
      record: try #require(RecordID(hex: envelope.record)), area: envelope.area,
      form: envelope.form, formVersion: envelope.formVersion,
      kind: try #require(EntryKind(rawValue: envelope.kind)), claimed: envelope.claimed,
      epoch: envelope.epoch, seenSize: envelope.seenSize,
      seenRoot: try #require(Digest32(hex: envelope.seenRoot)))
  }

  func section(_ hex: String?) throws -> SectionContent {
    guard let hex else { return .absent }
    return .present(try #require([UInt8](hex: hex)))
  }

  func makeEntry(
    envelope: Envelope? = nil, rootSalt: Salt? = nil, operational: [UInt8]? = nil,
    coded: SectionContent? = nil, sensitive: SectionContent? = nil, identity: SectionContent? = nil
  ) throws -> Entry {
    try Entry(
      envelope: try envelope ?? makeEnvelope(),
      rootSalt: try rootSalt ?? #require(Salt(hex: self.rootSalt)),
      operational: try operational ?? #require([UInt8](hex: self.operational)),
      coded: try coded ?? section(self.coded), sensitive: try sensitive ?? section(self.sensitive),
      identity: try identity ?? section(self.identity))
  }

  static func all() throws -> [(name: String, vector: EntryVector)] {
    try VectorFiles.all("entry", as: EntryVector.self)
  }

  static func named(_ name: String) throws -> EntryVector {
    try #require(try all().first { $0.name == name }).vector
  }
}

struct EntryVectorTests {
  @Test func `entries hash as an independent implementation says`() throws {
    let vectors = try EntryVector.all()
    #expect(vectors.count >= 7)
    for (name, vector) in vectors {
      let entry = try vector.makeEntry()
      #expect(entry.hash.hex == vector.expect.hash, "\(name): \(vector.what)")
      #expect(entry.envelope.encoded.hex == vector.expect.envelopeBytes, "\(name)")
      #expect(try Envelope(encoded: entry.envelope.encoded) == entry.envelope, "\(name)")
      #expect(EntryPart.allCases.map { entry.rootSalt.salt(of: $0).hex } == vector.expect.salts)
      #expect(entry.rootSalt.createdRecord.hex == vector.expect.createdRecord, "\(name)")
      #expect(PublicCode(of: entry.envelope.record).description == vector.expect.publicCode)
    }
  }

  @Test func `every operational field has the salt and the digest of the vector`() throws {
    for (name, vector) in try EntryVector.all() {
      let entry = try vector.makeEntry()
      let fields = try Entry.encodedFields(entry.operational, rootSalt: entry.rootSalt)
      #expect(fields.count == vector.expect.fields.count, "\(name)")
      for field in fields {
        #expect(field.salt.hex == vector.expect.fields[field.name]?.salt, "\(name) \(field.name)")
        #expect(
          field.digest.hex == vector.expect.fields[field.name]?.digest, "\(name) \(field.name)")
      }
    }
  }

  @Test func `a part that is withheld leaves the hash as it is`() throws {
    for (name, vector) in try EntryVector.all() {
      let digests = try vector.expect.digests.map { try #require(Digest32(hex: $0)) }
      try #require(digests.count == 5)
      let entry = try vector.makeEntry(
        coded: .withheld(digests[2]), sensitive: .withheld(digests[3]),
        identity: .withheld(digests[4]))
      #expect(entry.hash.hex == vector.expect.hash, "\(name)")
      #expect(
        Entry.combine(
          envelope: digests[0], operational: digests[1], coded: digests[2], sensitive: digests[3],
          identity: digests[4]
        ).hex == vector.expect.hash, "\(name)")
    }
  }

  @Test func `writes decode and encode to the same section`() throws {
    for (name, vector) in try EntryVector.all() {
      for hex in [vector.operational, vector.coded].compactMap(\.self) {
        let bytes = try #require([UInt8](hex: hex))
        #expect(encodeFieldWrites(try decodeFieldWrites(bytes)) == bytes, "\(name)")
      }
    }
  }
}
