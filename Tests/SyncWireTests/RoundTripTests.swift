import SyncCore
import Testing

@testable import SyncWire

/// Whatever this implementation writes, it reads, and nothing is lost (wire-format §2).
@Suite struct RoundTripTests {
  private static let signature = [UInt8](repeating: 0, count: MessageFrame.signatureBytes)

  @Test(arguments: [21, 22, 23, 24] as [UInt64])
  func `random requests come back as they were`(seed: UInt64) throws {
    print("seed \(seed)")
    var messages = RandomMessages(seed: seed, limits: .tiny)
    for _ in 0..<150 {
      let request = messages.request()
      let unsigned = MessageFrame.encode(request)
      let received = try read(unsigned, of: request)
      #expect(received.request == request && !received.pushBeginsBeyondHead)
      #expect(MessageFrame.encode(received.request) == unsigned)
    }
  }

  @Test(arguments: [31, 32, 33, 34] as [UInt64])
  func `random responses come back as they were`(seed: UInt64) throws {
    print("seed \(seed)")
    var messages = RandomMessages(seed: seed, limits: .tiny)
    for _ in 0..<150 {
      let response = messages.response()
      let claimed = messages.claim(of: response)
      let unsigned = MessageFrame.encode(response, claimed: claimed)
      var received = try MessageFrame(syncResponse: unsigned + Self.signature, limits: .specified)
        .syncResponse(Self.context(response, claimed), limits: .tiny)
      #expect(received.checkpoint.map { TreeClaim($0) } == response.tree)
      received.checkpoint = nil
      #expect(received == response)
      #expect(MessageFrame.encode(received, claimed: claimed) == unsigned)
    }
  }

  @Test func `a membership is written in order, whatever order it came in`() throws {
    var response = SyncResponse(
      status: .done, hubEpoch: 1, token: [UInt8](repeating: 0, count: 16), head: .empty)
    response.membership = Membership(
      version: 1, role: .caseWorker, areas: ["south", "east"], programmeAreas: ["b", "ab", "a"],
      url: "https://hub.example")
    let unsigned = MessageFrame.encode(response, claimed: .empty)
    let received = try MessageFrame(syncResponse: unsigned + Self.signature, limits: .specified)
      .syncResponse(Self.context(response, .empty), limits: .specified)
    #expect(received.membership?.areas == ["east", "south"])
    #expect(received.membership?.programmeAreas == ["a", "ab", "b"])
  }

  @Test func `every limit ends a message one step beyond it`() throws {
    var messages = RandomMessages(seed: 41, limits: .specified)
    var request = messages.request()
    request.push = nil
    request.streams = (0..<9).map {
      .init(stream: .area("a\($0)"), count: 0, hash: Bytes16(high: 0, low: 0))
    }
    #expect(throws: WireError(.malformed(.tooLong))) {
      try read(MessageFrame.encode(request), of: request)
    }
    request.streams.removeLast()
    #expect(try read(MessageFrame.encode(request), of: request).request == request)

    var large = Limits.tiny
    large.entriesPerPushMax = 4
    var many = RandomMessages(seed: 42, limits: large)
    var pushed = many.request()
    while pushed.push?.entries.count != 4 { pushed = many.request() }
    #expect(throws: WireError(.malformed(.tooLong))) {
      try read(MessageFrame.encode(pushed), of: pushed)
    }

    let long = [UInt8](repeating: 1, count: Limits.tiny.messageBytesMax + 1)
    #expect(throws: WireError(.tooLong)) {
      try MessageFrame(long, expecting: .syncRequest, limits: .tiny)
    }
  }

  @Test(arguments: [-1, 0, 1]) func `the clear part may be as long as its limit`(beyond: Int) throws
  {
    var limits = Limits.tiny
    // An array of nothing but text: it need not be a request to be too long.
    let content = [UInt8](repeating: 0x60, count: limits.clearBytesMax + beyond)
    let message =
      MessageFrame.assemble(
        type: .syncRequest, head: [UInt8](repeating: 1, count: 16), .init(clear: content, opaque: []))
      + Self.signature
    limits.messageBytesMax = message.count
    if beyond > 0 {
      #expect(throws: WireError(.inflate)) {
        try MessageFrame(message, expecting: .syncRequest, limits: limits)
      }
    } else {
      #expect(try MessageFrame(message, expecting: .syncRequest, limits: limits).clear == content)
    }
  }

  @Test func `a push that overlaps what is held is rebuilt from the entry before it`() throws {
    var messages = RandomMessages(seed: 43, limits: .tiny)
    var request = messages.request()
    while request.push?.entries.first?.envelope.seq ?? 1 == 1 { request = messages.request() }
    let unsigned = MessageFrame.encode(request)
    let first = try #require(request.push?.entries.first?.envelope)
    let context = MessageFrame.PushContext(
      programme: RandomMessages.programme, origin: request.origin
    ) { seq, _ in seq == first.seq - 1 ? Digest32(Array(repeating: 1, count: 32)) : nil }
    let frame = try MessageFrame(
      unsigned + Self.signature, expecting: .syncRequest, limits: .specified)
    let received = try frame.syncRequest(context, limits: .tiny)
    // Under another previous entry it is another entry: its segment's signature will not fit.
    #expect(received.request.push?.entries.first?.hash != request.push?.entries.first?.hash)
    let nothing = try frame.syncRequest(
      .init(programme: RandomMessages.programme, origin: request.origin) { _, _ in nil },
      limits: .tiny)
    #expect(nothing.pushBeginsBeyondHead && nothing.request.push == nil)
  }

  private static func context(_ response: SyncResponse, _ claimed: LogHead) -> ResponseContext {
    ResponseContext(
      programme: RandomMessages.programme, hubEpoch: response.hubEpoch, answering: .zero,
      claimed: claimed)
  }

  @discardableResult
  private func read(
    _ unsigned: [UInt8], of request: SyncRequest
  ) throws -> MessageFrame.ReceivedRequest {
    let previous = request.push?.entries.first?.envelope.previous
    return try MessageFrame(
      unsigned + Self.signature, expecting: .syncRequest, limits: .specified
    ).syncRequest(
      .init(programme: RandomMessages.programme, origin: request.origin) { _, _ in previous },
      limits: .tiny)
  }
}
