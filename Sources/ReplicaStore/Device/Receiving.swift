internal import GRDB
internal import Identity
package import SyncCore
internal import SyncWire

/// Taking in what a hub answered (sync §2.5): all of it in one durable transaction, or none.
extension Replica {
  /// What one exchange came to.
  package struct Received: Sendable {
    package var next: SyncAdvance.Next
    package var pulledEntries = 0
    package var pushedEntries = 0
    package var alarms: [SyncAlarm] = []
    /// Why the device began to leave its origin, which the hub has yet to prove (sync §8.2).
    package var leaving: SyncAlarm?
    package var newHubEpoch: UInt64?
    /// The origin under which the device goes on, when this exchange closed its own.
    package var successor: OriginID?
    /// The last seq of this log that a hub in recovery has, while it lacks later ones.
    package var hubEnd: UInt64?
    /// Items of streams that are still to come, as the hub says.
    package var itemsLeft = 0
  }

  /// Checks a response to the last byte, then applies it.
  ///
  /// - Parameter ahead: called between the two with what the device will know, when all that is left
  ///   is to ask for more: a request for that may go out meanwhile (sync §7). If this throws, the
  ///   answer to it counts for nothing.
  /// - Throws: ``SyncRefusal``, `WireError`, ``StoreError``; the evidence is kept.
  package func receive(
    _ bytes: [UInt8], to sent: Outgoing, ahead: (DeviceState) throws -> Void = { _ in }
  ) throws -> Received {
    let verifier = try verifier()
    guard
      verifier.isHubMessage(
        bytes, answering: sent.bytes, hubEpoch: sent.state.hubEpoch, limits: limits)
    else { throw WireError(.signature) }
    if let succession = sent.succession {
      let response = try MessageFrame(bytes, expecting: .successionResponse, limits: limits)
        .successionResponse(programme: programme.id, origin: succession.origin, limits: limits)
      return try receiveSuccession(response, to: succession)
    }
    let response = try MessageFrame(syncResponse: bytes, limits: limits)
      .syncResponse(sent.context(programme.id), limits: limits)
    return try receive(response, read: bytes, to: sent, verifier, ahead: ahead)
  }

  /// Checks what a response says, now that the hub's signature over it holds, and applies it.
  ///
  /// - Parameter settle: what an answer that comes late must not undo (bundle §5).
  func receive(
    _ response: SyncResponse, read bytes: [UInt8], to sent: Outgoing, _ verifier: HubVerifier,
    settle: (inout SyncAdvance) throws(SyncRefusal) -> Void = { _ in },
    ahead: (DeviceState) throws -> Void = { _ in }
  ) throws -> Received {
    if response.status == .otherEpoch, let statement = response.hubStatement {
      return try adopt(statement, epoch: response.hubEpoch)
    }
    guard let request = sent.request else { throw SyncRefusal.inconsistent }
    if sent.kind == .handOver {
      return try receiveHandOver(response, last: request.push?.entries.last?.envelope.seq ?? 0)
    }
    if sent.kind == .recovery { return try receiveRecovery(response, sent.state) }
    let reads = AskedReads()
    let session = DeviceSession(
      state: sent.state, verifier: verifier, limits: limits,
      ownHashes: { [self] seqs in reads.read { try ownHashes(seqs) } })
    var advance: SyncAdvance
    do { advance = try reads.telling { try session.receive(response, to: request) } } catch {
      guard case .alarm(let alarm)? = error as? SyncRefusal else { throw error }
      try keepEvidence(alarm, sent: sent.bytes, answer: bytes)
      guard alarm.isAboutOwnLog else { throw error }
      // Whether this home is not alone, or the hub only says so, its proof will show.
      try beginClosing(alarm)
      return Received(next: .again, leaving: alarm)
    }
    try settle(&advance)
    if let following = sent.state.following(advance) { try ahead(following) }
    var received = try apply(advance, sent: sent)
    received.hubEnd = try recoveryEnd(response, sent.state)
    // Once the hub has all of this log, whoever leaves it loses nothing.
    if advance.isClosed, advance.acknowledged == sent.state.head {
      try beginClosing(nil)
      received.next = .again
    }
    return received
  }

  /// Keeps both messages of an exchange that shows a wrong hub, sealed like everything else, and
  /// says so from then on.
  private func keepEvidence(_ alarm: SyncAlarm, sent: [UInt8], answer: [UInt8]) throws {
    var evidence = CBOREncoder(reservingCapacity: sent.count + answer.count + 64)
    evidence.arrayHead(4)
    evidence.encode("yarrow exchange 1")
    evidence.encode(alarm.code)
    evidence.encode(bytes: sent)
    evidence.encode(bytes: answer)
    try transaction { db in
      let repeated = try Int.fetchOne(
        db.cachedStatement(sql: "SELECT count(*) FROM alarm WHERE code = ? AND cleared IS NULL"),
        arguments: [alarm.code]) ?? 0
      if repeated == 0 { try note(alarm, evidence: evidence.bytes, in: db) }
    }
  }
}

extension SyncAlarm {
  /// Whether it says that this home is not the only one under its origin (sync §8.2).
  fileprivate var isAboutOwnLog: Bool {
    switch self {
    case .ownLogAhead, .ownLogDiffers: true
    default: false
    }
  }
}
