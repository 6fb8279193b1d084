import Forms
import ReplicaStore
import SyncCore
import SyncWire
import Synchronization
import Testing

@testable import SyncClient

/// A line that breaks while a person waits (sync §7).
@Suite struct PatienceTests {
  private let town: Town
  private let liaison: Replica
  /// The types of the messages that were sent, the lost ones too.
  private let sent = Sent()

  private final class Sent: Sendable {
    let types = Mutex<[MessageType?]>([])
  }

  init() async throws {
    town = try Town()
    liaison = try await town.member(.liaison, ["north"], name: "liaison")
    _ = try liaison.record(form: "report", answers: report(0))
    _ = try await town.client(liaison).sync()
    // Small exchanges to begin with, so that there are several.
    try liaison.keep(lineRate: 500)
    for number in 1...60 { _ = try liaison.record(form: "report", answers: report(number)) }
  }

  private func report(_ number: Int) -> Answers {
    Town.report(["summary": .value(.text("Report number \(number), which nobody else wrote."))])
  }

  /// A client whose line breaks at these messages, counted from 1.
  private func client(
    _ how: InMemoryTransport.Cut, breakingAt isBroken: @escaping @Sendable (Int) -> Bool
  ) -> SyncClient {
    let line = InMemoryTransport(town.hub) { isBroken($0) ? how : nil }
    let sent = sent
    let noting = ScriptedTransport { message in
      sent.types.withLock { $0.append(MessageType(of: message)) }
      return try await line.exchange(message).bytes
    }
    var client = SyncClient(replica: liaison, transport: noting)
    client.pause = .zero
    return client
  }

  @Test func `what the hub took before the line broke is asked for, and not sent again`()
    async throws
  {
    let client = client(.after) { $0 == 2 }
    #expect(try await client.sync(patience: .seconds(60)).complete)
    #expect(sent.types.withLock { $0 } == [.shortPush, .shortPush, .shortRequest])
    try expectAllThere()
  }

  @Test func `what was lost on the way is sent again, once the hub has said so`() async throws {
    let client = client(.before) { $0 == 2 }
    #expect(try await client.sync(patience: .seconds(60)).complete)
    let types = sent.types.withLock { $0 }
    #expect(types.prefix(3) == [.shortPush, .shortPush, .shortRequest])
    #expect(types.dropFirst(3).allSatisfy { $0 == .shortPush } && types.count > 3)
    try expectAllThere()
  }

  @Test func `without patience a broken line ends the sync`() async throws {
    let client = client(.before) { $0 == 2 }
    await #expect(throws: SyncFailure(.unreachable(retryAfter: nil))) { try await client.sync() }
    #expect(sent.types.withLock { $0.count } == 2)
    #expect(try await town.client(liaison).sync().complete)
    try expectAllThere()
  }

  @Test func `a line that was never there is not waited for`() async throws {
    let client = client(.before) { _ in true }
    await #expect(throws: SyncFailure(.unreachable(retryAfter: nil))) {
      try await client.sync(patience: .seconds(60))
    }
    #expect(sent.types.withLock { $0.count } == 1)
  }

  @Test func `where nobody listens any more the sync ends, and nothing is lost`() async throws {
    let client = client(.before) { $0 > 1 }
    await #expect(throws: SyncFailure(.unreachable(retryAfter: nil))) {
      try await client.sync(patience: .seconds(600))
    }
    #expect(sent.types.withLock { $0.count } == 2 + Patience.quickFailuresMax)
    let status = try liaison.status()
    #expect(status.pending > 0 && status.received + status.pending == status.saved)
    #expect(try await town.client(liaison).sync().complete)
    try expectAllThere()
  }

  private func expectAllThere() throws {
    let status = try liaison.status()
    #expect(status.received == status.saved && status.pending == 0)
    #expect(try town.store.status().entries == status.saved, "an entry was stored twice or lost")
    #expect(try town.store.verify().problems.isEmpty)
  }
}
