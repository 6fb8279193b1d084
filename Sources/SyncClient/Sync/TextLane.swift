internal import ReplicaStore
internal import SyncCore

/// All but files: one exchange after the other, until nothing is left to push or to pull, or the
/// budget is used up (sync §7).
struct TextLane {
  private let replica: Replica
  private let transport: any HubTransport
  /// Bytes of messages, up and down together.
  private let budget: Int?
  private let progress: ((SyncProgress) -> Void)?
  /// About the bytes of the files that follow.
  private let fileBytes: Int

  private(set) var report = SyncReport()
  private(set) var size: ExchangeSize
  private(set) var patience: Patience
  private(set) var tally = ProgressTally()
  /// About the bytes of what the hub does not have; kept where somebody looks on.
  private var unsent: Int
  private var standstill = Standstill()
  /// Whether the hub may have a push whose answer did not come.
  private var isPushUnknown = false
  /// The push that was laid out while the hub worked on the one before it.
  private var prepared: PreparedPush?
  /// Where a hub in recovery says that its copy of the log ends.
  private var hubEnd: UInt64?
  /// Whether a request is on its way whose answer was not taken yet.
  private var isAhead = false

  /// Requests that go out while the answer before them is stored: one at a time.
  typealias Requests = ThrowingTaskGroup<Ahead, any Error>

  /// A push below this costs less to send again than to ask for.
  static let askedForMin = 1 << 10
  /// A budget below this does not pay for a request.
  private static let budgetMin = 1 << 10

  init(
    _ replica: Replica, _ transport: any HubTransport, budget: Int?, patience: Patience,
    fileBytes: Int, _ progress: ((SyncProgress) -> Void)?
  ) throws {
    self.replica = replica
    self.transport = transport
    self.budget = budget
    self.patience = patience
    self.fileBytes = fileBytes
    self.progress = progress
    size = ExchangeSize(rate: try replica.lineRate())
    unsent = progress == nil ? 0 : try replica.unsentBytes()
  }

  private var left: Int { report.left(of: budget) }

  mutating func run(_ requests: inout Requests) async throws {
    var goesOn = true
    while goesOn {
      try Task.checkCancellation()
      guard let next = try await nextRequest(&requests) else { return }
      try standstill.passes(next.sent)
      goesOn = try await exchange(next.sent, next.ahead, &requests)
    }
  }

  /// What is to be sent, or was sent already; nil when the budget is used up or nothing is to be said.
  private mutating func nextRequest(
    _ requests: inout Requests
  ) async throws -> (sent: Replica.Outgoing, ahead: Ahead?)? {
    guard left >= Self.budgetMin else { return nil }
    if isAhead {
      isAhead = false
      return try await requests.next().map { ($0.sent, $0) }
    }
    let pushAllowed = min(size.pushBytes, left)
    if let hubEnd {
      return try replica.nextRecoveryRequest(after: hubEnd, pushBytesMax: pushAllowed).map { ($0, nil) }
    }
    let sent = try replica.nextRequest(
      byteBudget: UInt64(min(size.bytes, left)), pushBytesMax: pushAllowed,
      asksOnly: isPushUnknown, prepared: prepared.take())
    return (sent, nil)
  }

  /// One exchange, and what follows from its answer.
  ///
  /// - Returns: whether to go on.
  private mutating func exchange(
    _ sent: Replica.Outgoing, _ ahead: Ahead?, _ requests: inout Requests
  ) async throws -> Bool {
    let (replica, pushAllowed) = (replica, min(size.pushBytes, left))
    async let preparing = Self.prepare(replica, after: sent, bytesMax: pushAllowed)
    guard let answer = try await answer(to: sent, ahead) else { return true }
    let received = try await take(answer, to: sent, &requests)
    if let time = answer.hubTime { try replica.noteClock(hubTime: time) }
    try tell(received, of: sent, answer.bytes.count)
    if case .busy = received.next {} else {
      patience.answered(
        moved: received.pushedEntries + received.pulledEntries > 0 || received.next == .complete)
    }
    if received.next == .again {
      prepared = await preparing
    } else if isAhead {
      _ = try await requests.next()
      isAhead = false
    }
    return try await goesOn(after: received)
  }

  /// Best effort: what it fails for will be said when the push is made.
  private static func prepare(
    _ replica: Replica, after sent: Replica.Outgoing, bytesMax: Int
  ) async -> PreparedPush? {
    try? replica.preparePush(after: sent, bytesMax: bytesMax)
  }

  /// Nil when there is none and the request is to be made anew.
  private mutating func answer(
    to sent: Replica.Outgoing, _ ahead: Ahead?
  ) async throws -> Ahead.Answer? {
    let began = ahead?.began ?? .now
    report.bytesUp += sent.bytes.count
    do {
      let (answer, duration) =
        if let ahead { try ahead.answer.get() } else {
          try await timed { [transport] in try await transport.exchange(sent.bytes) }
        }
      isPushUnknown = false
      size.adapt(moved: sent.bytes.count + answer.bytes.count, in: duration)
      report.roundTrips += 1
      report.bytesDown += answer.bytes.count
      return answer
    } catch let failure as SyncFailure
      where failure.code == .refusedByHub(status: HTTPStatus.unknownState)
    {
      guard try replica.sayInFull(after: sent) else { throw failure }
      report.roundTrips += 1
    } catch let failure as SyncFailure {
      try await patience.wait(after: failure, began: began)
      size.cut()
      // Nothing that the hub may have is sent again before it says so.
      isPushUnknown = sent.bytes.count > Self.askedForMin
      standstill.isExcused()
    }
    return nil
  }

  /// Checks and stores the answer; the request that goes on from it goes out meanwhile.
  private mutating func take(
    _ answer: Ahead.Answer, to sent: Replica.Outgoing, _ requests: inout Requests
  ) async throws -> Replica.Received {
    let (replica, transport, left, bytes) = (replica, transport, left, size.bytes)
    do {
      return try replica.receive(answer.bytes, to: sent) { following in
        guard left >= Self.budgetMin else { return }
        let next = try replica.request(from: following, byteBudget: UInt64(min(bytes, left)))
        requests.addTask { await Ahead(next, transport) }
        isAhead = true
      }
    } catch let refusal as SyncRefusal {
      if case .alarm = refusal { await audit() }
      throw refusal
    }
  }

  /// Asks the hub about its own signature after an alarm, so that its answer can be shown to others
  /// (sync §9). Best effort: the alarm itself is kept already.
  private func audit() async {
    guard let sent = try? replica.auditRequest(),
      let answer = try? await transport.exchange(sent.bytes)
    else { return }
    _ = try? replica.receiveAudit(answer.bytes, to: sent)
  }

  /// Adds to the report, and shows it to whoever looks on.
  private mutating func tell(
    _ received: Replica.Received, of sent: Replica.Outgoing, _ answerBytes: Int
  ) throws {
    report.pushed += received.pushedEntries
    report.pulled += received.pulledEntries
    report.alarms += received.alarms
    report.newHubEpoch = received.newHubEpoch ?? report.newHubEpoch
    report.successor = received.successor ?? report.successor
    guard let progress else { return }
    tally.took(items: received.pulledEntries, bytes: answerBytes)
    // What a push brought is known; what an answer says of an earlier one is looked up.
    unsent =
      try replica.bytes(ofPushed: received.pushedEntries, sent).map { max(0, unsent - $0) }
      ?? replica.unsentBytes()
    let bytesLeft = unsent + tally.bytes(ofItems: received.itemsLeft) + fileBytes
    progress(
      SyncProgress(
        report, left: sent.left(after: received.pushedEntries),
        fraction: tally.advance(moved: report.bytesUp + report.bytesDown, left: bytesLeft)))
  }

  /// Whether another exchange is to be made after this one (sync §2.6).
  private mutating func goesOn(after received: Replica.Received) async throws -> Bool {
    try standstill.answered(received.next)
    switch received.next {
    case .complete:
      // A reader who was just admitted, or a reader who went, may need new grants.
      report.complete = try !replica.refreshSealing()
      return !report.complete
    case .again:
      hubEnd = nil
      return true
    case .retryInFull: return true
    case .recovering:
      report.hubIsRecovering = true
      // It takes what it lacks, and what it says of it counts for nothing.
      hubEnd = received.hubEnd
      return hubEnd.map { standstill.moves(to: $0) } ?? false
    case .busy(let told):
      let seconds = Int(clamping: min(told, UInt64(HTTPStatus.retryAfterMax)))
      try await patience.wait(
        seconds: seconds, orThrow: SyncFailure(.unreachable(retryAfter: seconds)))
      standstill.isExcused()
      return true
    case .revoked: throw SyncFailure(.revoked)
    case .epochChanged:
      // The replica adopts an epoch that it can check, and asks again.
      throw SyncFailure(.noProgress)
    }
  }
}

extension SyncReport {
  /// Bytes that a budget leaves; without one there is no end of them.
  fileprivate func left(of budget: Int?) -> Int { budget.map { $0 - bytesUp - bytesDown } ?? .max }
}

extension SyncProgress {
  init(_ report: SyncReport, left: Int, fraction: Double) {
    self.init(
      pushed: report.pushed, left: left, pulled: report.pulled, bytesUp: report.bytesUp,
      bytesDown: report.bytesDown, roundTrips: report.roundTrips, fraction: fraction)
  }
}

extension Replica.Outgoing {
  /// Entries that still have to go after so many went.
  fileprivate func left(after pushed: Int) -> Int {
    max(0, Int(clamping: state.head.seq - min(state.acknowledged.seq, state.head.seq)) - pushed)
  }
}
