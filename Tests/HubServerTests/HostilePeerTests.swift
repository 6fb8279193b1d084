import Crypto
import Foundation
import NIOCore
import ReplicaStore
import SyncCore
import Testbed
import Testing

@testable import HubServer
@testable import SyncClient

@Suite struct HostilePeerTests {
  @Test func `what is no message, too large or from a stranger gets a status and no body`()
    async throws
  {
    let hub = try LiveHub()
    let stranger = try hub.device("liaison", ["north"], name: "stranger")
    let liaison = try hub.device("liaison", ["north"], name: "liaison")
    try await hub.serving { serving in
      let line = serving.transport()
      for garbage in [
        [], [0], [UInt8](repeating: 0xFF, count: 300), [UInt8](repeating: 1, count: 60),
      ] {
        await #expect(throws: SyncFailure(.refusedByHub(status: 400))) {
          try await line.exchange(garbage)
        }
      }
      await #expect(throws: SyncFailure(.refusedByHub(status: 413))) {
        try await line.exchange([UInt8](repeating: 1, count: Limits.specified.messageBytesMax + 1))
      }
      // A message of a device that never joined: signed, and by nobody.
      var request = try stranger.joinRequest().bytes
      request[1] = 1
      await #expect(throws: SyncFailure(.notMember)) { try await line.exchange(request) }
      // The hub goes on serving members.
      let client = SyncClient(replica: liaison, transport: line)
      #expect(try await client.join() == nil)
      #expect(try await client.sync().complete)
      await line.close()
    }
  }

  private static let exchangeHead =
    "POST /v1/exchange HTTP/1.1\r\nhost: h\r\ncontent-type: application/yarrow-sync\r\n"

  @Test func `anything but an exchange is not found, and the answer says no more`() async throws {
    let others = [
      "GET / HTTP/1.1\r\nhost: h\r\n\r\n", "GET /v1/exchange HTTP/1.1\r\nhost: h\r\n\r\n",
      "POST /v1/exchange HTTP/1.1\r\nhost: h\r\ncontent-type: text/plain\r\n"
        + "content-length: 0\r\n\r\n",
      "POST /v1/exchange?x HTTP/1.1\r\nhost: h\r\ncontent-type: application/yarrow-sync\r\n"
        + "content-length: 0\r\n\r\n",
    ]
    let hub = try LiveHub()
    try await hub.serving { serving in
      for request in others {
        let line = try await RawLine.open(port: serving.announcement.address.port)
        try await line.write(request)
        let answer = try await line.rest
        #expect(answer.hasPrefix("HTTP/1.1 404 "))
        #expect(answer.hasSuffix("\r\n\r\n"))
        let names = answer.split(separator: "\r\n").dropFirst().compactMap {
          $0.split(separator: ":").first?.lowercased()
        }
        #expect(Set(names) == ["date", "content-length", "connection"])
      }
    }
  }

  @Test func `a body that is larger than it may be is not read to its end`() async throws {
    let hub = try LiveHub()
    try await hub.serving { serving in
      let head = Self.exchangeHead
      let declared = try await RawLine.open(port: serving.announcement.address.port)
      try await declared.write(head + "content-length: 1048577\r\n\r\n")
      #expect(try await declared.rest.hasPrefix("HTTP/1.1 413 "))
      let undeclared = try await RawLine.open(port: serving.announcement.address.port)
      try await undeclared.write(head + "transfer-encoding: chunked\r\n\r\n")
      let chunk = String(repeating: "x", count: 65_536)
      // The hub hangs up on the way; what is written after that is lost.
      for _ in 0..<17 { try? await undeclared.write("10000\r\n\(chunk)\r\n") }
      #expect(try await undeclared.rest.hasPrefix("HTTP/1.1 413 "))
    }
  }

  @Test func `a line that does not begin a handshake ends at once, and is told nothing`() async throws {
    let hub = try LiveHub()
    try await hub.serving { serving in
      for start in ["GET / HTTP/1.1\r\n\r\n", "\u{16}\u{2}", "\u{16}\u{3}\u{1}\u{0}\u{0}", "\u{15}"] {
        let line = try await RawLine.open(port: serving.announcement.address.port, tls: false)
        try await line.write(start)
        #expect(try await line.rest == "")
      }
    }
  }

  @Test func `a handshake begins when its first record is there, and not before`() {
    let record = [22, 3, 1, 0, 3, 1, 2, 3] as [UInt8]
    for count in 0..<record.count {
      #expect(FirstBytesHandler.judge(ByteBuffer(bytes: record.prefix(count))) == .incomplete)
    }
    for whole in [record, record + [22, 3]] {
      #expect(FirstBytesHandler.judge(ByteBuffer(bytes: whole)) == .complete)
    }
    for foreign in [[23, 3, 1, 0, 3], [22, 2], [22, 3, 1, 0, 0], [22, 3, 1, 0x40, 1]] as [[UInt8]] {
      #expect(FirstBytesHandler.judge(ByteBuffer(bytes: foreign)) == .foreign)
    }
  }

  @Test func `a peer that says too little for too long is dropped`() async throws {
    let starts = [
      "", String(Self.exchangeHead.dropLast(9)), Self.exchangeHead + "content-length: 90\r\n\r\nx",
    ]
    let hub = try LiveHub()
    try await hub.serving(ServiceLimits(graceSeconds: 1)) { serving in
      let port = serving.announcement.address.port
      var lines = [try await RawLine.open(port: port, tls: false)]
      for start in starts {
        let line = try await RawLine.open(port: port)
        if !start.isEmpty { try await line.write(start) }
        lines.append(line)
      }
      // Each ends only because the hub closes.
      for line in lines { #expect(try await line.rest == "") }
    }
  }

  @Test(.timeLimit(.minutes(2)))
  func `a burst buys a slow body no more time than the grace`() async throws {
    let hub = try LiveHub()
    try await hub.serving(ServiceLimits(graceSeconds: 1)) { serving in
      let line = try await RawLine.open(port: serving.announcement.address.port)
      try await line.write(
        Self.exchangeHead + "content-length: 500000\r\n\r\n" + String(repeating: "x", count: 400_000))
      #expect(try await line.rest == "")
    }
  }

  @Test func `idle strangers make room for whoever comes`() async throws {
    let hub = try LiveHub()
    let liaison = try hub.device("liaison", ["north"], name: "liaison")
    try await hub.serving(ServiceLimits(connectionsMax: 3)) { serving in
      let port = serving.announcement.address.port
      var idle: [RawLine] = []
      for _ in 0..<3 { idle.append(try await RawLine.open(port: port, tls: false)) }
      let transport = serving.transport()
      let client = SyncClient(replica: liaison, transport: transport)
      #expect(try await client.join() == nil)
      try await Self.end(of: 1, in: idle)
      // Who joins is no member before; a member's line is not the one that goes.
      #expect(try await client.sync().complete)
      for _ in 0..<6 { idle.append(try await RawLine.open(port: port, tls: false)) }
      try await Self.end(of: 7, in: idle)
      #expect(try await client.sync().complete)
      await transport.close()
    }
  }

  /// Returns when so many of these lines have ended; which the hub took first is not for us to say.
  private static func end(of count: Int, in lines: [RawLine]) async throws {
    let (ends, continuation) = AsyncStream.makeStream(of: String?.self)
    for line in lines { Task { continuation.yield(try? await line.rest) } }
    var ended = 0
    for await rest in ends {
      #expect(rest == "")
      ended += 1
      if ended == count { return }
    }
  }

  @Test func `whoever makes room does so at once, whether it says goodbye or not`() async throws {
    let hub = try LiveHub()
    try await hub.serving(ServiceLimits(connectionsMax: 1)) { serving in
      let port = serving.announcement.address.port
      // TLS waits a second for the other side's goodbye; a busy machine may take as long, but not always.
      var quickest = Duration.seconds(60)
      for _ in 0..<5 where quickest > .milliseconds(800) {
        let held = try await RawLine.open(port: port)
        try await held.write(Self.exchangeHead + "content-length: 90\r\n\r\nx")
        try await held.deafen()
        let next = try await RawLine.open(port: port, tls: false)
        let began = ContinuousClock.now
        #expect(try await held.rest == "")
        quickest = min(quickest, ContinuousClock.now - began)
        next.close()
      }
      #expect(quickest < .milliseconds(800))
    }
  }

  @Test func `bodies that never end make room for one that does`() async throws {
    let hub = try LiveHub()
    let liaison = try hub.device("liaison", ["north"], name: "liaison")
    try await hub.serving(ServiceLimits(heldBytesMax: 300_000, stopSeconds: 1)) { serving in
      var slow: [RawLine] = []
      for _ in 0..<4 {
        let line = try await RawLine.open(port: serving.announcement.address.port)
        try await line.write(
          Self.exchangeHead + "content-length: 200000\r\n\r\n"
            + String(repeating: "x", count: 120_000))
        slow.append(line)
      }
      #expect(try await slow[0].rest == "")
      #expect(try await slow[1].rest == "")
      let transport = serving.transport()
      let client = SyncClient(replica: liaison, transport: transport)
      #expect(try await client.join() == nil)
      #expect(try await client.sync().complete)
      await transport.close()
    }
  }

  @Test func `a member that has nothing to say is dropped, and comes back unharmed`() async throws {
    let hub = try LiveHub()
    let liaison = try hub.device("liaison", ["north"], name: "liaison")
    try await hub.serving(ServiceLimits(graceSeconds: 1)) { serving in
      let transport = serving.transport()
      let client = SyncClient(replica: liaison, transport: transport)
      #expect(try await client.join() == nil)
      let idle = try await RawLine.open(port: serving.announcement.address.port)
      // When the hub has dropped this line, it has dropped the member's too.
      _ = try await idle.rest
      #expect(try await client.sync().complete)
      await transport.close()
    }
  }
}
