internal import GRDB
internal import SyncCore
internal import SyncWire

/// Handing a hub in recovery what it lacks of this log (sync §2.7).
extension Replica {
  /// A request that pushes what a hub in recovery lacks; nil when there is nothing behind `after`.
  ///
  /// - Parameter after: the seq at which the hub's part of this log ends, by ``Received/hubEnd``.
  package func nextRecoveryRequest(after: UInt64, pushBytesMax: Int) throws -> Outgoing? {
    let state = try deviceState()
    guard let push = try nextPush(state, after: after, bytesMax: pushBytesMax) else { return nil }
    return try handOver(push, state, kind: .recovery)
  }

  /// Where a hub in recovery says that its part of this log ends: nil unless it is a part of it, and
  /// there is more. Nothing of it is kept, since nothing of it is proven.
  func recoveryEnd(_ response: SyncResponse, _ state: DeviceState) throws -> UInt64? {
    let head = response.head
    guard response.status == .recovering, head.seq < state.head.seq,
      try head.seq == 0 || ownHashes(head.seq...head.seq) == [head.hash]
    else { return nil }
    return head.seq
  }

  func receiveRecovery(_ response: SyncResponse, _ state: DeviceState) throws -> Received {
    switch response.status {
    case .recovering:
      var received = Received(next: .recovering)
      received.hubEnd = try recoveryEnd(response, state)
      return received
    case .sayInFull:
      try db.write { try SettingTable(db: $0).set(SettingName.token, bytes: response.token) }
      return Received(next: .retryInFull)
    case .busy: return Received(next: .busy(seconds: response.retryAfter))
    // The recovery ended in the meantime: from here on everything is asked for as usual.
    case .done, .revoked, .otherEpoch: return Received(next: .again)
    }
  }
}
