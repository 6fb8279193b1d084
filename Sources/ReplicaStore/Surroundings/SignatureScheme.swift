internal import Crypto
package import Identity
package import TransparencyLog

/// How a store signs and checks signatures (identity §1, hub-log §4).
package protocol SignatureScheme: SignatureVerifying {
  func signer(_ pair: SigningKeyPair) -> any Signer
  func noteSigner(_ pair: SigningKeyPair) throws -> NoteSigner
  /// Whether the log signed and cosigned the checkpoint.
  func isSigned(_ checkpoint: SignedCheckpoint, as log: LogIdentity) -> Bool
}

/// Ed25519 as RFC 8032 defines it: what every program uses.
package struct Ed25519Scheme: SignatureScheme {
  private let verifier = Ed25519Verifier()

  package init() {}

  package func signer(_ pair: SigningKeyPair) -> any Signer { pair }

  package func noteSigner(_ pair: SigningKeyPair) throws -> NoteSigner {
    NoteSigner(try Curve25519.Signing.PrivateKey(rawRepresentation: pair.seed))
  }

  package func isValid(
    _ signature: Signature, over content: SignedContent, by key: SigningPublicKey
  ) -> Bool {
    verifier.isValid(signature, over: content, by: key)
  }

  package func isSigned(_ checkpoint: SignedCheckpoint, as log: LogIdentity) -> Bool {
    (try? checkpoint.verify(as: log)) != nil
  }
}
