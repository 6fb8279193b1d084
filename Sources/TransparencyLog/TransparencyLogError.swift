/// Why a note, a key, a checkpoint or a release was refused (hub-log §3, §4, §7).
public struct TransparencyLogError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is wrong; the raw value is the word that the conformance vectors use.
  public enum Code: String, Sendable, CaseIterable {
    case tooLong = "too-long"
    case tooManySignatures = "too-many-signatures"
    case invalidText = "invalid-text"
    case malformedNote = "malformed-note"
    case malformedSignatureLine = "malformed-signature-line"
    case invalidKeyName = "invalid-key-name"
    case invalidBase64 = "invalid-base64"
    case malformedKey = "malformed-key"
    case wrongKeyID = "wrong-key-id"
    case unsupportedSignatureType = "unsupported-signature-type"
    case noKnownSignature = "no-known-signature"
    case invalidSignature = "invalid-signature"
    case missingLogSignature = "missing-log-signature"
    case missingCosignature = "missing-cosignature"
    case timeOutOfRange = "time-out-of-range"
    case malformedCheckpoint = "malformed-checkpoint"
    case malformedOrigin = "malformed-origin"
    case wrongOrigin = "wrong-origin"
    case malformedSize = "malformed-size"
    case malformedRoot = "malformed-root"
    case unknownExtension = "unknown-extension"
    case wrongLength = "wrong-length"
    case unsortedRelease = "unsorted-release"
    case notInRelease = "not-in-release"
    case signerFailed = "signer-failed"
  }

  public let code: Code

  public init(_ code: Code) { self.code = code }

  public var description: String {
    switch code {
    case .tooLong: "the note is longer than any log writes; refuse its source"
    case .tooManySignatures: "the note has more signatures than are read; drop those of no use"
    case .invalidText: "a note is UTF-8 without control characters; ask for it again"
    case .malformedNote: "a note is text, an empty line and signature lines; ask for it again"
    case .malformedSignatureLine: "a signature line is broken; ask for the note again"
    case .invalidKeyName: "a key name has no spaces and no plus sign; choose another"
    case .invalidBase64: "not canonical base64; ask for the text again"
    case .malformedKey: "a verifier key reads name+id+base64; copy it again, whole"
    case .wrongKeyID: "the key does not belong to its id; copy it again, whole"
    case .unsupportedSignatureType: "only Ed25519 notes and cosignatures are read; update"
    case .noKnownSignature: "no known key signed this; check which keys are configured"
    case .invalidSignature:
      "a signature is false; keep the note as evidence, trust nothing in it"
    case .missingLogSignature: "the log did not sign this checkpoint; ask the hub itself"
    case .missingCosignature: "the hub's timestamp is missing; ask the hub itself"
    case .timeOutOfRange: "the time is beyond 2^63 - 1 seconds; ask for another checkpoint"
    case .malformedCheckpoint: "a checkpoint has an origin, a size and a root; ask for it again"
    case .malformedOrigin: "an origin reads yarrow/programme/epoch; ask for another checkpoint"
    case .wrongOrigin: "the checkpoint is of another log; check the programme and the epoch"
    case .malformedSize: "the size is not a plain decimal number; ask for another checkpoint"
    case .malformedRoot: "the root is not a SHA-256 hash; ask for another checkpoint"
    case .unknownExtension: "the checkpoint says more than this version reads; update"
    case .wrongLength: "a binary checkpoint has 176 bytes; ask for it again"
    case .unsortedRelease: "entry hashes of a release ascend without repeats; ask for it again"
    case .notInRelease: "the release does not hold this entry; ask the hub why"
    case .signerFailed: "the signing key gave no signature; check the key file"
    }
  }
}
