import Crypto
import Identity
import SyncCore
import SyncWire
import Testbed
import Testing

@Suite struct SealingTests {
  private let sealer = SectionSealer.shipped
  private let record = RecordID(high: 7, low: 8)
  private let salt = Salt(high: 9, low: 10)
  private let key: RecordKey

  init() {
    var random = SplitMix64(seed: 30)
    key = RecordKey(random.bytes(32))!
  }

  private func content(_ text: String) -> [UInt8] {
    encodeFieldWrites([("summary", .assign(.text(text)))])
  }

  private func sealed(_ content: [UInt8]) throws -> [UInt8] {
    try sealer.seal(content, part: .sensitive, record: record, salt: salt, key: key)
  }

  private func open(_ sealed: [UInt8]) throws(IdentityError) -> [UInt8] {
    try sealer.open(sealed, part: .sensitive, record: record, salt: salt, key: key)
  }

  @Test func `what is sealed opens again, at every size, and shows only an allowed length`() throws
  {
    var random = SplitMix64(seed: 31)
    for size in Array(1...600) + [1_000, 4_096, 30_000, 200_000] {
      let bytes = [0xa1] + random.bytes(size)
      let sealed = try sealed(bytes)
      #expect(try open(sealed) == bytes)
      // Method, marker, and the content as it is, since nothing compresses noise.
      let plain = sealed.count - 16
      #expect(plain >= bytes.count + 2 && allowed(plain), "size \(size)")
      #expect(plain < 256 ? plain % 16 == 0 : Double(plain) < Double(bytes.count + 2) * 1.12)
    }
  }

  /// Multiples of 16 to 256, then the lengths of identity §5 written as their paper states them.
  private func allowed(_ length: Int) -> Bool {
    guard length > 256 else { return length > 0 && length % 16 == 0 }
    var e = 0
    while 2 << e <= length { e += 1 }
    var s = 1
    while 1 << s <= e { s += 1 }
    return length % (1 << (e - s)) == 0
  }

  @Test(arguments: [
    (1, 16), (14, 16), (15, 32), (30, 32), (254, 256), (255, 272), (494, 496), (495, 512),
    (510, 512),
    (511, 544), (1_022, 1_024), (1_023, 1_088), (4_000, 4_096), (65_534, 65_536), (65_535, 67_584),
  ]) func `a content of so many bytes is padded to so many`(_ size: Int, _ padded: Int) throws {
    var random = SplitMix64(seed: 32)
    // Noise, so that method 0 is taken; its first byte isn't that of the empty map.
    let bytes = size == 1 ? [0xa1] : [0xa1] + random.bytes(size - 1)
    let stored = SectionSealer(deflate: Deflate(dictionary: [], level: 0), inflate: .shipped)
    let sealed = try stored.seal(bytes, part: .identity, record: record, salt: salt, key: key)
    #expect(sealed.count == padded + 16)
  }

  @Test func `text gets smaller with the shipped dictionary`() throws {
    let text = content("The person was told that she owed money for the journey.")
    #expect(try sealed(text).count < text.count)
    #expect(try open(try sealed(text)) == text)
  }

  @Test func `no single bit can change, and nothing opens another place's section`() throws {
    let text = content("La persona quiere volver a su casa.")
    let sealed = try sealed(text)
    for bit in 0..<sealed.count * 8 {
      var altered = sealed
      altered[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(throws: IdentityError(.sealedNotOpened)) { try open(altered) }
    }
    var random = SplitMix64(seed: 33)
    let wrongKey = RecordKey(random.bytes(32))!
    let other = RecordID(high: 7, low: 9)
    let notOpened = IdentityError(.sealedNotOpened)
    #expect(throws: notOpened) {
      try sealer.open(sealed, part: .sensitive, record: record, salt: salt, key: wrongKey)
    }
    #expect(throws: notOpened) {
      try sealer.open(sealed, part: .sensitive, record: other, salt: salt, key: key)
    }
    #expect(throws: notOpened) {
      try sealer.open(sealed, part: .sensitive, record: record, salt: other, key: key)
    }
    #expect(throws: notOpened) {
      try sealer.open(sealed, part: .identity, record: record, salt: salt, key: key)
    }
  }

  @Test func `a record's key is what HKDF gives`() {
    var random = SplitMix64(seed: 35)
    for _ in 0..<200 {
      let secret = EpochSecret(using: &random)
      let (record, origin) = (RecordID(random.bytes(16))!, OriginID(random.bytes(32))!)
      let expected = HKDF<SHA256>.deriveKey(
        inputKeyMaterial: SymmetricKey(data: secret.stored), salt: record.bytes,
        info: Array("yarrow.record/1\0".utf8) + origin.bytes, outputByteCount: 32)
      #expect(
        secret.recordKey(record, origin: origin).stored == expected.withUnsafeBytes { Array($0) })
    }
  }

  @Test func `each origin, epoch secret and record has a key of its own`() {
    var random = SplitMix64(seed: 34)
    let secret = EpochSecret(using: &random)
    let (a, b) = (OriginID(random.bytes(32))!, OriginID(random.bytes(32))!)
    let key = secret.recordKey(record, origin: a)
    #expect(key == secret.recordKey(record, origin: a))
    #expect(key != secret.recordKey(record, origin: b))
    #expect(key != secret.recordKey(RecordID(high: 0, low: 0), origin: a))
    #expect(key != EpochSecret(using: &random).recordKey(record, origin: a))
    #expect("\(secret) \(key)" == "EpochSecret RecordKey")
  }

  @Test func `clear classes, empty sections and sections past the limit are never sealed`() throws {
    for part in [SensitivityClass.operational, .coded] {
      #expect(throws: IdentityError(.sectionNotSealed)) {
        try sealer.seal(content("x"), part: part, record: record, salt: salt, key: key)
      }
    }
    #expect(throws: IdentityError(.sectionEmpty)) { try sealed([0xa0]) }
    #expect(throws: IdentityError(.sectionEmpty)) { try sealed([]) }
    var random = SplitMix64(seed: 35)
    #expect(throws: IdentityError(.sectionTooLong)) { try sealed(random.bytes(262_145)) }
    // Noise fills the sealed bytes before the content reaches its own limit; text does not.
    #expect(throws: IdentityError(.sectionTooLong)) { try sealed(random.bytes(262_000)) }
    let text = [UInt8](repeating: 0x61, count: 262_144)
    #expect(try open(try sealed(text)) == text)
  }
}
