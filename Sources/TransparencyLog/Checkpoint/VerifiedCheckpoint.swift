internal import SyncCore

/// A checkpoint whose signatures were checked: only verification makes one (hub-log §4.4).
public struct VerifiedCheckpoint: Sendable, Hashable {
  public let checkpoint: Checkpoint
  /// Seconds since 1970, as the hub claims. Never compared with a clock to refuse anything.
  public let hubTime: UInt64
  /// Known cosigners that countersigned, each once, with their earliest time.
  public let countersignatures: [VerifiedSignature]
}

extension SignedCheckpoint {
  /// Checks each signature of the log.
  ///
  /// - Throws: `wrong-origin`, `invalid-signature`.
  public func verify(
    as log: LogIdentity
  ) throws(TransparencyLogError) -> VerifiedCheckpoint {
    guard checkpoint.origin == log.origin else { throw TransparencyLogError(.wrongOrigin) }
    let body = checkpoint.body
    if let logSignature, !log.logKey.isValid(logSignature, for: body) {
      throw TransparencyLogError(.invalidSignature)
    }
    try hubCosignature.verify(key: log.cosignerKey, body: body)
    return VerifiedCheckpoint(
      checkpoint: checkpoint, hubTime: hubCosignature.time, countersignatures: [])
  }
}

extension SignedCheckpoint {
  /// Whether each signature of the log is what `isValid` takes for its signature, for who keeps
  /// Ed25519 behind a seam.
  package func isSigned(
    as log: LogIdentity,
    by isValid: (_ signature: [UInt8], _ message: [UInt8], _ publicKey: [UInt8]) -> Bool
  ) -> Bool {
    let body = checkpoint.body
    let cosigned = TimestampedSignature.message(body: body, time: hubCosignature.time)
    return checkpoint.origin == log.origin
      && (logSignature.map { isValid($0, body, log.publicKey) } ?? true)
      && isValid(hubCosignature.signature, cosigned, log.publicKey)
  }
}

extension VerifiedCheckpoint {
  /// Reads a checkpoint's note and checks every signature that the log or a known cosigner claims.
  ///
  /// - Parameters:
  ///   - cosigners: keys of type ``SignatureType/cosignature``; others prove no consistency
  ///     and count for nothing.
  ///   - note: as it was received.
  ///   - log: the log that the note has to be of.
  /// - Throws: what ``SignedNote/verify(with:)`` and ``Checkpoint/init(body:)`` throw,
  ///   `wrong-origin`, `missing-log-signature`, `missing-cosignature`.
  public init(
    note: SignedNote, of log: LogIdentity, cosigners: [NoteVerifierKey] = []
  ) throws(TransparencyLogError) {
    let others = cosigners.filter { $0.type == .cosignature && $0.publicKey != log.publicKey }
    let verified = try note.verify(with: [log.logKey, log.cosignerKey] + others)
    let checkpoint = try Checkpoint(body: note.body)
    guard checkpoint.origin == log.origin else { throw TransparencyLogError(.wrongOrigin) }
    let isSigned = verified.contains { $0.key == log.logKey }
    if checkpoint.answer == nil, !isSigned { throw TransparencyLogError(.missingLogSignature) }
    if checkpoint.answer != nil, isSigned { throw TransparencyLogError(.invalidSignature) }
    guard let hub = verified.first(where: { $0.key == log.cosignerKey }), let time = hub.time else {
      throw TransparencyLogError(.missingCosignature)
    }
    self.checkpoint = checkpoint
    hubTime = time
    countersignatures = verified.filter { others.contains($0.key) }
  }
}
