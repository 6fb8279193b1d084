import Dispatch
import Forms
import Foundation
import GRDB
import Identity
import ReplicaStore
import SyncCore
import Synchronization
import Testing

@testable import SyncClient

/// The line is used while an answer is stored (sync §7).
@Suite struct AheadTests {
  /// Holds a home's write lock on another thread, as another process would, until it is let go.
  private final class Lock: Sendable {
    private let letGo = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    init(_ replica: Replica) {
      let held = DispatchSemaphore(value: 0)
      Thread.detachNewThread { [letGo, ended] in
        try? replica.db.write { _ in
          held.signal()
          letGo.wait()
        }
        ended.signal()
      }
      held.wait()
    }

    func release() {
      letGo.signal()
      ended.wait()
    }
  }

  @Test func `the next answer is asked for before the last one is stored`() async throws {
    let town = try Town()
    let liaison = try await town.member(.liaison, ["north"], name: "liaison")
    // More than two answers take, each of the largest size.
    var generator: any RandomNumberGenerator = SystemRandomNumberGenerator()
    for _ in 1...300 {
      let words = (0..<300).map { _ in String(generator.next(), radix: 36) }
      _ = try liaison.record(
        form: "report",
        answers: Town.report(["summary": .value(.text(words.joined(separator: " ")))]))
    }
    _ = try await town.client(liaison).sync()
    let fresh = try town.device(.caseWorker, ["north"], name: "fresh")
    #expect(try await town.client(fresh).join() == nil)
    let clock = town.clock
    let beside = try Replica(
      opening: fresh.home, key: Town.deviceKey, environment: .init(now: { clock.now }))
    let lock = Mutex<Lock?>(nil)
    let locked = Mutex(0)
    let hub = InMemoryTransport(town.hub)
    let line = ScriptedTransport { message in
      // Whatever is stored waits for this message, which therefore has to come first.
      lock.withLock { $0.take() }?.release()
      let answer = try await hub.exchange(message).bytes
      if answer.count > 256 << 10, locked.withLock({ $0 }) == 0 {
        locked.withLock { $0 += 1 }
        lock.withLock { $0 = Lock(beside) }
      }
      return answer
    }
    #expect(try await SyncClient(replica: fresh, transport: line).sync().complete)
    #expect(locked.withLock { $0 } == 1 && hub.messages == 3)
    #expect(try fresh.list().count == 300)
    #expect(try fresh.verify().problems == [])
  }

  @Test func `a budget counts what was asked for ahead`() async throws {
    let town = try Town()
    let liaison = try await town.member(.liaison, ["north"], name: "liaison")
    for number in 1...120 {
      _ = try liaison.record(
        form: "report",
        answers: Town.report(["summary": .value(.text("Report \(number), of nobody else."))]))
    }
    _ = try await town.client(liaison).sync()
    let office = try town.device(.caseWorker, ["north"], name: "office")
    #expect(try await town.client(office).join() == nil)
    let moved = Mutex(0)
    let hub = InMemoryTransport(town.hub)
    let line = ScriptedTransport { message in
      let answer = try await hub.exchange(message).bytes
      moved.withLock { $0 += message.count + answer.count }
      return answer
    }
    let client = SyncClient(replica: office, transport: line)
    var syncs = 0
    while true {
      moved.withLock { $0 = 0 }
      let report = try await client.sync(budget: 6 << 10)
      #expect(report.bytesUp + report.bytesDown == moved.withLock { $0 })
      syncs += 1
      if report.complete { break }
    }
    #expect(syncs > 2)
    #expect(try office.list().count == 120)
  }
}
