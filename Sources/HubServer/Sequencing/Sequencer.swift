internal import Dispatch
internal import SyncCore
internal import Synchronization

/// Brings work to the store in batches: one transaction, one fsync and one signature for all that
/// waited while the last batch was written: a group commit (hub-log §5.2).
///
/// There is no timer: a lone job starts at once, and a crowd fills the next batch. The store blocks
/// on the disk, so it runs on a queue of its own and never on the cooperative pool.
///
/// Whoever would have to wait long is told at once when to come back: each later than the one before,
/// by what its job takes, so that the crowd returns as fast as it can be served and no faster.
final class Sequencer<Job: Sendable>: Sendable {
  struct Bounds: Sendable {
    /// Jobs and bytes in one batch.
    var batchJobsMax = 64
    var batchBytesMax = 8 << 20
    /// Jobs and bytes that wait, the running batch not counted.
    var waitingJobsMax = 256
    var waitingBytesMax = 32 << 20
    /// Seconds that a job may have to wait, as fast as the last batches went.
    var waitingSecondsMax = 0.5
    /// A job of fewer bytes does not wait for its turn among the large ones: a lone report goes ahead of
    /// a campaign's.
    var smallBytes = 16 << 10
    /// Bytes in a second, before any batch was measured.
    var firstRate = 16.0 * 1_048_576
  }

  /// Why a job was not taken. Nothing of it was done.
  enum Refusal: Error, Hashable {
    /// As much waits as may: there will be room in so many seconds.
    case full(seconds: Int)
    /// The same device has a job here already.
    case deviceBusy
  }

  private struct Waiting {
    let job: Job
    let bytes: Int
    let device: Bytes16?
    let done: @Sendable (Result<Void, any Error>) -> Void
  }

  private struct State {
    var waiting: [Waiting] = []
    var waitingBytes = 0
    var runningBytes = 0
    var devices: Set<Bytes16> = []
    var isDraining = false
    var pace: Pace

    var bytesAhead: Int { waitingBytes + runningBytes }
    /// Seconds until a job that comes now would begin.
    var secondsAhead: Double { pace.seconds(for: bytesAhead) }
  }

  private let bounds: Bounds
  private let queue = DispatchQueue(label: "yarrow.hub.sequencer", qos: .userInitiated)
  private let commit: @Sendable ([Job]) throws -> Void
  private let afterwards: @Sendable () -> Void
  private let state: Mutex<State>

  /// - Parameters:
  ///   - commit: makes a batch durable; called for one batch at a time.
  ///   - afterwards: called between two batches, once whoever waited for the first has been told.
  init(
    bounds: Bounds = Bounds(), commit: @escaping @Sendable ([Job]) throws -> Void,
    afterwards: @escaping @Sendable () -> Void = {}
  ) {
    self.bounds = bounds
    state = Mutex(State(pace: Pace(rate: bounds.firstRate)))
    self.commit = commit
    self.afterwards = afterwards
  }

  /// Seconds after which there may be room for somebody who was not even listened to.
  var secondsUntilRoom: Int {
    state.withLock { $0.pace.secondsUntilRoom(behind: $0.bytesAhead) }
  }

  /// Jobs that no batch has taken yet.
  var waitingJobs: Int { state.withLock { $0.waiting.count } }

  /// Waits until the batch with this job is durable; its own result is the job's.
  ///
  /// - Parameters:
  ///   - bytes: about what the job adds to the store.
  ///   - device: whose job it is; each device may have one here, so that none crowds out others.
  /// - Throws: ``Refusal``, or what the whole batch failed with.
  func run(_ job: Job, bytes: Int, device: Bytes16?) async throws {
    try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
      submit(job, bytes: bytes, device: device) { done.resume(with: $0) }
    }
  }

  /// Why a job of so many bytes would not be taken now; nil when it would be. Who is refused is
  /// counted for later, as if the job had come.
  func refusal(bytes: Int, device: Bytes16?) -> Refusal? {
    state.withLock { refusal(bytes: bytes, device: device, &$0) }
  }

  private func refusal(bytes: Int, device: Bytes16?, _ state: inout State) -> Refusal? {
    if let device, state.devices.contains(device) { return .deviceBusy }
    guard
      state.waiting.count >= bounds.waitingJobsMax
        || state.waitingBytes + bytes > bounds.waitingBytesMax
        || bytes > bounds.smallBytes && state.secondsAhead > bounds.waitingSecondsMax
    else { return nil }
    return .full(seconds: state.pace.promise(bytes, behind: state.bytesAhead))
  }

  /// Runs `body` between two batches, for a caller on a thread that may block: administration that
  /// writes in several steps.
  func exclusively<T>(_ body: () throws -> T) rethrows -> T { try queue.sync(execute: body) }

  private func submit(
    _ job: Job, bytes: Int, device: Bytes16?,
    done: @escaping @Sendable (Result<Void, any Error>) -> Void
  ) {
    let verdict: (refusal: Refusal?, start: Bool) = state.withLock { state in
      if let refusal = refusal(bytes: bytes, device: device, &state) { return (refusal, false) }
      if let device { state.devices.insert(device) }
      state.waiting.append(Waiting(job: job, bytes: bytes, device: device, done: done))
      state.waitingBytes += bytes
      defer { state.isDraining = true }
      return (nil, !state.isDraining)
    }
    if let refusal = verdict.refusal { return done(.failure(refusal)) }
    if verdict.start { queue.async { self.drain() } }
  }

  /// One batch; the next is queued behind whoever waits in ``exclusively(_:)``.
  private func drain() {
    guard let batch = nextBatch() else { return }
    let began = ContinuousClock.now
    let result = Result { try commit(batch.map(\.job)) }
    state.withLock { state in
      state.runningBytes = 0
      for item in batch { if let device = item.device { state.devices.remove(device) } }
    }
    for item in batch { item.done(result) }
    afterwards()
    let bytes = batch.reduce(0) { $0 + $1.bytes }
    state.withLock { $0.pace.learn(bytes, in: .now - began) }
    queue.async { self.drain() }
  }

  /// At least one job, however large; nil when nothing waits, and then draining has ended.
  private func nextBatch() -> [Waiting]? {
    state.withLock { state in
      var bytes = 0
      var count = 0
      for item in state.waiting.prefix(bounds.batchJobsMax) {
        guard count == 0 || bytes + item.bytes <= bounds.batchBytesMax else { break }
        bytes += item.bytes
        count += 1
      }
      guard count > 0 else {
        state.isDraining = false
        state.pace.idle()
        return nil
      }
      let batch = Array(state.waiting.prefix(count))
      state.waiting.removeFirst(count)
      state.waitingBytes -= bytes
      state.runningBytes = bytes
      return batch
    }
  }
}
