import Dispatch
import SyncCore
import Synchronization
import Testing

@testable import HubServer

@Suite struct SequencerTests {
  /// A store whose commits wait for a word, and are counted.
  final class Store: Sendable {
    let batches = Mutex<[[Int]]>([])
    private let started = Mutex(0)
    let mayGoOn = DispatchSemaphore(value: 0)

    func commit(_ jobs: [Int]) throws {
      started.withLock { $0 += 1 }
      mayGoOn.wait()
      batches.withLock { $0.append(jobs) }
      if jobs.contains(13) { throw Failed() }
    }
    struct Failed: Error {}

    /// Returns once the first commit is under way.
    func hasBegun() async { while started.withLock({ $0 }) == 0 { await Task.yield() } }
  }

  /// Hands a job over, and says when it is in the queue: a refusal comes back at once.
  private func submit(
    _ job: Int, bytes: Int = 1, device: UInt64? = nil, to sequencer: Sequencer<Int>
  ) async -> Task<Void, any Error> {
    let before = sequencer.waitingJobs
    let task = Task {
      try await sequencer.run(
        job, bytes: bytes, device: device.map { Bytes16(high: 0, low: $0) })
    }
    while sequencer.waitingJobs == before { await Task.yield() }
    return task
  }

  @Test func `what waits during a commit goes into the next one, in order`() async throws {
    let store = Store()
    let sequencer = Sequencer<Int> { try store.commit($0) }
    let first = Task { try await sequencer.run(1, bytes: 1, device: nil) }
    await store.hasBegun()
    var tasks = [first]
    for job in 2...5 { tasks.append(await submit(job, to: sequencer)) }
    store.mayGoOn.signal()
    store.mayGoOn.signal()
    for task in tasks { try await task.value }
    #expect(store.batches.withLock { $0 } == [[1], [2, 3, 4, 5]])
  }

  @Test func `a batch is bounded in jobs and in bytes, and takes one job of any size`() async throws
  {
    let store = Store()
    var bounds = Sequencer<Int>.Bounds()
    bounds.batchJobsMax = 2
    bounds.batchBytesMax = 10
    let sequencer = Sequencer<Int>(bounds: bounds) { try store.commit($0) }
    let first = Task { try await sequencer.run(1, bytes: 1, device: nil) }
    await store.hasBegun()
    var tasks = [first]
    for (job, bytes) in [(2, 1), (3, 1), (4, 100), (5, 6), (6, 6)] {
      tasks.append(await submit(job, bytes: bytes, to: sequencer))
    }
    for _ in 1...5 { store.mayGoOn.signal() }
    for task in tasks { try await task.value }
    #expect(store.batches.withLock { $0 } == [[1], [2, 3], [4], [5], [6]])
  }

  @Test func `a full queue and a device's second job are turned away at once`() async throws {
    let store = Store()
    var bounds = Sequencer<Int>.Bounds()
    bounds.waitingJobsMax = 2
    let sequencer = Sequencer<Int>(bounds: bounds) { try store.commit($0) }
    let device = Bytes16(high: 0, low: 8)
    let first = Task { try await sequencer.run(1, bytes: 1, device: device) }
    await store.hasBegun()
    await #expect(throws: Sequencer<Int>.Refusal.deviceBusy) {
      try await sequencer.run(2, bytes: 1, device: device)
    }
    let second = await submit(3, device: 9, to: sequencer)
    let third = await submit(4, to: sequencer)
    await #expect(throws: Sequencer<Int>.Refusal.full(seconds: 1)) {
      try await sequencer.run(5, bytes: 1, device: nil)
    }
    store.mayGoOn.signal()
    store.mayGoOn.signal()
    for task in [first, second, third] { try await task.value }
    // Once answered, the device may come again.
    store.mayGoOn.signal()
    try await sequencer.run(6, bytes: 1, device: device)
    #expect(store.batches.withLock { $0 } == [[1], [3, 4], [6]])
  }

  @Test func `who would wait long is told when to come, each after the one before`() async throws {
    let store = Store()
    var bounds = Sequencer<Int>.Bounds()
    bounds.firstRate = 1_000_000
    let sequencer = Sequencer<Int>(bounds: bounds) { try store.commit($0) }
    // Twenty seconds of work.
    let first = Task { try await sequencer.run(1, bytes: 20_000_000, device: nil) }
    await store.hasBegun()
    func seconds(_ bytes: Int) async -> Int {
      do { try await sequencer.run(2, bytes: bytes, device: nil) } catch {
        if case .full(let seconds)? = error as? Sequencer<Int>.Refusal { return seconds }
      }
      return 0
    }
    // Some seconds less where the machine took them to get here.
    #expect(await seconds(5_000_000) == 20)
    #expect((21...25).contains(await seconds(30_000_000)))
    #expect((51...55).contains(await seconds(31_000_000)))
    // Nobody is sent away for longer than a minute, nor counted for then.
    #expect(await seconds(1_000_000) == 60)
    #expect((81...86).contains(sequencer.secondsUntilRoom))
    // A small job is not sent away.
    let small = await submit(3, bytes: 16 << 10, to: sequencer)
    store.mayGoOn.signal()
    store.mayGoOn.signal()
    try await first.value
    try await small.value
  }

  @Test func `what is being read counts like what waits, and is given back when it is no push`()
    async throws
  {
    let store = Store()
    var bounds = Sequencer<Int>.Bounds()
    bounds.firstRate = 1_000_000
    let sequencer = Sequencer<Int>(bounds: bounds) { try store.commit($0) }
    let device = Bytes16(high: 0, low: 8)
    var place: Sequencer<Int>.Place? = try sequencer.place(bytes: 3_000_000, device: device)
    #expect(throws: Sequencer<Int>.Refusal.deviceBusy) {
      try sequencer.place(bytes: 1, device: device)
    }
    #expect(throws: Sequencer<Int>.Refusal.full(seconds: 3)) {
      try sequencer.place(bytes: 100_000, device: nil)
    }
    #expect(sequencer.waitingJobs == 0 && place != nil)
    place = nil
    // Nobody is ahead any more, and the device may come again.
    let next = try sequencer.place(bytes: 3_000_000, device: device)
    let task = Task {
      try await sequencer.run(1, bytes: 3_000_000, device: device, in: next)
    }
    await store.hasBegun()
    // It is not counted for both what is read and what is written.
    #expect((3...4).contains(sequencer.secondsUntilRoom))
    await #expect(throws: Sequencer<Int>.Refusal.deviceBusy) {
      try await sequencer.run(2, bytes: 1, device: device, in: next)
    }
    store.mayGoOn.signal()
    try await task.value
    #expect(store.batches.withLock { $0 } == [[1]])
  }

  @Test func `a commit that fails acknowledges none of its batch, and the next one runs`()
    async throws
  {
    let store = Store()
    let sequencer = Sequencer<Int> { try store.commit($0) }
    let first = Task { try await sequencer.run(1, bytes: 1, device: nil) }
    await store.hasBegun()
    let second = await submit(2, to: sequencer)
    let third = await submit(13, to: sequencer)
    for _ in 1...3 { store.mayGoOn.signal() }
    try await first.value
    await #expect(throws: Store.Failed.self) { try await second.value }
    await #expect(throws: Store.Failed.self) { try await third.value }
    try await sequencer.run(4, bytes: 1, device: nil)
  }

  @Test func `administration runs between two batches`() async throws {
    let log = CommitLog()
    let sequencer = Sequencer<Int> { _ in log.commit() }
    await withTaskGroup(of: Void.self) { group in
      for job in 0..<200 {
        group.addTask {
          if job.isMultiple(of: 4) {
            sequencer.exclusively { log.administer() }
          } else {
            try? await sequencer.run(job, bytes: 1, device: nil)
          }
        }
      }
    }
    #expect(log.administered == 50)
    #expect(!log.overlapped)
  }

  private final class CommitLog: Sendable {
    private struct State {
      var isBusy = false
      var overlapped = false
      var administered = 0
    }
    private let state = Mutex(State())
    var overlapped: Bool { state.withLock { $0.overlapped } }
    var administered: Int { state.withLock { $0.administered } }

    func commit() { occupy() }
    func administer() {
      occupy()
      state.withLock { $0.administered += 1 }
    }

    private func occupy() {
      state.withLock {
        if $0.isBusy { $0.overlapped = true }
        $0.isBusy = true
      }
      state.withLock { $0.isBusy = false }
    }
  }
}
