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
    let receivedBefore = try replica.status().received
    _ = try replica.refreshSealing()
    var text = try TextLane(
      replica, transport, budget: budget, patience: Patience(patience, pause: pause),
      fileBytes: filesToo ? try replica.fileBytesLeft() : 0, progress)
    try await withThrowingTaskGroup(of: Ahead.self) { try await text.run(&$0) }
    if let rate = text.size.rate { try replica.keep(lineRate: Int(rate)) }
    var report = text.report
    if report.complete, filesToo {
      report = try await syncFiles(after: text, budget: budget, progress)
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

  /// Files after text, in a lane of their own (attachments §7).
  private func syncFiles(
    after text: TextLane, budget: Int?, _ progress: ((SyncProgress) -> Void)?
  ) async throws -> SyncReport {
    var tally = text.tally
    var lane = FileLane(
      replica, transport, budget: budget.map { $0 - text.report.bytesUp - text.report.bytesDown },
      size: text.size, patience: text.patience)
    try await lane.run { outcome, left in
      var report = text.report
      report.add(outcome)
      let moved = report.bytesUp + report.bytesDown
      progress?(
        SyncProgress(report, left: 0, fraction: tally.advance(moved: moved, left: left)))
    }
    if let rate = lane.size.rate { try replica.keep(lineRate: Int(rate)) }
    var report = text.report
    report.add(lane.outcome)
    report.complete = !lane.outcome.isCutShort
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

extension Replica {
  /// About the bytes of files that have to go or to come.
  fileprivate func fileBytesLeft() throws -> Int {
    try filesToMove().reduce(0) { $0 + $1.bytesLeft }
  }
}
