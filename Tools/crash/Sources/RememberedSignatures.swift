import Identity
import ReplicaStore
import SyncCore
import Synchronization
import TransparencyLog

/// Ed25519 that checks each signature once: whether one is valid is the same in every image.
final class RememberedSignatures: SignatureScheme {
  private struct Claim: Hashable {
    let signature: Signature
    let content: SignedContent
    let key: SigningPublicKey
  }
  private struct LogClaim: Hashable {
    let checkpoint: SignedCheckpoint
    let log: LogIdentity
  }
  private struct Known {
    var claims: [Claim: Bool] = [:]
    var logClaims: [LogClaim: Bool] = [:]
  }

  private let scheme = Ed25519Scheme()
  private let known = Mutex(Known())

  /// The system's surroundings with these signatures.
  static let surroundings: Surroundings = {
    var surroundings = Surroundings.system
    surroundings.signatures = RememberedSignatures()
    return surroundings
  }()

  func signer(_ pair: SigningKeyPair) -> any Signer { scheme.signer(pair) }

  func noteSigner(_ pair: SigningKeyPair) throws -> NoteSigner { try scheme.noteSigner(pair) }

  func isValid(
    _ signature: Signature, over content: SignedContent, by key: SigningPublicKey
  ) -> Bool {
    let claim = Claim(signature: signature, content: content, key: key)
    return known.withLock { known in
      if let isValid = known.claims[claim] { return isValid }
      let isValid = scheme.isValid(signature, over: content, by: key)
      known.claims[claim] = isValid
      return isValid
    }
  }

  func isSigned(_ checkpoint: SignedCheckpoint, as log: LogIdentity) -> Bool {
    let claim = LogClaim(checkpoint: checkpoint, log: log)
    return known.withLock { known in
      if let isSigned = known.logClaims[claim] { return isSigned }
      let isSigned = scheme.isSigned(checkpoint, as: log)
      known.logClaims[claim] = isSigned
      return isSigned
    }
  }
}
