internal import Crypto
public import SyncCore

/// An Ed25519 public key that is not of small order (identity §1).
///
/// Under a key of small order one signature fits many contents, so such keys are refused where
/// they are read, before anybody is made to trust one.
public struct SigningPublicKey: Sendable, Hashable {
  public let raw: Digest32

  /// Takes the key of RFC 8032; nil for a key of small order.
  public init?(_ raw: Digest32) {
    guard !SmallOrderPoint.isEdwards(raw) else { return nil }
    self.raw = raw
  }

  /// Takes exactly 32 bytes; nil for any other number, and for a key of small order.
  public init?(_ bytes: some Collection<UInt8>) {
    guard let raw = Digest32(bytes) else { return nil }
    self.init(raw)
  }

  public var bytes: [UInt8] { raw.bytes }

  /// The id of the installation with this key: its SHA-256 (identity §1).
  public var origin: OriginID { Hash.sha256(raw) }
}

/// Checks signatures; the seam at which a simulation puts something faster.
public protocol SignatureVerifying: Sendable {
  func isValid(
    _ signature: Signature, over content: SignedContent, by key: SigningPublicKey
  ) -> Bool
}

/// Checks Ed25519 signatures as RFC 8032 defines them.
public struct Ed25519Verifier: SignatureVerifying {
  public init() {}

  public func isValid(
    _ signature: Signature, over content: SignedContent, by key: SigningPublicKey
  ) -> Bool {
    guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: key.bytes) else {
      return false
    }
    return key.isValidSignature(signature.bytes, for: content.bytes)
  }
}
