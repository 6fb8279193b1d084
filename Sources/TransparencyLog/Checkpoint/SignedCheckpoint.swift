internal import SyncCore

/// A checkpoint with the log's signature and the hub's own timestamped cosignature, or one of an
/// answer with the cosignature alone (hub-log §4.3).
///
/// In bytes, from which the receiver, who knows the log, rebuilds the note:
///
///     size u64 ‖ root 32 ‖ log signature 64 ‖ time u64 ‖ cosignature 64      integers big-endian
///     size u64 ‖ root 32 ‖ answer 32 ‖ time u64 ‖ cosignature 64             of an answer
public struct SignedCheckpoint: Sendable, Hashable {
  public let checkpoint: Checkpoint
  /// Ed25519 over the note's text, 64 bytes; nil for the checkpoint of an answer.
  public let logSignature: [UInt8]?
  /// The hub's own cosignature, with its time.
  public let hubCosignature: TimestampedSignature

  /// Bytes of the binary form.
  public static let byteCount = 176
  /// Bytes of the binary form of an answer's checkpoint.
  public static let answerByteCount = 144

  /// Signs a checkpoint. The caller has stored it, or a larger one, as the largest of its log
  /// (hub-log §5.2).
  ///
  /// - Parameters:
  ///   - time: seconds since 1970.
  ///   - checkpoint: what is signed, and cosigned with the time.
  ///   - signer: holds the log key.
  /// - Throws: `signer-failed`, `time-out-of-range`.
  public init(
    signing checkpoint: Checkpoint, with signer: NoteSigner, at time: UInt64
  ) throws(TransparencyLogError) {
    self.checkpoint = checkpoint
    let body = checkpoint.body
    logSignature = checkpoint.answer == nil ? try signer.raw(body) : nil
    hubCosignature = try signer.timestamp(body, at: time)
  }

  /// Reads the binary form as of one log. The result is not verified yet.
  ///
  /// - Throws: `wrong-length`, `malformed-size`, `malformed-root`, `time-out-of-range`.
  public init(bytes: [UInt8], origin: LogOrigin) throws(TransparencyLogError) {
    let isAnswer = bytes.count == Self.answerByteCount
    guard isAnswer || bytes.count == Self.byteCount, let root = Digest32(bytes[8..<40]) else {
      throw TransparencyLogError(.wrongLength)
    }
    checkpoint = try Checkpoint(
      origin: origin, size: bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }, root: root,
      answer: isAnswer ? Digest32(bytes[40..<72]) : nil)
    logSignature = isAnswer ? nil : Array(bytes[40..<104])
    hubCosignature = try TimestampedSignature(bytes: bytes.suffix(TimestampedSignature.byteCount))
  }

  /// Takes the log's own signatures out of a note, whoever else signed it. The result is not
  /// verified yet.
  ///
  /// - Throws: what ``Checkpoint/init(body:)`` throws, `wrong-origin`, `missing-log-signature`,
  ///   `missing-cosignature`, `invalid-signature` for a length that is not Ed25519's, and for a log
  ///   signature under the checkpoint of an answer.
  public init(note: SignedNote, of log: LogIdentity) throws(TransparencyLogError) {
    checkpoint = try Checkpoint(body: note.body)
    guard checkpoint.origin == log.origin else { throw TransparencyLogError(.wrongOrigin) }
    func line(of key: NoteVerifierKey) -> NoteSignature? {
      note.signatures.first { $0.keyID == key.keyID && $0.name == key.name }
    }
    let signature = line(of: log.logKey)
    guard checkpoint.answer != nil || signature != nil else {
      throw TransparencyLogError(.missingLogSignature)
    }
    guard let cosignature = line(of: log.cosignerKey) else {
      throw TransparencyLogError(.missingCosignature)
    }
    guard checkpoint.answer == nil ? signature?.bytes.count == 64 : signature == nil else {
      throw TransparencyLogError(.invalidSignature)
    }
    logSignature = signature?.bytes
    hubCosignature = try TimestampedSignature(bytes: cosignature.bytes)
  }

  /// The binary form, ``byteCount`` bytes, or ``answerByteCount`` of an answer's checkpoint.
  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.byteCount)
    withUnsafeBytes(of: checkpoint.size.bigEndian) { bytes += $0 }
    checkpoint.root.withUnsafeBytes { bytes += $0 }
    checkpoint.answer?.withUnsafeBytes { bytes += $0 }
    bytes += logSignature ?? []
    bytes += hubCosignature.bytes
    return bytes
  }

  /// The whole note, with the countersignatures of others after the log's own.
  ///
  /// - Throws: `wrong-origin`, `too-many-signatures`, `too-long`.
  public func note(
    of log: LogIdentity, countersignatures: [NoteSignature] = []
  ) throws(TransparencyLogError) -> SignedNote {
    guard checkpoint.origin == log.origin else { throw TransparencyLogError(.wrongOrigin) }
    let own = logSignature.map {
      NoteSignature(name: log.logKey.name, keyID: log.logKey.keyID, bytes: $0)
    }
    let cosignature = NoteSignature(
      name: log.cosignerKey.name, keyID: log.cosignerKey.keyID, bytes: hubCosignature.bytes)
    return try SignedNote(
      body: checkpoint.body,
      signatures: (own.map { [$0] } ?? []) + [cosignature] + countersignatures)
  }
}
