public import Identity
public import SyncCore
internal import SyncWire

/// What a piece of evidence proves, to anybody who has the file (evidence §1).
public enum EvidenceVerdict: Sendable, Hashable {
  /// Whoever holds the key of this origin signed two entries for one seq.
  case fork(programme: ProgrammeID, origin: OriginID, seq: UInt64)
  /// The programme's hub contradicted its own signature: an alarm's word (sync §5), the hub epoch
  /// and the size of the checkpoint that it signed before.
  case hub(programme: ProgrammeIdentity, alarm: String, epoch: UInt64, size: UInt64)
  /// It is laid out as evidence and proves nothing.
  case nothing
}

extension Evidence {
  /// Checks every signature and every proof. Needs no hub and no home.
  public func verdict() -> EvidenceVerdict {
    switch self {
    case .fork(let proof):
      let segment = proof.one.segment
      guard let key = SigningPublicKey(proof.publicKey),
        proof.isValid(verifier: HubVerifier(programme: segment.programme, hubKey: key))
      else { return .nothing }
      return .fork(programme: segment.programme, origin: segment.origin, seq: proof.one.seq)
    case .log(let log): return log.verdict() ?? .nothing
    }
  }
}

extension LogEvidence {
  fileprivate func verdict() -> EvidenceVerdict? {
    let limits = Limits.specified
    guard let authority = SigningPublicKey(authority), let device = SigningPublicKey(device) else {
      return nil
    }
    let programme = ProgrammeIdentity(authority: authority)
    guard let signed = try? SignedStatement(encoded: statement, programme: programme),
      case .hub(let hub) = signed.statement.body,
      MessageSigning.isValid(request, by: device, programme: programme.id, limits: limits),
      let asked = try? MessageFrame(request, expecting: .auditRequest, limits: limits)
        .auditRequest(origin: device.origin, limits: limits),
      asked.hubEpoch == signed.statement.version
    else { return nil }
    let verifier = HubVerifier(programme: programme.id, hubKey: hub.logKey)
    guard verifier.isSigned(asked.checkpoint, hubEpoch: asked.hubEpoch),
      verifier.isHubMessage(response, answering: request, limits: limits),
      let answer = try? MessageFrame(response, expecting: .auditResponse, limits: limits)
        .auditResponse(limits: limits)
    else { return nil }
    func proven(_ alarm: SyncAlarm) -> EvidenceVerdict {
      .hub(
        programme: programme, alarm: alarm.code, epoch: asked.hubEpoch,
        size: asked.checkpoint.size)
    }
    if let alarm = answer.contradiction(of: asked) { return proven(alarm) }
    // The request must name this very entry: what a hub says of a head depends on what it was asked.
    guard let entry, let hash = entry.hash, answer.hubEpoch == asked.hubEpoch,
      let envelope = try? Envelope(encoded: entry.envelope), envelope.origin == device.origin,
      envelope.programme == programme.id, asked.head == LogHead(seq: envelope.seq, hash: hash),
      entry.isLogged(under: asked.checkpoint), answer.lacks(asked.head)
    else { return nil }
    return proven(.hubLostAcknowledged(held: answer.head.seq, acknowledged: envelope.seq))
  }
}
