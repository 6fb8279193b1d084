public import Identity
public import ReplicaStore
internal import SyncCore
public import SyncWire

/// Reconciles a replica with its hub: a loop of idempotent exchanges (sync §2).
///
/// Cut it where you like and run it again. The home's sync lock is taken for each call, so that two
/// processes do not push the same entries; recording goes on meanwhile.
public struct SyncClient: Sendable {
  private let replica: Replica
  private let transport: any HubTransport
  /// Between two attempts on a line that broke.
  var pause = Duration.milliseconds(500)

  /// For a person who waits: long enough for an outage of a minute, and for the cell to come back.
  public static let patience = Duration.seconds(120)

  /// Answers in a row that may ask to say it in full, or bring nothing, before it is a fault.
  private static let repeatsInFullMax = 2
  private static let idleExchangesMax = 4
  /// A push below this costs less to send again than to ask for.
  static let askedForMin = 1 << 10
  /// A budget below this does not pay for a request.
  private static let budgetMin = 1 << 10

  public init(replica: Replica, transport: any HubTransport) {
    self.replica = replica
    self.transport = transport
  }

  /// Becomes a member with the invite that the replica was made for. Safe to repeat.
  ///
  /// - Parameter invite: of a member, another invite: its transport must lead to that invite's hub,
  ///   and nothing changes unless the authority's signature names that hub (sync §10).
  /// - Returns: nil when the device is a member; else why the hub refused.
  /// - Throws: ``SyncFailure``; `WireError` and `SyncRefusal` for a wrong answer; `StoreError`.
  public func join(with invite: Invite? = nil) async throws -> JoinResponse.Refusal? {
    let lock = try SyncLock(replica.home)
    defer { withExtendedLifetime(lock) {} }
    let sent = try replica.joinRequest(with: invite)
    let answer = try await exchangeAgain(sent.bytes)
    let refusal = try replica.receiveJoin(answer.bytes, to: sent)
    if refusal == nil, let time = answer.hubTime { try replica.noteClock(hubTime: time) }
    return refusal
  }

  /// Pushes and pulls until nothing is left, or the budget is used up.
  ///
  /// - Parameters:
  ///   - budget: bytes of messages, up and down together; nil for as many as it takes. Ends the
  ///     sync between two exchanges, with ``SyncReport/complete`` false.
  ///   - patience: for how long after the hub's last answer a line that broke is tried again; zero
  ///     for not at all. A line that was never there is not waited for.
  ///   - filesToo: whether files go and come once text is through (attachments §7).
  ///   - progress: called after each exchange.
  /// - Throws: ``SyncFailure``; `SyncRefusal` and `WireError` for a wrong answer, whose evidence is
  ///   kept; `StoreError`. What earlier exchanges brought is durable all the same.
  public func sync(
    budget: Int? = nil, patience: Duration = .zero, filesToo: Bool = true,
    progress: ((SyncProgress) -> Void)? = nil
  ) async throws -> SyncReport {
    let lock = try SyncLock(replica.home)
    defer { withExtendedLifetime(lock) {} }
    var report = SyncReport()
    let receivedBefore = try replica.status().received
    _ = try replica.refreshSealing()
    var size = ExchangeSize(rate: try replica.lineRate())
    var line = Patience(patience, pause: pause)
    var isPushUnknown = false
    var last: Position?
    var repeatsInFull = 0
    var idleExchanges = 0
    var hubEnd: UInt64?
    var farthestEnd: UInt64?
    var tally = ProgressTally()
    let fileBytes = filesToo ? try replica.fileBytesLeft() : 0
    var unsent = progress == nil ? 0 : try replica.unsentBytes()
    var prepared: PreparedPush?
    try await withThrowingTaskGroup(of: Ahead.self) { ahead in
      // Whether a request is on its way whose answer was not taken yet.
      var isAhead = false
      exchanges: while true {
        try Task.checkCancellation()
        let left = report.left(of: budget)
        guard left >= Self.budgetMin else { break }
        let allowed = min(size.bytes, left)
        let pushAllowed = min(size.pushBytes, left)
        let asked = isAhead ? try await ahead.next() : nil
        isAhead = false
        let sent: Replica.Outgoing
        if let asked {
          sent = asked.sent
        } else if let end = hubEnd {
          guard let push = try replica.nextRecoveryRequest(after: end, pushBytesMax: pushAllowed) else {
            break
          }
          sent = push
        } else {
          sent = try replica.nextRequest(
            byteBudget: UInt64(allowed), pushBytesMax: pushAllowed, asksOnly: isPushUnknown,
            prepared: prepared.take())
        }
        let position = Position(sent)
        idleExchanges = position == last ? idleExchanges + 1 : 0
        last = position
        guard idleExchanges < Self.idleExchangesMax else { throw SyncFailure(.noProgress) }

        async let preparing = prepare(after: sent, bytesMax: pushAllowed)
        let began = asked?.began ?? .now
        report.bytesUp += sent.bytes.count
        let answer: (bytes: [UInt8], hubTime: Int64?)
        let duration: Duration
        do {
          (answer, duration) =
            if let asked { try asked.answer.get() } else {
              try await timed { try await transport.exchange(sent.bytes) }
            }
        } catch let failure as SyncFailure
          where failure.code == .refusedByHub(status: HTTPStatus.unknownState)
        {
          guard try replica.sayInFull(after: sent) else { throw failure }
          report.roundTrips += 1
          continue
        } catch let failure as SyncFailure {
          try await line.wait(after: failure, began: began)
          size.cut()
          // Nothing that the hub may have is sent again before it says so.
          isPushUnknown = sent.bytes.count > Self.askedForMin
          last = nil
          continue
        }
        isPushUnknown = false
        size.adapt(moved: sent.bytes.count + answer.bytes.count, in: duration)
        report.roundTrips += 1
        report.bytesDown += answer.bytes.count
        let received: Replica.Received
        let stillLeft = report.left(of: budget)
        do {
          received = try replica.receive(answer.bytes, to: sent) { following in
            guard stillLeft >= Self.budgetMin else { return }
            let next = try replica.request(
              from: following, byteBudget: UInt64(min(size.bytes, stillLeft)))
            ahead.addTask { await Ahead(next, transport) }
            isAhead = true
          }
        } catch let refusal as SyncRefusal {
          if case .alarm = refusal { await audit() }
          throw refusal
        }
        if let time = answer.hubTime { try replica.noteClock(hubTime: time) }
        report.pushed += received.pushedEntries
        report.pulled += received.pulledEntries
        report.alarms += received.alarms
        report.newHubEpoch = received.newHubEpoch ?? report.newHubEpoch
        report.successor = received.successor ?? report.successor
        if let progress {
          tally.took(items: received.pulledEntries, bytes: answer.bytes.count)
          // What a push brought is known; what an answer says of an earlier one is looked up.
          unsent =
            try sent.bytes(ofPushed: received.pushedEntries).map { max(0, unsent - $0) }
            ?? replica.unsentBytes()
          let left = unsent + tally.bytes(ofItems: received.itemsLeft) + fileBytes
          progress(
            SyncProgress(
              report, left: sent.left(after: received.pushedEntries),
              fraction: tally.advance(moved: report.bytesUp + report.bytesDown, left: left)))
        }

        if case .busy = received.next {} else {
          line.answered(
            moved: received.pushedEntries + received.pulledEntries > 0 || received.next == .complete)
        }
        if received.next == .again {
          prepared = await preparing
        } else if isAhead {
          _ = try await ahead.next()
          isAhead = false
        }
        if received.next != .retryInFull { repeatsInFull = 0 }
        switch received.next {
        case .complete:
          // A reader who was just admitted, or a reader who went, may need new grants.
          if try !replica.refreshSealing() {
            report.complete = true
            break exchanges
          }
        case .again: hubEnd = nil
        case .retryInFull:
          repeatsInFull += 1
          guard repeatsInFull <= Self.repeatsInFullMax else { throw SyncFailure(.noProgress) }
        case .recovering:
          report.hubIsRecovering = true
          // It takes what it lacks, and what it says of it counts for nothing: only ever forward.
          guard let end = received.hubEnd, farthestEnd.map({ end > $0 }) ?? true else {
            break exchanges
          }
          hubEnd = end
          farthestEnd = end
        case .busy(let told):
          let seconds = Int(clamping: min(told, UInt64(HTTPStatus.retryAfterMax)))
          try await line.wait(
            seconds: seconds, orThrow: SyncFailure(.unreachable(retryAfter: seconds)))
          // Nothing moved, and nothing was to.
          last = nil
          continue
        case .revoked: throw SyncFailure(.revoked)
        case .epochChanged:
          // The replica adopts an epoch that it can check, and asks again.
          throw SyncFailure(.noProgress)
        }
      }
    }
    if let rate = size.rate { try replica.keep(lineRate: Int(rate)) }
    if report.complete, filesToo {
      var lane = FileLane(
        replica, transport, budget: budget.map { $0 - report.bytesUp - report.bytesDown },
        size: size, patience: line)
      let text = report
      try await lane.run { outcome, left in
        report = text
        report.add(outcome)
        let moved = report.bytesUp + report.bytesDown
        progress?(
          SyncProgress(report, left: 0, fraction: tally.advance(moved: moved, left: left)))
      }
      if let rate = lane.size.rate { try replica.keep(lineRate: Int(rate)) }
      report = text
      report.add(lane.outcome)
      report.complete = !lane.outcome.isCutShort
    }
    if report.complete { progress?(SyncProgress(report, left: 0, fraction: 1)) }
    let status = try replica.status()
    report.filesLeft = status.files.waiting
    report.withdrawalsLeft = try replica.waitingWithdrawals()
    report.received = max(0, status.received - receivedBefore)
    report.quarantined = status.quarantined
    report.checkpoint = status.checkpoint
    return report
  }

  /// Fetches a release, in parts; whoever asked verifies what they come to (committee §4).
  ///
  /// - Parameters:
  ///   - number: 0 for the newest.
  ///   - progress: bytes so far, bytes in all.
  /// - Returns: nil when the hub has no such release.
  public func pullRelease(
    number: UInt64 = 0, progress: ((_ done: Int, _ total: Int) -> Void)? = nil
  ) async throws -> [UInt8]? {
    var bytes: [UInt8] = []
    var number = number
    var total: UInt64?
    repeat {
      try Task.checkCancellation()
      let sent = try replica.releaseRequest(number: number, offset: UInt64(bytes.count))
      let answer = try await exchangeAgain(sent.bytes)
      let part = try replica.receiveRelease(answer.bytes, to: sent)
      guard part.total > 0 else { return nil }
      guard !part.bytes.isEmpty, total == nil || total == part.total else {
        throw SyncFailure(.noProgress)
      }
      // A newer release may appear meanwhile: the rest is asked for by number.
      number = part.number
      total = part.total
      bytes += part.bytes
      progress?(bytes.count, Int(part.total))
    } while UInt64(bytes.count) < total ?? 0
    return bytes
  }

  /// Best effort: what it fails for will be said when the push is made.
  private func prepare(after sent: Replica.Outgoing, bytesMax: Int) async -> PreparedPush? {
    try? replica.preparePush(after: sent, bytesMax: bytesMax)
  }

  /// Asks the hub about its own signature after an alarm, so that its answer can be shown to others
  /// (sync §9). Best effort: the alarm itself is kept already.
  private func audit() async {
    guard let sent = try? replica.auditRequest(),
      let answer = try? await transport.exchange(sent.bytes)
    else { return }
    _ = try? replica.receiveAudit(answer.bytes, to: sent)
  }

  /// For messages that change nothing when repeated at once: a cut is not yet a failure.
  private func exchangeAgain(
    _ message: [UInt8]
  ) async throws -> (bytes: [UInt8], hubTime: Int64?) {
    do { return try await transport.exchange(message) } catch let failure as SyncFailure {
      guard failure.code == .unreachable(retryAfter: nil) else { throw failure }
      return try await transport.exchange(message)
    }
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

extension SyncReport {
  /// Bytes that a budget leaves; without one there is no end of them.
  fileprivate func left(of budget: Int?) -> Int { budget.map { $0 - bytesUp - bytesDown } ?? .max }
}

extension SyncProgress {
  fileprivate init(_ report: SyncReport, left: Int, fraction: Double) {
    self.init(
      pushed: report.pushed, left: left, pulled: report.pulled, bytesUp: report.bytesUp,
      bytesDown: report.bytesDown, roundTrips: report.roundTrips, fraction: fraction)
  }
}

extension Replica {
  /// About the bytes of files that have to go or to come.
  fileprivate func fileBytesLeft() throws -> Int {
    try (filesToGive() + filesToFetch()).reduce(0) { $0 + $1.bytesLeft }
  }
}

extension Replica.Outgoing {
  /// About how much of what had to go went with so many entries; nil where they were not all in this.
  fileprivate func bytes(ofPushed count: Int) -> Int? {
    if count == 0 { return 0 }
    guard let entries = request?.push?.entries, entries.count >= count else { return nil }
    return entries.prefix(count).reduce(0) { $0 + $1.wireBytesEstimate }
  }

  /// Entries that still have to go after so many went.
  fileprivate func left(after pushed: Int) -> Int {
    max(0, Int(clamping: state.head.seq - min(state.acknowledged.seq, state.head.seq)) - pushed)
  }
}
