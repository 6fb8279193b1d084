internal import Crypto
public import SyncCore

/// Signs with one key; the seam at which a simulation puts something deterministic and fast.
public protocol Signer: Sendable {
  var publicKey: SigningPublicKey { get }
  func signature(over content: SignedContent) -> Signature
}

extension Signer {
  /// Signs a segment of this origin's log (entry §3).
  public func signature(over segment: Segment) -> Signature {
    guard let content = SignedContent(.segment, tagged: segment.signedBytes) else {
      preconditionFailure("a segment's signed bytes begin with its tag")
    }
    return signature(over: content)
  }

  /// Signs a succession, as the origin that is closed or as the one that follows (identity §9).
  public func signature(over succession: Succession) -> Signature {
    guard let content = SignedContent(.successor, tagged: succession.signedBytes) else {
      preconditionFailure("a succession's signed bytes begin with its tag")
    }
    return signature(over: content)
  }
}

extension SignatureVerifying {
  /// Whether the origin's key signed this segment. False too when the key is not the origin's.
  public func isValid(
    _ signature: Signature, over segment: Segment, by key: SigningPublicKey
  ) -> Bool {
    guard key.origin == segment.origin,
      let content = SignedContent(.segment, tagged: segment.signedBytes)
    else { return false }
    return isValid(signature, over: content, by: key)
  }

  /// Whether this key signed the succession.
  public func isValid(
    _ signature: Signature, over succession: Succession, by key: SigningPublicKey
  ) -> Bool {
    SignedContent(.successor, tagged: succession.signedBytes).map {
      isValid(signature, over: $0, by: key)
    } ?? false
  }
}

/// An Ed25519 key pair: an authority's, a hub's or a device's (identity §1).
public struct SigningKeyPair: Signer {
  public let publicKey: SigningPublicKey
  private let key: Curve25519.Signing.PrivateKey

  public static let seedByteCount = 32

  /// Derives the pair from the 32 secret bytes of RFC 8032; nil for any other number.
  public init?(seed: some Collection<UInt8>) {
    guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: Array(seed)),
      let publicKey = SigningPublicKey(Array(key.publicKey.rawRepresentation))
    else { return nil }
    self.key = key
    self.publicKey = publicKey
  }

  /// Draws 32 bytes from the generator.
  public init(using generator: inout some RandomNumberGenerator) {
    guard let pair = Self(seed: generator.bytes(Self.seedByteCount)) else {
      preconditionFailure("any 32 bytes are an Ed25519 seed")
    }
    self = pair
  }

  /// The 32 secret bytes, for storage inside an encrypted home or a wrapped key file.
  public var seed: [UInt8] { Array(key.rawRepresentation) }

  public func signature(over content: SignedContent) -> Signature {
    guard let made = try? key.signature(for: content.bytes), let signature = Signature(Array(made))
    else { preconditionFailure("Ed25519 can sign any content with any key") }
    return signature
  }
}

extension SigningKeyPair: CustomStringConvertible {
  /// Names the public half only.
  public var description: String { "SigningKeyPair(\(publicKey.raw.hex))" }
}
