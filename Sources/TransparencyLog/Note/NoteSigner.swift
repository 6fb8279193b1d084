public import Crypto

/// The seam behind which a note's signing key lies: a key in memory, a file, a token, or the
/// deterministic key of a simulation.
public struct NoteSigner: Sendable {
  /// Ed25519, 32 bytes.
  public let publicKey: [UInt8]
  private let sign: @Sendable (_ message: [UInt8]) throws -> [UInt8]

  /// - Parameters:
  ///   - sign: gives the 64 bytes of an Ed25519 signature over the message as it is.
  ///   - publicKey: Ed25519, 32 bytes.
  public init(publicKey: [UInt8], sign: @escaping @Sendable ([UInt8]) throws -> [UInt8]) {
    self.publicKey = publicKey
    self.sign = sign
  }

  public init(_ key: Curve25519.Signing.PrivateKey) {
    self.init(publicKey: Array(key.publicKey.rawRepresentation)) { message in
      Array(try key.signature(for: message))
    }
  }

  /// Signs a note's text.
  ///
  /// - Throws: `signer-failed` when the key does not give 64 bytes; `malformed-key`.
  public func signature(
    over body: [UInt8], as name: KeyName
  ) throws(TransparencyLogError) -> NoteSignature {
    let key = try NoteVerifierKey(name: name, type: .ed25519, publicKey: publicKey)
    return NoteSignature(name: name, keyID: key.keyID, bytes: try raw(body))
  }

  /// Cosigns a checkpoint's text. The caller has checked that the log only grew since the last one
  /// that it cosigned.
  ///
  /// - Parameters:
  ///   - time: seconds since 1970.
  ///   - body: the checkpoint's text.
  ///   - name: the cosigner's, in the signature line.
  /// - Throws: `signer-failed`, `malformed-key`, `time-out-of-range`.
  public func cosignature(
    over body: [UInt8], as name: KeyName, at time: UInt64
  ) throws(TransparencyLogError) -> NoteSignature {
    let key = try NoteVerifierKey(name: name, type: .cosignature, publicKey: publicKey)
    let cosignature = try timestamp(body, at: time)
    return NoteSignature(name: name, keyID: key.keyID, bytes: cosignature.bytes)
  }

  func timestamp(
    _ body: [UInt8], at time: UInt64
  ) throws(TransparencyLogError) -> TimestampedSignature {
    guard time <= TimestampedSignature.timeMax else {
      throw TransparencyLogError(.timeOutOfRange)
    }
    let message = TimestampedSignature.message(body: body, time: time)
    return try TimestampedSignature(time: time, signature: raw(message))
  }

  func raw(_ message: [UInt8]) throws(TransparencyLogError) -> [UInt8] {
    guard let signature = try? sign(message), signature.count == 64 else {
      throw TransparencyLogError(.signerFailed)
    }
    return signature
  }
}
