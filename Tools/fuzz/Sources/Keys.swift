import Crypto
import Identity
import SyncCore
import TransparencyLog

@testable import ReplicaStore

/// Keys that everybody may know: what the fuzzer changed is signed with them, so that a changed byte
/// gets past the signature.
enum Keys {
  static let authority = pair(1)
  static let hub = pair(2)
  static let device = pair(3)
  static let opening = OpeningKeyPair(seed: [UInt8](repeating: 4, count: 32))!
  static let programme = ProgrammeIdentity(authority: authority.publicKey)

  static let logKey = try! Curve25519.Signing.PrivateKey(
    rawRepresentation: [UInt8](repeating: 2, count: 32))
  static let origin = LogOrigin(programme: programme.id, epoch: 1)
  static let log = try! LogIdentity(origin: origin, publicKey: hub.publicKey.bytes)

  private static func pair(_ byte: UInt8) -> SigningKeyPair {
    SigningKeyPair(seed: [UInt8](repeating: byte, count: 32))!
  }

  static func seal(_ checkpoint: Checkpoint) -> SignedCheckpoint {
    try! SignedCheckpoint(signing: checkpoint, with: NoteSigner(logKey), at: 1_750_000_000)
  }
}

/// Takes every signature for true: what is behind it is what is looked at.
struct CredulousVerifier: SignatureVerifying {
  func isValid(
    _ signature: Signature, over content: SignedContent, by key: SigningPublicKey
  ) -> Bool { true }
}

struct CredulousSessionVerifier: SessionVerifier {
  func isSigned(_ checkpoint: CheckpointSeal, hubEpoch: UInt64) -> Bool { true }
  func isSigned(_ segment: DeliveredSegment) -> Bool { true }
}
