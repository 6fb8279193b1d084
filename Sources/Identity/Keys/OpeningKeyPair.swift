internal import Crypto
public import SyncCore

/// An X25519 public key that secrets can be sealed to (identity §1).
public struct OpeningPublicKey: Sendable, Hashable {
  public let raw: Digest32

  /// Takes the key of RFC 7748; nil for a point of small order, with which anybody shares the
  /// same secret.
  public init?(_ raw: Digest32) {
    guard !SmallOrderPoint.isMontgomery(raw) else { return nil }
    self.raw = raw
  }

  /// Takes exactly 32 bytes; nil for any other number, and for a point of small order.
  public init?(_ bytes: some Collection<UInt8>) {
    guard let raw = Digest32(bytes) else { return nil }
    self.init(raw)
  }

  public var bytes: [UInt8] { raw.bytes }

  /// What a grant calls its reader: the first 16 bytes of the key's SHA-256 (identity §6).
  public var fingerprint: Bytes16 { Bytes16(prefixOf: Hash.sha256(raw)) }
}

/// An X25519 key pair: a device's or the recovery key's (identity §1).
public struct OpeningKeyPair: Sendable {
  public let publicKey: OpeningPublicKey
  let key: Curve25519.KeyAgreement.PrivateKey

  public static let seedByteCount = 32

  /// Takes the 32 secret bytes of RFC 7748; nil for any other number.
  public init?(seed: some Collection<UInt8>) {
    guard let key = try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: Array(seed)),
      let publicKey = OpeningPublicKey(Array(key.publicKey.rawRepresentation))
    else { return nil }
    self.key = key
    self.publicKey = publicKey
  }

  /// Draws 32 bytes from the generator.
  public init(using generator: inout some RandomNumberGenerator) {
    guard let pair = Self(seed: generator.bytes(Self.seedByteCount)) else {
      preconditionFailure("any 32 bytes are an X25519 private key")
    }
    self = pair
  }

  /// The 32 secret bytes, for storage inside an encrypted home or a wrapped key file.
  public var seed: [UInt8] { Array(key.rawRepresentation) }
}

extension OpeningKeyPair: CustomStringConvertible {
  /// Names the public half only.
  public var description: String { "OpeningKeyPair(\(publicKey.raw.hex))" }
}
