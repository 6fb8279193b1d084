import Forms
import Foundation
import Identity
import Logging
import ReplicaStore
import SyncCore
import Synchronization
import Testbed
import Testing

@testable import HubServer
@testable import SyncClient

/// What the lines that a hub writes say of an exchange (threat-model §4).
@Suite struct LogTests {
  /// Keeps each line's fields in place of writing them.
  private struct Kept: LogHandler {
    let lines: Lines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace
    var metadataProvider: Logger.MetadataProvider?

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      let fields = (event.metadata ?? [:]).mapValues { "\($0)" }
      lines.all.withLock { $0.append(fields) }
    }
  }

  private final class Lines: Sendable {
    let all = Mutex<[[String: String]]>([])
  }

  /// Outcomes, numbers, and the first eight digits of an origin.
  private static func isPlain(_ value: String) -> Bool {
    ["answered", "later", "-"].contains(value) || value.hasPrefix("refused ") && value.count == 11
      || value.count <= 8 && value.allSatisfy(\.isHexDigit)
  }

  @Test
  func `a line holds an outcome, sizes and eight digits of an origin, and nothing of a message`()
    async throws
  {
    let hub = try LiveHub()
    let liaison = try hub.device("liaison", ["north"], name: "liaison")
    let store = try HubStore(
      home: hub.home, key: LiveHub.hubKey, now: { Int64(Date().timeIntervalSince1970) })
    let lines = Lines()
    let service = ExchangeService(
      store: store, sequencer: Sequencer { try store.commit($0) },
      logger: Logger(label: "test") { _ in Kept(lines: lines) })
    let client = SyncClient(replica: liaison, transport: ServiceTransport(service: service))
    #expect(try await client.join() == nil)
    #expect(try await client.sync().complete)
    _ = try liaison.record(
      form: "report",
      answers: Answers([
        "district": .value(.text("north")), "received_at": .value(.text("2026-03-01T09:00:00Z")),
        "channel": .value(.text("in_person")),
      ]))
    #expect(try await client.sync().complete)
    // What is no message is as much a stranger's text as any.
    _ = await service.answer(Array("She was told to wait.".utf8))

    let logged = lines.all.withLock { $0 }
    #expect(logged.count >= 3)
    let said = logged.flatMap(\.values).filter { !Self.isPlain($0) }
    #expect(said == [])
    #expect(!Self.isPlain(liaison.identity.origin.hex) && !Self.isPlain("in_person"))
  }
}
