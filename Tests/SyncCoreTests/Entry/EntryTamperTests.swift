import SyncCore
import Testing

struct EntryTamperTests {
  /// Every part of an entry, each with a change that leaves it well formed.
  @Test func `changing any part of an entry changes its hash`() throws {
    let vector = try EntryVector.named("amend_replaces_writes")
    let original = try vector.makeEntry(
      coded: .present(encodeFieldWrites([("means", .set(add: ["debt"]))])),
      sensitive: .present([1, 2, 3]), identity: .present([4, 5, 6]))
    func changed(
      _ change: (inout Envelope) -> Void = { _ in }, rootSalt: Salt? = nil,
      operational: [UInt8]? = nil, coded: SectionContent? = nil, sensitive: SectionContent? = nil,
      identity: SectionContent? = nil
    ) throws -> EntryHash {
      var envelope = original.envelope
      change(&envelope)
      return try Entry(
        envelope: envelope, rootSalt: rootSalt ?? original.rootSalt,
        operational: operational ?? original.operational, coded: coded ?? original.coded,
        sensitive: sensitive ?? original.sensitive, identity: identity ?? original.identity
      ).hash
    }
    #expect(try changed() == original.hash)
    let other = Bytes16(high: 1, low: 2)
    var hashes = [
      try changed { $0.programme = other },
      try changed { $0.origin = Hash.sha256([7]) },
      try changed { $0.seq += 1 },
      try changed { $0.previous = Hash.sha256([7]) },
      try changed { $0.record = other },
      try changed { $0.area = "south" },
      try changed { $0.form = "referral" },
      try changed { $0.formVersion += 1 },
      try changed { $0.kind = .resolve },
      try changed { $0.claimed += 1 },
      try changed { $0.epoch += 1 },
      try changed { $0.seenSize += 1 },
      try changed { $0.seenRoot = Hash.sha256([7]) },
      try changed(rootSalt: other),
      try changed(operational: encodeFieldWrites([("status", .assign(.text("new")))])),
      try changed(coded: .present(encodeFieldWrites([("means", .set(add: ["force"]))]))),
      try changed(coded: .absent),
      try changed(sensitive: .present([1, 2, 4])),
      try changed(sensitive: .absent),
      try changed(identity: .present([4, 5, 7])),
      try changed(identity: .absent),
      try changed(sensitive: .present([4, 5, 6]), identity: .present([1, 2, 3])),
    ]
    hashes.append(original.hash)
    #expect(Set(hashes).count == hashes.count)
  }

  @Test func `every operational byte counts`() throws {
    let vector = try EntryVector.named("amend_replaces_writes")
    let original = try vector.makeEntry()
    var wellFormed = 0
    for place in original.operational.indices {
      var bytes = original.operational
      bytes[place] ^= 1
      guard let entry = try? vector.makeEntry(operational: bytes) else { continue }
      wellFormed += 1
      #expect(entry.hash != original.hash, "byte \(place)")
    }
    #expect(wellFormed > 100)
  }

  /// Whatever lies in the store, parsed or not: the hash tells.
  @Test func `a stored entry comes back by its hash, and with any other byte it does not`() throws {
    for name in ["create_all_sections", "amend_replaces_writes", "create_empty"] {
      let vector = try EntryVector.named(name)
      let entry = try vector.makeEntry()
      func stored(
        operational: [UInt8]? = nil, coded: SectionContent? = nil, sensitive: SectionContent? = nil,
        identity: SectionContent? = nil, hash: EntryHash? = nil
      ) -> Entry? {
        Entry(
          stored: entry.envelope, rootSalt: entry.rootSalt,
          operational: operational ?? entry.operational, coded: coded ?? entry.coded,
          sensitive: sensitive ?? entry.sensitive, identity: identity ?? entry.identity,
          hash: hash ?? entry.hash)
      }
      #expect(stored() == entry)
      #expect(stored(hash: Hash.sha256([7])) == nil)
      #expect(stored(coded: .present([0xff])) == nil, "not even CBOR")
      #expect(stored(coded: .present([0xa0])) == nil, "an empty section is absent")
      func others(_ content: SectionContent) -> [SectionContent] {
        (content.bytes ?? []).indices.map { place in
          var bytes = content.bytes ?? []
          bytes[place] ^= 1
          return .present(bytes)
        }
      }
      for place in entry.operational.indices {
        var bytes = entry.operational
        bytes[place] ^= 1
        #expect(stored(operational: bytes) == nil, "\(name), operational byte \(place)")
      }
      for other in others(entry.coded) { #expect(stored(coded: other) == nil) }
      for other in others(entry.sensitive) { #expect(stored(sensitive: other) == nil) }
      for other in others(entry.identity) { #expect(stored(identity: other) == nil) }
    }
  }

  @Test func `a record id that does not derive from the entry is refused`() throws {
    for name in ["create_all_sections", "create_empty", "epoch_starts_record"] {
      let vector = try EntryVector.named(name)
      var envelope = try vector.makeEnvelope()
      envelope.record = Bytes16(high: envelope.record.high, low: envelope.record.low ^ 1)
      #expect(throws: EntryError(.recordNotDerived), "\(name)") {
        try vector.makeEntry(envelope: envelope)
      }
      envelope.kind = .amend
      #expect(throws: Never.self, "an amend entry names any record") {
        try vector.makeEntry(envelope: envelope)
      }
    }
  }

  @Test func `an empty section has one digest, that of an absent one`() throws {
    let vector = try EntryVector.named("create_empty")
    let refusal = EntryError(.malformedSection(.nonCanonicalValue))
    #expect(throws: refusal) { try vector.makeEntry(coded: .present([0xa0])) }
    #expect(throws: refusal) { try vector.makeEntry(sensitive: .present([])) }
    #expect(throws: refusal) { try vector.makeEntry(identity: .present([])) }
  }

  @Test func `a section that is too long or not canonical is refused`() throws {
    let vector = try EntryVector.named("create_empty")
    let limits = Limits.specified
    #expect(throws: Never.self) {
      try vector.makeEntry(
        sensitive: .present([UInt8](repeating: 1, count: limits.sealedSectionBytesMax)))
    }
    let long = SectionContent.present(
      [UInt8](repeating: 1, count: limits.sealedSectionBytesMax + 1))
    #expect(throws: EntryError(.sectionTooLong)) { try vector.makeEntry(sensitive: long) }
    #expect(throws: EntryError(.sectionTooLong)) { try vector.makeEntry(identity: long) }
    #expect(throws: EntryError(.sectionTooLong)) {
      try vector.makeEntry(
        operational: [UInt8](repeating: 0, count: limits.clearSectionBytesMax + 1))
    }
    #expect(throws: EntryError(.malformedSection(.trailingBytes))) {
      try vector.makeEntry(operational: [0xa0, 0])
    }
    #expect(throws: EntryError(.malformedSection(.unexpectedType))) {
      try vector.makeEntry(coded: .present([0xa1, 0x00, 0x01]))
    }
  }
}
