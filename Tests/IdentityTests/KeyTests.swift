import Crypto
import Identity
import SyncCore
import Testbed
import Testing

@Suite struct KeyTests {
  @Test func `seeds give the keys of RFC 8032 and RFC 7748`() throws {
    let signing = try #require(
      [UInt8](hex: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"))
    #expect(
      SigningKeyPair(seed: signing)?.publicKey.raw.hex
        == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    let opening = try #require(
      [UInt8](hex: "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"))
    #expect(
      OpeningKeyPair(seed: opening)?.publicKey.raw.hex
        == "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")
    #expect(OpeningKeyPair(seed: opening + [0]) == nil)
    #expect(SigningKeyPair(seed: signing.dropLast()) == nil)
  }

  @Test func `a signature holds for its content, domain and key, and for nothing else`() {
    var random = SplitMix64(seed: 1)
    let pair = SigningKeyPair(using: &random)
    let other = SigningKeyPair(using: &random)
    let verifier = Ed25519Verifier()
    let content = SignedContent(.message, [1, 2, 3])
    let signature = pair.signature(over: content)
    #expect(verifier.isValid(signature, over: content, by: pair.publicKey))
    #expect(!verifier.isValid(signature, over: content, by: other.publicKey))
    #expect(!verifier.isValid(signature, over: .init(.statement, [1, 2, 3]), by: pair.publicKey))
    #expect(!verifier.isValid(signature, over: .init(.message, [1, 2]), by: pair.publicKey))
    for bit in 0..<512 {
      var bytes = signature.bytes
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      let altered = Signature(bytes)!
      #expect(!verifier.isValid(altered, over: content, by: pair.publicKey), "bit \(bit)")
    }
  }

  @Test func `tagged bytes are signed as they are, untagged ones not at all`() {
    let bytes = Array("yarrow.segment/1\0abc".utf8)
    #expect(SignedContent(.segment, tagged: bytes) == SignedContent(.segment, Array("abc".utf8)))
    #expect(SignedContent(.message, tagged: bytes) == nil)
    #expect(SignedContent(.segment, tagged: Array("yarrow.segment/1".utf8)) == nil)
  }

  @Test func `a segment is valid only under the key of its own origin`() throws {
    var random = SplitMix64(seed: 2)
    let device = DeviceIdentity(using: &random)
    let other = SigningKeyPair(using: &random)
    let hash = Digest32(random.bytes(32))!
    var segment = try #require(
      Segment(covering: [hash], first: 4, programme: .init(high: 1, low: 2), origin: device.origin))
    let signature = device.signing.signature(over: segment)
    let verifier = Ed25519Verifier()
    #expect(verifier.isValid(signature, over: segment, by: device.signing.publicKey))
    // Another device that signs in this origin's name is refused, though its signature is good.
    #expect(!verifier.isValid(other.signature(over: segment), over: segment, by: other.publicKey))
    segment.last = 5
    #expect(!verifier.isValid(signature, over: segment, by: device.signing.publicKey))
  }

  @Test func `stored device keys come back, and damaged ones are refused`() throws {
    var random = SplitMix64(seed: 3)
    let device = DeviceIdentity(using: &random)
    let again = try DeviceIdentity(stored: device.stored)
    #expect(again.publicIdentity == device.publicIdentity)
    #expect(device.stored.count == DeviceIdentity.storedByteCount)
    #expect(throws: IdentityError(.storedKeys)) {
      try DeviceIdentity(stored: Array(device.stored.dropLast()))
    }
    #expect(!"\(device) \(device.signing) \(device.opening)".contains(device.stored[..<8].hex))
  }

  /// What each refused key would have allowed: a signature that nobody made.
  @Test(arguments: [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
  ]) func `a signing key of small order is refused, since anybody signs for it`(
    _ hex: String
  ) throws {
    let bytes = try #require([UInt8](hex: hex))
    let key = try Curve25519.Signing.PublicKey(rawRepresentation: bytes)
    // R is the neutral point and S is zero: valid whenever the challenge is a multiple of the order.
    let forged = [1] + [UInt8](repeating: 0, count: 63)
    #expect((0..<200).contains { key.isValidSignature(forged, for: [UInt8($0)]) })
    #expect(SigningPublicKey(bytes) == nil)
  }

  @Test(arguments: [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  ]) func `an opening key of small order is refused, since anybody shares its secret`(
    _ hex: String
  ) throws {
    var bytes = try #require([UInt8](hex: hex))
    let own = Curve25519.KeyAgreement.PrivateKey()
    for topBit: UInt8 in [0, 0x80] {
      bytes[31] = bytes[31] & 0x7f | topBit
      let key = try Curve25519.KeyAgreement.PublicKey(rawRepresentation: bytes)
      // The library gives the secret that everybody shares, or refuses, depending on its version.
      let shared = try? own.sharedSecretFromKeyAgreement(with: key)
      #expect(shared?.withUnsafeBytes { $0.allSatisfy { $0 == 0 } } ?? true)
      #expect(OpeningPublicKey(bytes) == nil)
    }
  }

  @Test func `words are read as people type them`() throws {
    let words = Words.fingerprint([1, 2, 3])
    let text = words.description
    #expect(text.count == 29)
    #expect(Words(text.uppercased()) == words)
    #expect(Words("  " + text.replacing("-", with: " ") + "\n") == words)
    #expect(Words(text.replacing("-", with: "")) == words)
    #expect(Words(text + "a") == nil)
    #expect(Words(String(text.dropLast())) == nil)
    #expect(Words(text.replacing("-", with: "_")) == nil)
    let wrong = (text.first == "b" ? "d" : "b") + text.dropFirst()
    #expect(Words(wrong) != nil && Words(wrong) != words)
    // The first example of the proquint proposal, 127.0.0.1, in the alphabet of the specification.
    #expect(Words("lusab-babad-babab-babab-babab")?.description.hasPrefix("lusab-babad") == true)
  }
}
