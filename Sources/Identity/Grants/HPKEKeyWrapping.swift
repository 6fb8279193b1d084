internal import Crypto
internal import FoundationEssentials

/// RFC 9180 base mode with X25519, HKDF-SHA256 and ChaCha20-Poly1305 (identity §6).
///
/// The ephemeral key comes from the library's own generator.
public struct HPKEKeyWrapping: KeyWrapping {
  private static let suite = HPKE.Ciphersuite.Curve25519_SHA256_ChachaPoly
  private static let encapsulatedKeyBytes = 32

  public init() {}

  public func wrap(_ key: [UInt8], for reader: OpeningPublicKey, info: [UInt8]) -> Grant {
    precondition(key.count == 32, "a grant carries 32 bytes")
    // The library does not refuse keys of small order, as RFC 9180 §7.1.4 wants; our type does.
    guard
      let recipient = try? Curve25519.KeyAgreement.PublicKey(rawRepresentation: reader.bytes),
      var sender = try? HPKE.Sender(
        recipientKey: recipient, ciphersuite: Self.suite, info: Data(info)),
      let sealed = try? sender.seal(key), let grant = Grant(sender.encapsulatedKey + sealed)
    else { preconditionFailure("HPKE seals 32 bytes to any key") }
    return grant
  }

  public func unwrap(_ grant: Grant, with pair: OpeningKeyPair, info: [UInt8]) -> [UInt8]? {
    // The same type refuses an ephemeral key of small order, for which everybody's secret is zero.
    guard
      let encapsulated = OpeningPublicKey(grant.bytes.prefix(Self.encapsulatedKeyBytes)),
      var recipient = try? HPKE.Recipient(
        privateKey: pair.key, ciphersuite: Self.suite, info: Data(info),
        encapsulatedKey: Data(encapsulated.bytes)),
      let opened = try? recipient.open(grant.bytes.dropFirst(Self.encapsulatedKeyBytes))
    else { return nil }
    return Array(opened)
  }
}
