import Forms
import Foundation
import Logging
import NIOCore
import NIOEmbedded
import ReplicaStore
import SyncCore
import Synchronization
import Testbed
import Testing

@testable import HubServer
@testable import SyncClient

/// Who is given a long answer, and until when (sync §6.4).
@Suite struct LongAnswersTests {
  private static func device(_ number: UInt64) -> Bytes16 { Bytes16(high: 0, low: number) }

  private static func turns(longMax: Int) -> AnswerTurns {
    AnswerTurns(ServiceLimits(longAnswersMax: longMax))
  }

  @Test func `a device has one long answer at a time, and few devices have one`() throws {
    let turns = Self.turns(longMax: 2)
    var first = turns.beginLong(for: Self.device(1))
    #expect(first != nil)
    #expect(turns.beginLong(for: Self.device(1)) == nil)
    let second = turns.beginLong(for: Self.device(2))
    #expect(second != nil)
    #expect(turns.beginLong(for: Self.device(3)) == nil)
    first = nil
    let again = turns.beginLong(for: Self.device(1))
    #expect(again != nil)
    withExtendedLifetime((second, again)) {}
  }

  /// A line whose long answer was begun, with the handler that counts what goes out.
  private static func line(_ turns: AnswerTurns, bytes: Int) throws -> (EmbeddedChannel, PeerTable) {
    let table = PeerTable(ServiceLimits())
    let channel = EmbeddedChannel(handler: SlowPeerHandler(ServiceLimits(), peers: table))
    channel.pipeline.fireChannelActive()
    table.keep(try #require(turns.beginLong(for: device(1))), for: channel, bytes: bytes)
    return (channel, table)
  }

  @Test func `a long answer is out until the last of its bytes went, and not only the first`() throws {
    let turns = Self.turns(longMax: 6)
    let (channel, _) = try Self.line(turns, bytes: 1_000)
    for (bytes, isOut) in [(100, true), (800, true), (200, false)] {
      channel.write(ByteBuffer(repeating: 0, count: bytes), promise: nil)
      #expect(turns.beginLong(for: Self.device(1)) == nil, "not flushed")
      channel.flush()
      #expect((turns.beginLong(for: Self.device(1)) == nil) == isOut)
    }
    _ = try channel.finish(acceptAlreadyClosed: true)
  }

  @Test func `a line that ends gives back what it was not sent`() throws {
    let turns = Self.turns(longMax: 6)
    let (channel, table) = try Self.line(turns, bytes: 1_000)
    #expect(turns.beginLong(for: Self.device(1)) == nil)
    table.leave(channel)
    #expect(turns.beginLong(for: Self.device(1)) != nil)
    _ = try channel.finish(acceptAlreadyClosed: true)
  }

  private final class Order: Sendable {
    private let numbers = Mutex<[Int]>([])
    var noted: [Int] { numbers.withLock { $0 } }
    func note(_ number: Int) { numbers.withLock { $0.append(number) } }
  }

  @Test func `what one device asks for is done one after the other, and another's meanwhile`() async throws {
    let turns = Self.turns(longMax: 6)
    let order = Order()
    let (go, started) = (AsyncStream.makeStream(of: Void.self), AsyncStream.makeStream(of: Void.self))
    let first = Task {
      await turns.alone(Self.device(1)) {
        started.continuation.yield()
        for await _ in go.stream { break }
        order.note(1)
      }
    }
    for await _ in started.stream { break }
    var others: [Task<Void?, Never>] = []
    for number in 2...5 {
      others.append(
        Task { await turns.alone(Self.device(1)) { order.note(number) } })
      while turns.waiting(for: Self.device(1)) < number - 1 { await Task.yield() }
    }
    // As many wait as may.
    #expect(await turns.alone(Self.device(1)) {} == nil)
    #expect(await turns.alone(Self.device(2)) { order.note(9) } != nil)
    go.continuation.yield()
    #expect(await first.value != nil)
    for task in others { #expect(await task.value != nil) }
    #expect(order.noted == [9, 1, 2, 3, 4, 5])
    #expect(await turns.alone(Self.device(1)) {} != nil)
  }

  @Test func `who did not fetch a long answer is given short ones, and comes to the end by them`() async throws {
    let hub = try LiveHub()
    let liaison = try hub.device("liaison", ["north"], name: "liaison")
    let office = try hub.device("caseworker", ["north"], name: "office")
    let store = try HubStore(
      home: hub.home, key: LiveHub.hubKey, now: { Int64(Date().timeIntervalSince1970) })
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let service = ExchangeService(
      store: store, sequencer: Sequencer { try store.commit($0) },
      limits: ServiceLimits(shortAnswerBytes: 4_096), logger: logger)
    let line = ServiceTransport(service: service)
    for replica in [liaison, office] {
      #expect(try await SyncClient(replica: replica, transport: line).join() == nil)
      #expect(try await SyncClient(replica: replica, transport: line).sync().complete)
    }
    for number in 1...40 {
      _ = try liaison.record(
        form: "report",
        answers: Answers([
          "district": .value(.text("north")), "received_at": .value(.text("2026-03-01T09:00:00Z")),
          "channel": .value(.text("phone")),
          "summary": .value(
            .text((0..<16).map { Hash.sha256(Array("\(number) \($0)".utf8)).hex }.joined())),
        ]))
    }
    #expect(try await SyncClient(replica: liaison, transport: line).sync().complete)
    func answer() async throws -> (bytes: Int, turn: AnswerTurns.Turn?) {
      let sent = try office.nextRequest(byteBudget: 500_000, pushBytesMax: 100_000)
      guard case .message(let bytes, _, let turn) = await service.answer(sent.bytes) else {
        throw HubServerError(.badAddress, "no message")
      }
      return (bytes.count, turn)
    }
    var long = try await answer()
    #expect(long.turn != nil && long.bytes > 20_000)
    let short = try await answer()
    #expect(short.turn == nil && short.bytes < 8_000)
    // The line with the long answer hangs; over another all of it comes nevertheless.
    let report = try await SyncClient(replica: office, transport: line).sync()
    #expect(report.complete && report.roundTrips > 3)
    #expect(try office.list().count == 40)
    long.turn = nil
  }
}
