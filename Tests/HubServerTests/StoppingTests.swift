import Crypto
import Dispatch
import Forms
import Foundation
import Logging
import ReplicaStore
import SyncCore
import Synchronization
import Testbed
import Testing

@testable import HubServer
@testable import SyncClient

@Suite struct StoppingTests {
  @Test func `a stop answers what is being worked on`() async throws {
    let hub = try LiveHub()
    try await hub.serving { serving in
      let line = try await RawLine.open(port: serving.announcement.address.port)
      try await line.write(
        "POST /v1/exchange HTTP/1.1\r\nhost: h\r\ncontent-type: application/yarrow-sync\r\ncontent-length: 100\r\nexpect: 100-continue\r\n\r\n"
      )
      try await line.write(String(repeating: "x", count: 50))
      // A second connection that is answered shows that the hub has read the first one's head.
      let probe = serving.transport()
      await #expect(throws: SyncFailure.self) { try await probe.exchange([]) }
      await probe.close()
      let stopping = Task { try await serving.stop() }
      try await line.write(String(repeating: "x", count: 50))
      #expect(try await line.rest.hasPrefix("HTTP/1.1 400 "))
      try await stopping.value
      await #expect(throws: (any Error).self) {
        try await RawLine.open(port: serving.announcement.address.port)
      }
    }
    // The home is free again.
    #expect(try !hub.control().isServed)
  }

  @Test func `a hub that is busy says so with a signature, and to each device on its own`()
    async throws
  {
    let hub = try LiveHub()
    let liaison = try hub.device("liaison", ["north"], name: "liaison")
    let office = try hub.device("caseworker", ["north"], name: "office")
    let store = try HubStore(
      home: hub.home, key: LiveHub.hubKey, now: { Int64(Date().timeIntervalSince1970) })
    let mayGoOn = DispatchSemaphore(value: 0)
    let started = AsyncStream.makeStream(of: Void.self)
    let holds = Mutex(false)
    let sequencer = Sequencer<HubJob> { jobs in
      if holds.withLock({ $0 }) {
        started.continuation.yield()
        mayGoOn.wait()
      }
      try store.commit(jobs)
    }
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let service = ExchangeService(store: store, sequencer: sequencer, logger: logger)
    let line = ServiceTransport(service: service)
    for replica in [liaison, office] {
      let client = SyncClient(replica: replica, transport: line)
      #expect(try await client.join() == nil)
      #expect(try await client.sync().complete)
    }
    // Only what has something to write waits for the writer.
    _ = try office.record(
      form: "report",
      answers: Answers([
        "district": .value(.text("north")), "received_at": .value(.text("2026-03-01T09:00:00Z")),
        "channel": .value(.text("phone")),
      ]))
    holds.withLock { $0 = true }
    let first = Task {
      defer { started.continuation.finish() }
      return try await SyncClient(replica: office, transport: line).sync()
    }
    _ = await started.stream.first { _ in true }
    // The office's exchange is in the writer's hands: another of the same device is put off.
    let again = try office.nextRequest(byteBudget: 1_000, pushBytesMax: 100_000)
    guard case .message(let answer, _, _) = await service.answer(again.bytes) else {
      Issue.record("not a message")
      return
    }
    #expect(
      try office.receive(answer, to: again).next
        == .busy(seconds: UInt64(ExchangeService.deviceBusySeconds)))
    holds.withLock { $0 = false }
    mayGoOn.signal()
    #expect(try await first.value.complete)
    #expect(try await SyncClient(replica: liaison, transport: line).sync().complete)
  }
}

/// The service without the network.
struct ServiceTransport: HubTransport {
  let service: ExchangeService

  func exchange(_ message: [UInt8]) async throws -> (bytes: [UInt8], hubTime: Int64?) {
    switch await service.answer(message) {
    case .message(let bytes, _, _): return (bytes, nil)
    case .status(let code): throw SyncFailure(HTTPStatus.failure(code, retryAfter: nil))
    case .later(let seconds): throw SyncFailure(.unreachable(retryAfter: seconds))
    }
  }
}
