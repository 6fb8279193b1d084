import Forms
import Identity
import SyncCore
import SyncWire
import Synchronization
import Testing

@testable import ReplicaStore
@testable import SyncClient

@Suite struct SyncLoopTests {
  @Test func `a sync says what it pushed, pulled and proved`() async throws {
    let town = try Town()
    let liaison = try await town.member(.liaison, ["north"], name: "liaison")
    let office = try await town.member(.caseWorker, ["north"], name: "office")
    _ = try liaison.record(form: "report", answers: Town.report())
    let saved = try liaison.status()
    let report = try await town.client(liaison).sync()
    #expect(report.complete)
    #expect(report.pushed == saved.pending)
    #expect(report.received == saved.pending)
    #expect(report.checkpoint?.size == town.store.checkpoint?.size)
    #expect(report.bytesUp > 0 && report.bytesDown > 0)
    let pulled = try await town.client(office).sync()
    #expect(pulled.pulled >= 1)
    #expect(pulled.pushed == 0)
    let idle = try await town.client(liaison).sync()
    #expect(idle.roundTrips == 1)
    #expect(idle.pushed == 0 && idle.pulled == 0 && idle.received == 0)
  }

  @Test func `grants to a reader who was just admitted go out in the same sync`() async throws {
    let town = try Town()
    let liaison = try await town.member(.liaison, ["north"], name: "liaison")
    let words = Town.report(["summary": .value(.text("Words for the office."))])
    _ = try liaison.record(form: "report", answers: words)
    _ = try await town.client(liaison).sync()
    let office = try await town.member(.caseWorker, ["north"], name: "office")
    try town.admit(office, areas: ["north"])
    let report = try await town.client(liaison).sync()
    #expect(report.complete)
    #expect(report.pushed == 1)
    #expect(try office.list().map(\.unopened) == [1])
    _ = try await town.client(office).sync()
    #expect(try office.list().map(\.unopened) == [0])
  }

  @Test func `a hub in recovery takes all it lacks in one sync, and nothing of it counts`()
    async throws
  {
    let town = try Town()
    let liaison = try await town.member(.liaison, ["north"], name: "liaison")
    var generator: any RandomNumberGenerator = SystemRandomNumberGenerator()
    for _ in 0..<300 {
      let text = (0..<200).map { _ in String(generator.next(), radix: 36) }.joined(separator: " ")
      _ = try liaison.record(
        form: "report", answers: Town.report(["summary": .value(.text(text))]))
    }
    town.store.live.withLock { $0.isRecovering = true }
    let report = try await town.client(liaison).sync()
    #expect(report.hubIsRecovering && !report.complete)
    #expect(report.roundTrips > 2)
    let status = try liaison.status()
    #expect(try town.store.status().records == 300)
    #expect(status.received == 0 && status.pending == status.saved)
    // Handing over what it has already costs one exchange.
    #expect(try await town.client(liaison).sync().roundTrips <= 2)
    town.store.live.withLock { $0.isRecovering = false }
    #expect(try await town.client(liaison).sync().complete)
    #expect(try liaison.status().received == status.saved)
    #expect(try town.store.status().records == 300)
  }

  @Test func `a hub that is in recovery by turns leads no device in a circle`() async throws {
    let town = try Town()
    let liaison = try await town.member(.liaison, ["north"], name: "liaison")
    for _ in 0..<3 { _ = try liaison.record(form: "report", answers: Town.report()) }
    let hub = town.hub
    let store = town.store
    let exchanges = Mutex(0)
    let transport = ScriptedTransport { message in
      let n = exchanges.withLock { count in
        count += 1
        return count
      }
      // By turns in recovery and well.
      store.live.withLock { $0.isRecovering = n % 2 == 1 }
      return try await InMemoryTransport(hub).exchange(message).bytes
    }
    _ = try? await SyncClient(replica: liaison, transport: transport).sync()
    #expect(exchanges.withLock { $0 } < 20)
  }

  @Test func `a budget ends a sync cleanly, and the next ones finish`() async throws {
    let town = try Town()
    let liaison = try await town.member(.liaison, ["north"], name: "liaison")
    var generator: any RandomNumberGenerator = SystemRandomNumberGenerator()
    for _ in 0..<60 {
      // Random, so that it does not deflate to nothing.
      let text = (0..<40).map { _ in String(generator.next(), radix: 36) }.joined(separator: " ")
      _ = try liaison.record(
        form: "report", answers: Town.report(["summary": .value(.text(text))]))
    }
    let first = try await town.client(liaison).sync(budget: 12_000)
    #expect(!first.complete)
    #expect(first.pushed > 0)
    #expect(first.bytesUp + first.bytesDown < 30_000)
    var syncs = 1
    while try await !town.client(liaison).sync(budget: 12_000).complete {
      syncs += 1
      try #require(syncs < 100)
    }
    #expect(syncs > 1)
    let status = try liaison.status()
    #expect(status.received == status.saved)
    #expect(try await !town.client(liaison).sync(budget: 0).complete)
  }

  @Test func `a stale token costs two more exchanges and nothing else`() async throws {
    let town = try Town()
    let liaison = try await town.member(.liaison, ["north"], name: "liaison")
    _ = try liaison.record(form: "report", answers: Town.report())
    town.clock.advance(days: 400)
    let report = try await town.client(liaison).sync()
    #expect(report.complete)
    #expect(report.roundTrips == 3)
    #expect(report.received == report.pushed)
  }

  @Test func `a hub that asks to come back is not an error of the device`() async throws {
    let town = try Town()
    let liaison = try await town.member(.liaison, ["north"], name: "liaison")
    _ = try liaison.record(form: "report", answers: Town.report())
    let store = town.store
    let busy = ScriptedTransport { message in
      guard case .work(let exchange) = try store.intake(message) else { return [] }
      return try #require(store.busyAnswer(exchange, seconds: 7))
    }
    await #expect(throws: SyncFailure(.unreachable(retryAfter: 7))) {
      try await SyncClient(replica: liaison, transport: busy).sync()
    }
    #expect(try await town.client(liaison).sync().received > 0)
  }

  @Test func `a busy hub's turn is waited for, as far as the patience reaches`() async throws {
    let town = try Town()
    let liaison = try await town.member(.liaison, ["north"], name: "liaison")
    _ = try liaison.record(form: "report", answers: Town.report())
    let (store, hub) = (town.store, town.hub)
    let turns = Mutex(0)
    func client(_ seconds: UInt64) -> SyncClient {
      let line = ScriptedTransport { message in
        let turn = turns.withLock { (turns: inout Int) -> Int in
          turns += 1
          return turns
        }
        // Three are sent away, and the fourth is let in.
        guard turn <= 3, case .work(let exchange) = try store.intake(message) else {
          return try await InMemoryTransport(hub).exchange(message).bytes
        }
        return try #require(store.busyAnswer(exchange, seconds: seconds))
      }
      return SyncClient(replica: liaison, transport: line)
    }
    await #expect(throws: SyncFailure(.unreachable(retryAfter: 7))) {
      try await client(7).sync(patience: .seconds(5))
    }
    #expect(turns.withLock { $0 } == 1)
    let report = try await client(0).sync(patience: .seconds(60))
    #expect(report.complete && report.received > 0 && report.roundTrips == 3)
  }

  @Test func `a hub that answers and takes nothing is not waited for over and over`() async throws {
    let town = try Town()
    let liaison = try await town.member(.liaison, ["north"], name: "liaison")
    let words = (0..<800).map { String($0 * 7_919 % 10_007, radix: 36) }.joined(separator: " ")
    _ = try liaison.record(
      form: "report", answers: Town.report(["summary": .value(.text(words))]))
    let hub = town.hub
    let pushes = Mutex(0)
    func client(_ seconds: Int) -> SyncClient {
      let line = ScriptedTransport { message in
        guard message.count > 1_000 else { return try await InMemoryTransport(hub).exchange(message).bytes }
        // A client that never gave up would come here for ever.
        guard pushes.withLock({
          $0 += 1
          return $0
        }) < 6 else { throw SyncFailure(.noProgress) }
        throw SyncFailure(.unreachable(retryAfter: seconds))
      }
      return SyncClient(replica: liaison, transport: line)
    }
    // It is busy: asked what it has between two attempts, it answers.
    await #expect(throws: SyncFailure(.unreachable(retryAfter: 1))) {
      try await client(1).sync(patience: .milliseconds(2_500))
    }
    #expect((2...3).contains(pushes.withLock { $0 }))
    // It can't work.
    await #expect(throws: SyncFailure(.unreachable(retryAfter: 60))) {
      try await client(60).sync(patience: .seconds(600))
    }
    #expect(try await town.client(liaison).sync().complete)
  }

  @Test func `a revoked device hands over what it holds once, and is told`() async throws {
    let town = try Town()
    let liaison = try await town.member(.liaison, ["north"], name: "liaison")
    _ = try liaison.record(form: "report", answers: Town.report())
    let origin = liaison.identity.origin
    try town.store.run { try $0.revoke(origin, reason: "lost") }
    await #expect(throws: SyncFailure(.revoked)) { try await town.client(liaison).sync() }
    #expect(try town.store.status().entries == liaison.status().saved)
  }

  @Test func `an answer to another message is refused and changes nothing`() async throws {
    let town = try Town()
    let liaison = try await town.member(.liaison, ["north"], name: "liaison")
    let hub = town.hub
    let old = Mutex<[UInt8]?>(nil)
    let replay = ScriptedTransport { message in
      if let answer = old.withLock({ $0 }) { return answer }
      let answer = try hub.answer(message)
      old.withLock { $0 = answer }
      return answer
    }
    let client = SyncClient(replica: liaison, transport: replay)
    #expect(try await client.sync().complete)
    _ = try liaison.record(form: "report", answers: Town.report())
    await #expect(throws: WireError(.signature)) { try await client.sync() }
    #expect(try liaison.status().received == 0)
  }

  @Test func `a hub that leads in a circle is left`() async throws {
    let town = try Town()
    let liaison = try await town.member(.liaison, ["north"], name: "liaison")
    let store = town.store
    let origin = liaison.identity.origin
    let asked = Mutex(0)
    let circle = ScriptedTransport { message in
      asked.withLock { $0 += 1 }
      let device = try store.device(prefix: origin.hex).device
      var response = store.plain(.done, device, .empty)
      response.more = true
      return try store.sign(response, claimed: nil, answering: Hash.sha256(message))
    }
    await #expect(throws: SyncFailure(.noProgress)) {
      try await SyncClient(replica: liaison, transport: circle).sync()
    }
    #expect(asked.withLock { $0 } < 10)
  }

  @Test func `a second sync of the same home is turned away`() async throws {
    let town = try Town()
    let liaison = try await town.member(.liaison, ["north"], name: "liaison")
    let lock = try SyncLock(liaison.home)
    do {
      _ = try await town.client(liaison).sync()
      Issue.record("both ran")
    } catch let error as StoreError { #expect(error.code == .busy) }
    withExtendedLifetime(lock) {}
  }
}
