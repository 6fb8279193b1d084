/// What a device knows of itself and of its hub between two exchanges (sync §2.1).
public struct DeviceState: Sendable {
  public var programme: ProgrammeID
  public var origin: OriginID
  public var hubEpoch: UInt64
  public var token: [UInt8]
  public var membershipVersion: UInt64
  /// The newest checkpoint whose signatures and growth were checked; nil before the first.
  public var checkpoint: CheckpointSeal?
  /// How far the hub log was walked: always to the size of ``checkpoint`` (sync §6.1).
  public var frontier: CompactRange
  public var ownSubtrees: UInt64
  /// The device's own log as the hub last acknowledged it.
  public var acknowledged: LogHead
  /// The device's own log as it is.
  public var head: LogHead
  public var streams: [Stream]

  public struct Stream: Sendable, Hashable {
    public var name: StreamName
    public var position: StreamPosition
    /// The hub epoch in which the position was reached.
    public var epoch: UInt64

    public init(name: StreamName, position: StreamPosition, epoch: UInt64) {
      self.name = name
      self.position = position
      self.epoch = epoch
    }
  }

  public init(
    programme: ProgrammeID, origin: OriginID, hubEpoch: UInt64, token: [UInt8],
    membershipVersion: UInt64, checkpoint: CheckpointSeal?, frontier: CompactRange,
    ownSubtrees: UInt64, acknowledged: LogHead, head: LogHead, streams: [Stream]
  ) {
    self.programme = programme
    self.origin = origin
    self.hubEpoch = hubEpoch
    self.token = token
    self.membershipVersion = membershipVersion
    self.checkpoint = checkpoint
    self.frontier = frontier
    self.ownSubtrees = ownSubtrees
    self.acknowledged = acknowledged
    self.head = head
    self.streams = streams
  }

  /// What the device will know once this is applied, when nothing is left but to ask for more; nil
  /// where something has to be settled or pushed first.
  public func following(_ advance: SyncAdvance) -> DeviceState? {
    guard advance.next == .again, advance.acknowledged == head, advance.membership == nil,
      advance.held.isEmpty, advance.alarms.isEmpty, !advance.isClosed,
      !advance.deliveries.contains(where: { $0.items.contains(where: \.isStatement) })
    else { return nil }
    var state = self
    state.token = advance.token
    state.acknowledged = advance.acknowledged
    state.checkpoint = advance.checkpoint ?? checkpoint
    if let growth = advance.growth {
      state.frontier = growth.frontier
      state.ownSubtrees = growth.ownSubtrees
    }
    state.streams = advance.streams
    return state
  }

  /// The request that says all this, with a push or without.
  public func request(push: Push?, byteBudget: UInt64) -> SyncRequest {
    SyncRequest(
      origin: origin, hubEpoch: hubEpoch, token: token, membershipVersion: membershipVersion,
      treeSize: frontier.end,
      treeRoot: frontier.end == 0
        ? Bytes16(high: 0, low: 0) : Bytes16(prefixOf: frontier.root ?? .zero),
      headSeq: acknowledged.seq, headHash: Bytes16(prefixOf: acknowledged.hash),
      streams: streams.map {
        .init(
          stream: $0.name, count: $0.position.count, hash: Bytes16(prefixOf: $0.position.hash))
      }, byteBudget: byteBudget, push: push)
  }
}

extension Delivery.Item {
  fileprivate var isStatement: Bool { if case .statement = self { true } else { false } }
}
