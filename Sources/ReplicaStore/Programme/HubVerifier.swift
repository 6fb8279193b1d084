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
  ///
  /// - Parameter hubEpoch: of the checkpoint that a sync response may be signed with.
  package func isHubMessage(
    _ message: [UInt8], answering request: [UInt8], hubEpoch: UInt64? = nil, limits: Limits
  ) -> Bool {
    isHubMessage(
      message, answering: Hash.sha256(request), hubEpoch: hubEpoch, limits: limits)
  }

  /// The same for a request of which only the hash is left.
  package func isHubMessage(
    _ message: [UInt8], answering answered: Digest32, hubEpoch: UInt64? = nil, limits: Limits
  ) -> Bool {
    guard MessageType(of: message) == .sealedResponse else {
      return MessageSigning.isValid(
        message, by: hubKey, programme: programme, answering: answered, limits: limits,
        verifier: signatures)
    }
    guard let hubEpoch,
      let head = try? MessageHead(message, expecting: [.sealedResponse], limits: limits),
      let tree = head.tree
    else { return false }
    let answer = MessageFrame.signedHash(
      programme: programme, answering: answered, message: head.signedPart)
    return isSigned(
      CheckpointSeal(
        size: tree.size, root: tree.root, kind: .answer(answer), time: tree.time,
        cosignature: Array(head.signature)), hubEpoch: hubEpoch)
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
    // What one of the other two types is signed over is more than its bytes.
    guard let type = MessageType(of: message), type != .shortPush, type != .sealedResponse,
      let head = try? MessageHead(message, expecting: [type], limits: limits),
      let signature = Signature(head.signature),
      let content = SignedContent(
        .message,
        tagged: MessageFrame.signedBytes(
          programme: programme, answering: request, message: head.signedPart))
    else { return false }
    return verifier.isValid(signature, over: content, by: key)
  }
}

extension SignedCheckpoint {
  package init(_ seal: CheckpointSeal, origin: LogOrigin) throws {
    try self.init(bytes: seal.bytes, origin: origin)
  }
}
