/// What a device knew when it put a request into a file, as far as the answer goes on from it
/// (bundle §5).
///
/// The answer may come weeks later, after others or never, and what the device knows has moved on.
public struct CarriedRequest: Sendable, Hashable {
  public var origin: OriginID
  public var hubEpoch: UInt64
  /// How far the hub log was walked.
  public var treeSize: UInt64
  public var streams: [DeviceState.Stream]

  public init(_ state: DeviceState) {
    self.init(
      origin: state.origin, hubEpoch: state.hubEpoch, treeSize: state.frontier.end,
      streams: state.streams)
  }

  public init(
    origin: OriginID, hubEpoch: UInt64, treeSize: UInt64, streams: [DeviceState.Stream]
  ) {
    self.origin = origin
    self.hubEpoch = hubEpoch
    self.treeSize = treeSize
    self.streams = streams
  }
}

/// How an answer looks from where the device is now.
public enum CarriedAnswer: Sendable {
  /// As a hub would have answered the device as it is now: to be checked like any other.
  case news(SyncResponse, DeviceState)
  /// The device has learnt at least as much since.
  case known
  /// The answer steps over where the device is now, so nothing shows that both are of one history.
  case apart
}

extension CarriedRequest {
  /// Leaves out of an answer what the device has learnt since it asked.
  ///
  /// Nothing is checked here: what is left is checked by a ``DeviceSession``, from the state that
  /// comes with it. An answer from before what the device knows is no news, and no reason for an
  /// alarm either: the hub said it earlier.
  public func answer(_ response: SyncResponse, now: DeviceState) -> CarriedAnswer {
    guard origin == now.origin, response.hubEpoch >= now.hubEpoch else { return .known }
    guard response.status == .done else { return other(response, now) }
    guard response.head.seq >= now.acknowledged.seq else { return .known }
    let end = response.checkpoint?.size ?? treeSize
    guard end >= now.frontier.end else { return .known }
    guard treeSize <= now.frontier.end else { return .apart }
    var trimmed = response
    guard let growth = growth(response.growth, from: now.frontier.end) else { return .apart }
    trimmed.growth = growth
    if let membership = response.membership, membership.version <= now.membershipVersion {
      trimmed.membership = nil
    }
    if !isOlder(now.token, than: response.token) { trimmed.token = [] }
    guard !isKnown(trimmed, now) else { return .known }
    var state = now
    state.streams = streams
    return .news(trimmed, state)
  }

  private func other(_ response: SyncResponse, _ now: DeviceState) -> CarriedAnswer {
    switch response.status {
    case .sayInFull where isOlder(response.token, than: now.token): return .known
    case .otherEpoch where response.hubEpoch == now.hubEpoch: return .known
    case .revoked where response.head.seq < now.acknowledged.seq: return .known
    default: return .news(response, now)
    }
  }

  /// A token begins with the window in which it was given (identity §7).
  private func isOlder(_ token: [UInt8], than other: [UInt8]) -> Bool {
    token.prefix(4).lexicographicallyPrecedes(other.prefix(4))
  }

  /// The pieces from `known` on; nil when one of others' leaves lies across it.
  private func growth(_ pieces: [GrowthStep], from known: UInt64) -> [GrowthStep]? {
    var position = treeSize
    var left: [GrowthStep] = []
    for piece in pieces {
      switch piece {
      case .foreign(let end, _):
        if end > known {
          guard position >= known else { return nil }
          left.append(piece)
        }
        position = end
      case .own(let first, let count):
        let (end, overflow) = position.addingReportingOverflow(count)
        guard !overflow, first <= UInt64.max - count else { return pieces }
        if end > known {
          let seen = position < known ? known - position : 0
          left.append(.own(firstSeq: first + seen, count: count - seen))
        }
        position = end
      }
    }
    return left
  }

  private func isKnown(_ response: SyncResponse, _ now: DeviceState) -> Bool {
    guard response.growth.isEmpty, response.membership == nil, response.token.isEmpty,
      !response.isClosed, response.head == now.acknowledged,
      response.checkpoint == nil || response.checkpoint?.root == now.checkpoint?.root
    else { return false }
    return response.deliveries.allSatisfy { delivery in
      guard let known = now.streams.first(where: { $0.name == delivery.stream }) else {
        return true
      }
      return delivery.from + UInt64(delivery.items.count) <= known.position.count
        && (delivery.from > 0 || response.hubEpoch <= known.epoch)
    }
  }

  /// Moves on to what the device knows once it took this answer: where the next one to the same
  /// bundle goes on from.
  ///
  /// - Parameters:
  ///   - response: as it stands in the bundle.
  ///   - ownHash: the hash of an entry of the device's own log.
  public mutating func follow(_ response: SyncResponse, ownHash: (UInt64) -> EntryHash?) {
    guard response.status == .done else { return }
    if let checkpoint = response.checkpoint { treeSize = checkpoint.size }
    for delivery in response.deliveries {
      guard let index = streams.firstIndex(where: { $0.name == delivery.stream }) else { continue }
      walk(delivery, from: streams[index].position, ownHash) { streams[index].position = $0 }
      streams[index].epoch = response.hubEpoch
    }
  }

  /// Leaves each stream where it is now, unless the answer brought it further from there, and keeps of
  /// what it delivers only what comes after that: a record that was there once may have left since.
  ///
  /// Answers before this one may have been passed over, with what they delivered: what goes on from
  /// there is left out, and the hub asked once more.
  ///
  /// - Throws: `inconsistent` when the hub's list differs from the one that brought the device here.
  public func settle(
    _ advance: inout SyncAdvance, now: DeviceState, ownHash: (UInt64) -> EntryHash?
  ) throws(SyncRefusal) {
    var settled = now.streams
    func leaveOut(_ stream: StreamName, isKnown: Bool) {
      advance.deliveries.removeAll { $0.stream == stream }
      guard !isKnown else { return }
      if advance.next == .complete { advance.next = .again }
      advance.left = max(1, advance.left ?? 0)
    }
    for index in settled.indices {
      let known = settled[index]
      guard let offered = advance.streams.first(where: { $0.name == known.name }),
        let asked = streams.first(where: { $0.name == known.name })
      else { continue }
      let place = advance.deliveries.firstIndex { $0.stream == known.name }
      let begins = place.map { advance.deliveries[$0].from }
      if begins == 0, offered.epoch > known.epoch {
        // A hub that was put back begins its list again. Its next answer goes on from here.
        settled[index] = offered
        continue
      }
      guard offered.epoch >= known.epoch, offered.position.count > known.position.count else {
        leaveOut(known.name, isKnown: offered.epoch <= known.epoch || place == nil)
        continue
      }
      if begins.map({ $0 == asked.position.count }) ?? true {
        // Without a delivery too: that nothing comes after a place does not bring the device there. Nor
        // is a place in the list of another epoch one where it has been.
        guard let place, asked.position.count <= known.position.count, asked.epoch <= known.epoch
        else {
          leaveOut(known.name, isKnown: false)
          continue
        }
        var isSame = asked.position == known.position
        walk(advance.deliveries[place], from: asked.position, ownHash) { position in
          if position == known.position { isSame = true }
        }
        // A hub that was put back since may have lost what the position counts.
        guard isSame || offered.epoch > known.epoch else { throw .inconsistent }
        if isSame {
          let here = Int(clamping: known.position.count - asked.position.count)
          advance.deliveries[place].items.removeFirst(here)
          advance.deliveries[place].from += UInt64(here)
        }
      }
      settled[index] = offered
    }
    advance.streams = settled
  }

  private func walk(
    _ delivery: Delivery, from asked: StreamPosition, _ ownHash: (UInt64) -> EntryHash?,
    _ each: (StreamPosition) -> Void
  ) {
    var position = delivery.from == asked.count ? asked : .start
    for item in delivery.items {
      switch item {
      case .entry(let entry, _): position.append(.entry(entry.hash))
      case .own(let seq):
        guard let hash = ownHash(seq) else { return }
        position.append(.entry(hash))
      case .moved(let record): position.append(.moved(record))
      case .statement(let bytes):
        position.append(.statement(Hash.sha256(domain: "yarrow.statement-leaf/1", bytes)))
      }
      each(position)
    }
  }
}
