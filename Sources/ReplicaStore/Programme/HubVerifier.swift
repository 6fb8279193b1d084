package import Identity
package import SyncCore
internal import SyncWire
package import TransparencyLog

/// Checks what a hub and its origins signed, with the keys that the authority named.
package struct HubVerifier: SessionVerifier {
  package let programme: ProgrammeID
  package let hubKey: SigningPublicKey
  private let signatures: any SignatureScheme

  package init(
    programme: ProgrammeID, hubKey: SigningPublicKey,
    signatures: any SignatureScheme = Ed25519Scheme()
  ) {
    self.signatures = signatures
    self.programme = programme
    self.hubKey = hubKey
  }

  package func isSigned(_ seal: CheckpointSeal, hubEpoch: UInt64) -> Bool {
    let origin = LogOrigin(programme: programme, epoch: hubEpoch)
    guard let log = try? LogIdentity(origin: origin, publicKey: hubKey.bytes),
      let signed = try? SignedCheckpoint(seal, origin: origin)
    else { return false }
    return signatures.isSigned(signed, as: log)
  }

  package func isSigned(_ delivered: DeliveredSegment) -> Bool {
    guard let key = SigningPublicKey(delivered.publicKey),
      let signature = Signature(delivered.signature)
    else { return false }
    return signatures.isValid(signature, over: delivered.segment, by: key)
  }

  /// Whether the hub signed this message as the answer to that request (wire-format §1.2).
  package func isHubMessage(_ message: [UInt8], answering request: [UInt8], limits: Limits) -> Bool {
    isHubMessage(message, answering: Hash.sha256(request), limits: limits)
  }

  /// The same for a request of which only the hash is left.
  package func isHubMessage(
    _ message: [UInt8], answering request: Digest32, limits: Limits
  ) -> Bool {
    MessageSigning.isValid(
      message, by: hubKey, programme: programme, answering: request, limits: limits,
      verifier: signatures)
  }
}

/// Signing of whole messages (wire-format §1.2).
package enum MessageSigning {
  package static func sign(
    _ unsigned: [UInt8], by signer: any Signer, programme: ProgrammeID,
    answering request: Digest32 = .zero
  ) -> [UInt8] {
    let content = MessageFrame.signedBytes(
      programme: programme, answering: request, message: unsigned)
    guard let tagged = SignedContent(.message, tagged: content) else {
      preconditionFailure("a message's signed bytes begin with its tag")
    }
    return unsigned + signer.signature(over: tagged).bytes
  }

  package static func isValid(
    _ message: [UInt8], by key: SigningPublicKey, programme: ProgrammeID,
    answering request: Digest32 = .zero, limits: Limits,
    verifier: any SignatureVerifying = Ed25519Verifier()
  ) -> Bool {
    guard let parts = try? MessageFrame.split(message, limits: limits),
      let signature = Signature(parts.signature),
      let content = SignedContent(
        .message,
        tagged: MessageFrame.signedBytes(
          programme: programme, answering: request, message: parts.signed))
    else { return false }
    return verifier.isValid(signature, over: content, by: key)
  }
}

extension SignedCheckpoint {
  package init(_ seal: CheckpointSeal, origin: LogOrigin) throws {
    try self.init(bytes: seal.bytes, origin: origin)
  }
}

extension CheckpointSeal {
  /// The 176 bytes of hub-log §4.3.
  package var bytes: [UInt8] {
    var out: [UInt8] = []
    withUnsafeBytes(of: size.bigEndian) { out += $0 }
    root.withUnsafeBytes { out += $0 }
    out += logSignature
    withUnsafeBytes(of: time.bigEndian) { out += $0 }
    out += cosignature
    return out
  }

  package init?(bytes: [UInt8]) {
    guard bytes.count == SignedCheckpoint.byteCount, let root = Digest32(bytes[8..<40]) else {
      return nil
    }
    func number(_ range: Range<Int>) -> UInt64 { bytes[range].reduce(0) { $0 << 8 | UInt64($1) } }
    self.init(
      size: number(0..<8), root: root, logSignature: Array(bytes[40..<104]),
      time: number(104..<112), cosignature: Array(bytes[112..<176]))
  }
}
