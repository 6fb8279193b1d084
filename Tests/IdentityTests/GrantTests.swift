import Identity
import SyncCore
import Testbed
import Testing

@Suite struct GrantTests {
  private let programme = ProgrammeID(high: 1, low: 1)

  @Test func `a reader opens its own grant and nobody else's`() throws {
    var random = SplitMix64(seed: 40)
    let (reader, other) = (OpeningKeyPair(using: &random), OpeningKeyPair(using: &random))
    let secret = EpochSecret(using: &random)
    let origin = OriginID(random.bytes(32))!
    try check(HPKEKeyWrapping(), secret, origin, reader, other)
  }

  @Test func `a simulation can wrap keys without randomness behind the same seam`() throws {
    var random = SplitMix64(seed: 41)
    let (reader, other) = (OpeningKeyPair(using: &random), OpeningKeyPair(using: &random))
    let secret = EpochSecret(using: &random)
    let origin = OriginID(random.bytes(32))!
    try check(PlainKeyWrapping(), secret, origin, reader, other)
  }

  private func check(
    _ wrapping: some KeyWrapping, _ secret: EpochSecret, _ origin: OriginID,
    _ reader: OpeningKeyPair, _ other: OpeningKeyPair
  ) throws {
    let commitment = secret.commitment(programme: programme, origin: origin, epoch: 2)
    let grant = wrapping.grant(
      secret, programme: programme, origin: origin, epoch: 2, to: reader.publicKey)
    func open(
      _ pair: OpeningKeyPair, origin: OriginID = origin, epoch: UInt64 = 2,
      commitment: Digest32 = commitment
    ) throws(IdentityError) -> EpochSecret {
      try wrapping.open(
        grant, programme: programme, origin: origin, epoch: epoch, commitment: commitment,
        with: pair)
    }
    #expect(try open(reader) == secret)
    #expect(throws: IdentityError(.grantNotOpened)) { try open(other) }
    #expect(throws: IdentityError(.grantNotOpened)) { try open(reader, epoch: 3) }
    #expect(throws: IdentityError(.grantNotOpened)) { try open(reader, origin: .zero) }
    #expect(throws: IdentityError(.grantCommitment)) { try open(reader, commitment: .zero) }

    let record = RecordID(high: 3, low: 4)
    let key = secret.recordKey(record, origin: origin)
    let assigned = wrapping.grant(
      key, programme: programme, record: record, to: reader.publicKey)
    #expect(
      try wrapping.open(assigned, programme: programme, record: record, with: reader) == key)
    #expect(throws: IdentityError(.grantNotOpened)) {
      try wrapping.open(grant, programme: programme, record: record, with: reader)
    }
    #expect(throws: IdentityError(.grantNotOpened)) {
      try wrapping.open(
        assigned, programme: programme, record: .init(high: 3, low: 5), with: reader)
    }
  }

  @Test func `a full list of grants fits an operational section and comes back`() throws {
    var random = SplitMix64(seed: 42)
    var list = GrantList()
    for _ in 0..<GrantList.countMax {
      list.grants[Bytes16(random.bytes(16))!] = Grant(random.bytes(80))
    }
    let encoded = list.encoded
    #expect(encoded.count < Limits.specified.clearSectionBytesMax)
    #expect(try GrantList(encoded: encoded) == list)
    #expect(throws: IdentityError(.grantsMalformed, encoding: .tooLong)) {
      try GrantList(encoded: [0x99, 0x02, 0x01] + encoded.dropFirst(3))
    }
  }
}

/// Not secret: the key under a hash of reader and purpose. For simulations of many devices.
private struct PlainKeyWrapping: KeyWrapping {
  private func mask(_ reader: OpeningPublicKey, _ info: [UInt8]) -> [UInt8] {
    Hash.sha256(domain: "test.mask/1", reader.raw, info).bytes
  }

  func wrap(_ key: [UInt8], for reader: OpeningPublicKey, info: [UInt8]) -> Grant {
    Grant(reader.bytes + key + mask(reader, info).prefix(16))!
  }

  func unwrap(_ grant: Grant, with pair: OpeningKeyPair, info: [UInt8]) -> [UInt8]? {
    guard Array(grant.bytes.suffix(16)) == Array(mask(pair.publicKey, info).prefix(16)) else {
      return nil
    }
    return Array(grant.bytes[32..<64])
  }
}
