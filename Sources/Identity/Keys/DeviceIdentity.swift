public import SyncCore

/// The public half of an installation: what the authority names and people compare (identity §2).
public struct DevicePublicIdentity: Sendable, Hashable {
  public let signing: SigningPublicKey
  public let opening: OpeningPublicKey

  public init(signing: SigningPublicKey, opening: OpeningPublicKey) {
    self.signing = signing
    self.opening = opening
  }

  public var origin: OriginID { signing.origin }

  /// The words of `origin ‖ signing key ‖ opening key`.
  public var words: Words {
    Words.fingerprint(origin.bytes + signing.bytes + opening.bytes)
  }
}

/// One installation's keys: one pair signs its log and messages, one opens what is sealed to it
/// (identity §1).
public struct DeviceIdentity: Sendable {
  public let signing: SigningKeyPair
  public let opening: OpeningKeyPair
  public let origin: OriginID

  /// Bytes of ``stored``.
  public static let storedByteCount = 64

  public init(signing: SigningKeyPair, opening: OpeningKeyPair) {
    self.signing = signing
    self.opening = opening
    origin = signing.publicKey.origin
  }

  /// Draws both pairs from the generator.
  public init(using generator: inout some RandomNumberGenerator) {
    self.init(
      signing: SigningKeyPair(using: &generator), opening: OpeningKeyPair(using: &generator))
  }

  /// Reads what ``stored`` gave.
  public init(stored: [UInt8]) throws(IdentityError) {
    guard stored.count == Self.storedByteCount, let signing = SigningKeyPair(seed: stored[..<32]),
      let opening = OpeningKeyPair(seed: stored[32...])
    else { throw IdentityError(.storedKeys) }
    self.init(signing: signing, opening: opening)
  }

  /// Both secrets, the signing seed first: 64 bytes, only for storage inside an encrypted home.
  public var stored: [UInt8] { signing.seed + opening.seed }

  public var publicIdentity: DevicePublicIdentity {
    DevicePublicIdentity(signing: signing.publicKey, opening: opening.publicKey)
  }
}

extension DeviceIdentity: CustomStringConvertible {
  /// Names the public half only.
  public var description: String { "DeviceIdentity(\(origin.hex))" }
}
