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

  /// Room for a job whose message is still to be read and checked. It counts like one that waits, until
  /// the job is there or whoever holds it lets go.
  final class Place: Sendable {
    private let sequencer: Sequencer
    fileprivate let bytes: Int
    private let device: Bytes16?
    private let isTaken = Mutex(false)

    fileprivate init(_ sequencer: Sequencer, bytes: Int, device: Bytes16?) {
      self.sequencer = sequencer
      self.bytes = bytes
      self.device = device
    }

    deinit {
      guard take() else { return }
      sequencer.state.withLock { state in
        state.expect(-bytes)
        if let device { state.devices.remove(device) }
      }
    }

    /// False for one that is no longer kept.
    fileprivate func take() -> Bool {
      isTaken.withLock { isTaken in
        defer { isTaken = true }
        return !isTaken
      }
    }
  }

  private struct Waiting {
    let job: Job
    let bytes: Int
    let device: Bytes16?
    let done: @Sendable (Result<Void, any Error>) -> Void
  }

  private struct State {
    /// Of jobs whose messages are being read.
    private(set) var expectedBytes = 0
    var waiting: [Waiting] = []
    var waitingBytes = 0
    var runningBytes = 0
    /// Since when there has been something to do, or the last batch ended; nil with nothing to do.
    private(set) var busySince: ContinuousClock.Instant?
    var devices: Set<Bytes16> = []
    var isDraining = false
    var pace: Pace

    var bytesAhead: Int { expectedBytes + waitingBytes + runningBytes }
    /// Seconds until a job that comes now would begin.
    var secondsAhead: Double { pace.seconds(for: bytesAhead) }

    mutating func expect(_ bytes: Int) {
      expectedBytes += bytes
      if bytesAhead == 0 { busySince = nil } else if busySince == nil { busySince = .now }
    }

    mutating func add(_ item: Waiting) {
      waiting.append(item)
      waitingBytes += item.bytes
      busySince = busySince ?? .now
    }

    /// Reading and writing go on side by side, and the slower one is the pace: so it is taken from one
    /// end of a batch to the next while there is always something to do.
    mutating func endBatch() {
      let now = ContinuousClock.now
      if let busySince { pace.learn(runningBytes, in: now - busySince) }
      runningBytes = 0
      busySince = bytesAhead > 0 ? now : nil
    }
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
  ///   - place: what was kept for it while its message was read.
  /// - Throws: ``Refusal``, or what the whole batch failed with.
  func run(_ job: Job, bytes: Int, device: Bytes16?, in place: Place? = nil) async throws {
    try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
      submit(job, bytes: bytes, device: device, in: place) { done.resume(with: $0) }
    }
  }

  /// Keeps a place for a job of so many bytes, whose message is not read yet. Who gets none is counted
  /// for later, as if the job had come.
  func place(bytes: Int, device: Bytes16?) throws(Refusal) -> Place {
    let why = state.withLock { state -> Refusal? in
      if let why = refusal(bytes: bytes, device: device, &state) { return why }
      if let device { state.devices.insert(device) }
      state.expect(bytes)
      return nil
    }
    if let why { throw why }
    return Place(self, bytes: bytes, device: device)
  }

  private func refusal(bytes: Int, device: Bytes16?, _ state: inout State) -> Refusal? {
    if let device, state.devices.contains(device) { return .deviceBusy }
    guard
      state.waiting.count >= bounds.waitingJobsMax
        || state.expectedBytes + state.waitingBytes + bytes > bounds.waitingBytesMax
        || bytes > bounds.smallBytes && state.secondsAhead > bounds.waitingSecondsMax
    else { return nil }
    return .full(seconds: state.pace.promise(bytes, behind: state.bytesAhead))
  }

  /// Runs `body` between two batches, for a caller on a thread that may block: administration that
  /// writes in several steps.
  func exclusively<T>(_ body: () throws -> T) rethrows -> T { try queue.sync(execute: body) }

  private func submit(
    _ job: Job, bytes: Int, device: Bytes16?, in place: Place?,
    done: @escaping @Sendable (Result<Void, any Error>) -> Void
  ) {
    let kept = place.flatMap { $0.take() ? $0.bytes : nil }
    let verdict: (refusal: Refusal?, start: Bool) = state.withLock { state in
      if kept == nil, let why = refusal(bytes: bytes, device: device, &state) { return (why, false) }
      if let device { state.devices.insert(device) }
      state.add(Waiting(job: job, bytes: bytes, device: device, done: done))
      // It is there now, and not expected any more.
      if let kept { state.expect(-kept) }
      defer { state.isDraining = true }
      return (nil, !state.isDraining)
    }
    if let why = verdict.refusal { return done(.failure(why)) }
    if verdict.start { queue.async { self.drain() } }
  }

  /// One batch; the next is queued behind whoever waits in ``exclusively(_:)``.
  private func drain() {
    guard let batch = nextBatch() else { return }
    let result = Result { try commit(batch.map(\.job)) }
    state.withLock { state in
      state.endBatch()
      for item in batch { if let device = item.device { state.devices.remove(device) } }
    }
    for item in batch { item.done(result) }
    afterwards()
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
        if state.expectedBytes == 0 { state.pace.idle() }
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
