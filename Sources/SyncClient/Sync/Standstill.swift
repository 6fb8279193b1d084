internal import ReplicaStore
internal import SyncCore

/// Notices exchanges that lead nowhere: a hub must not keep a device busy for ever (sync §2.6).
struct Standstill {
  /// Answers in a row that may ask to say it in full, or bring nothing, before it is a fault.
  private static let repeatsInFullMax = 2
  private static let idleExchangesMax = 4

  private var last: Position?
  private var idleExchanges = 0
  private var repeatsInFull = 0
  private var farthestEnd: UInt64?

  /// - Throws: `noProgress` when nothing moved for so many exchanges that nothing will.
  mutating func passes(_ sent: Replica.Outgoing) throws {
    let position = Position(sent)
    idleExchanges = position == last ? idleExchanges + 1 : 0
    last = position
    guard idleExchanges < Self.idleExchangesMax else { throw SyncFailure(.noProgress) }
  }

  /// Nothing was to move meanwhile: the line broke, or the hub asked to wait.
  mutating func isExcused() { last = nil }

  /// - Throws: `noProgress` when the hub asks once more to say in full what was just said so.
  mutating func answered(_ next: SyncAdvance.Next) throws {
    guard next == .retryInFull else { return repeatsInFull = 0 }
    repeatsInFull += 1
    guard repeatsInFull <= Self.repeatsInFullMax else { throw SyncFailure(.noProgress) }
  }

  /// Whether a hub in recovery has more of the log than it ever said: only ever forward.
  mutating func moves(to end: UInt64) -> Bool {
    guard farthestEnd.map({ end > $0 }) ?? true else { return false }
    farthestEnd = end
    return true
  }
}

/// What must change from one exchange to the next, or the hub leads us in a circle.
private struct Position: Hashable {
  let kind: Replica.Outgoing.Kind
  let pushedFrom: UInt64?
  let hubEpoch: UInt64
  let acknowledged: LogHead
  let head: LogHead
  let walked: UInt64
  let checkpoint: UInt64?
  let membershipVersion: UInt64
  let streams: [StreamPosition]

  init(_ sent: Replica.Outgoing) {
    let state = sent.state
    kind = sent.kind
    pushedFrom = sent.kind == .sync ? nil : sent.request?.push?.entries.first?.envelope.seq
    hubEpoch = state.hubEpoch
    acknowledged = state.acknowledged
    head = state.head
    walked = state.frontier.end
    checkpoint = state.checkpoint?.size
    membershipVersion = state.membershipVersion
    streams = state.streams.map(\.position)
  }
}
