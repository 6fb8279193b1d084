/// The device's side of one exchange, as a pure function: state and response in, advance out
/// (sync §2.5).
///
/// Nothing here reads a clock, a disk or a generator. What the response claims is checked before
/// any of it is returned.
public struct DeviceSession: Sendable {
  let state: DeviceState
  let verifier: any SessionVerifier
  private let limits: Limits
  /// Hashes of the device's own entries, in order; nil when it has none such.
  let ownHashes: @Sendable (ClosedRange<UInt64>) -> [EntryHash]?

  public init(
    state: DeviceState, verifier: any SessionVerifier, limits: Limits = .specified,
    ownHashes: @escaping @Sendable (ClosedRange<UInt64>) -> [EntryHash]?
  ) {
    self.state = state
    self.verifier = verifier
    self.limits = limits
    self.ownHashes = ownHashes
  }

  /// Checks a response to `request` and says what it changes.
  public func receive(
    _ response: SyncResponse, to request: SyncRequest
  ) throws(SyncRefusal) -> SyncAdvance {
    var advance = SyncAdvance(
      next: .complete, hubEpoch: state.hubEpoch,
      token: response.token.isEmpty ? state.token : response.token,
      membership: response.membership, acknowledged: state.acknowledged, held: response.held,
      growth: nil, placed: [], checkpoint: nil, streams: state.streams, segments: [], partial: [:],
      deliveries: [], isClosed: response.isClosed, alarms: [])
    guard response.hubEpoch >= state.hubEpoch else {
      throw .alarm(.epochWentBack(from: state.hubEpoch, to: response.hubEpoch))
    }
    switch response.status {
    case .sayInFull:
      advance.next = .retryInFull
      return advance
    case .busy:
      advance.next = .busy(seconds: response.retryAfter)
      return advance
    case .otherEpoch:
      guard response.hubEpoch > state.hubEpoch, let statement = response.hubStatement else {
        throw .inconsistent
      }
      advance.next = .epochChanged(statement: statement)
      return advance
    case .recovering:
      advance.next = .recovering
      return advance
    case .revoked:
      guard response.hubEpoch == state.hubEpoch else { throw .inconsistent }
      advance.next = .revoked
      advance.acknowledged = try acknowledgedHead(response)
      return advance
    case .done: break
    }
    guard response.hubEpoch == state.hubEpoch else { throw .inconsistent }
    advance.acknowledged = try acknowledgedHead(response)
    try grow(response, into: &advance)
    try deliver(response, into: &advance)
    advance.left = response.left
    let pushLeft = advance.acknowledged.seq < state.head.seq
    advance.next = response.more || pushLeft ? .again : .complete
    return advance
  }

  /// The hub's word on this device's log must extend what it acknowledged before.
  private func acknowledgedHead(_ response: SyncResponse) throws(SyncRefusal) -> LogHead {
    let head = response.head
    guard head.seq <= state.head.seq else {
      throw .alarm(.ownLogAhead(held: head.seq, here: state.head.seq))
    }
    guard head.seq >= state.acknowledged.seq else {
      throw .alarm(
        .hubLostAcknowledged(held: head.seq, acknowledged: state.acknowledged.seq))
    }
    if head.seq > 0 {
      guard let own = ownHashes(head.seq...head.seq)?.first else { throw .unknownOwnEntry }
      guard own == head.hash else { throw .alarm(.ownLogDiffers(seq: head.seq)) }
    }
    return head
  }

  /// Extends the frontier by foreign ranges and own leaves, and arrives at the signed root: that
  /// proves consistency with the last checkpoint and inclusion of every own leaf at once.
  private func grow(
    _ response: SyncResponse, into advance: inout SyncAdvance
  ) throws(SyncRefusal) {
    guard let checkpoint = response.checkpoint else {
      // Pieces without a checkpoint prove nothing (hub-log §6.1).
      guard response.growth.isEmpty else { throw .inconsistent }
      return
    }
    if let known = state.checkpoint, checkpoint.size < known.size {
      throw .alarm(.logShrank(from: known.size, to: checkpoint.size))
    }
    guard verifier.isSigned(checkpoint, hubEpoch: state.hubEpoch) else {
      throw .checkpointSignature
    }
    do throws(MerkleError) {
      var check = try GrowthCheck(frontier: state.frontier, ownSubtrees: state.ownSubtrees)
      for step in response.growth { try extend(&check, by: step, into: &advance) }
      try check.verify(size: checkpoint.size, root: checkpoint.root)
      advance.growth = check
    } catch {
      // Another root under a true signature is a second history; anything else only a bad answer.
      throw error.code == .rootMismatch
        ? .alarm(.logRewritten(size: checkpoint.size)) : .growth(error)
    }
    advance.checkpoint = checkpoint
  }

  private func extend(
    _ check: inout GrowthCheck, by step: GrowthStep, into advance: inout SyncAdvance
  ) throws(MerkleError) {
    switch step {
    case .foreign(let end, let hashes):
      try check.extend(
        .foreign(try CompactRange(begin: check.frontier.end, end: end, hashes: hashes)))
    case .own(let first, let count):
      // Own leaves stand in the log in the order of the device's log, and only what the hub holds.
      guard first > 0, count > 0, count <= advance.acknowledged.seq,
        first - 1 <= advance.acknowledged.seq - count,
        advance.placed.last.map({ $0.seqs.upperBound + 1 == first }) ?? true
      else { throw MerkleError(.invalidRange) }
      let seqs = first...(first + count - 1)
      guard let hashes = ownHashes(seqs), UInt64(hashes.count) == count else {
        throw MerkleError(.invalidRange)
      }
      advance.placed.append(.init(seqs: seqs, firstLeaf: check.frontier.end))
      try check.extend(.own(hashes.map { MerkleTree.leafHash($0) }))
    }
  }
}
