/// How long a line that broke is tried again, and a busy hub is waited for, for text and files alike
/// (sync §7).
///
/// It begins with each answer of the hub, so a line that was never there is not waited for; to be told
/// to wait again does not begin it anew.
struct Patience: Sendable {
  /// An attempt that fails sooner was turned away: nobody listens there, or there is no network.
  private static let quick = Duration.seconds(1)
  /// So many such in a row are the end, after about twenty seconds.
  static let quickFailuresMax = 40
  /// A status that asks for so much or more is of a hub that can't work, such as one whose disk is full:
  /// a person is told, and not kept (sync §6.2).
  static let brokenSeconds = 60

  private let limit: Duration
  private let pause: Duration
  private var lastAnswer: ContinuousClock.Instant?
  private var quickFailures = 0
  private var busySince: ContinuousClock.Instant?

  /// - Parameters:
  ///   - limit: after the hub's last answer; zero for not at all.
  ///   - pause: between two attempts.
  init(_ limit: Duration, pause: Duration) {
    self.limit = limit
    self.pause = pause
  }

  /// - Parameter moved: whether anything came of it. A hub that answers and takes nothing is as busy
  ///   as before.
  mutating func answered(moved: Bool) {
    lastAnswer = .now
    quickFailures = 0
    if moved { busySince = nil }
  }

  /// Waits for the turn that a busy hub gives, in seconds.
  ///
  /// - Throws: the failure, when it is further ahead than the patience reaches; `CancellationError`.
  mutating func wait(seconds: Int, orThrow failure: SyncFailure) async throws {
    let now = ContinuousClock.now
    let since = busySince ?? now
    guard now + .seconds(seconds) - since <= limit else { throw failure }
    busySince = since
    lastAnswer = now
    try await Task.sleep(for: .seconds(seconds))
  }

  /// Waits for the next attempt after one that ended without an answer.
  ///
  /// - Throws: the failure, when there is to be no other attempt; `CancellationError`.
  mutating func wait(after failure: SyncFailure, began: ContinuousClock.Instant) async throws {
    if case .unreachable(let seconds?) = failure.code, seconds < Self.brokenSeconds {
      return try await wait(seconds: seconds, orThrow: failure)
    }
    guard failure.code == .unreachable(retryAfter: nil) else { throw failure }
    let now = ContinuousClock.now
    quickFailures = now - began < Self.quick ? quickFailures + 1 : 0
    guard let lastAnswer, now - lastAnswer < limit, quickFailures <= Self.quickFailuresMax else {
      throw failure
    }
    try await Task.sleep(for: pause)
  }
}
