import NIOCore
import NIOEmbedded
import SyncCore
import Synchronization
import Testing

@testable import HubServer

/// Who goes when there is no more room (threat-model §6).
@Suite struct PeerTableTests {
  /// Lines by name, and those that were ended, in order.
  private final class Lines {
    let table: PeerTable
    private var channels: [String: EmbeddedChannel] = [:]
    private let cuts = Cuts()
    var ended: [String] { cuts.names.withLock { $0 } }

    private final class Cuts: Sendable {
      let names = Mutex<[String]>([])
    }

    init(bytesMax: Int) {
      var limits = ServiceLimits()
      limits.heldBytesMax = bytesMax
      table = PeerTable(limits)
    }

    func enter(_ name: String, isMember: Bool = false) {
      let channel = EmbeddedChannel()
      channels[name] = channel
      table.enter(channel) { [cuts] in cuts.names.withLock { $0.append(name) } }
      if isMember { table.prove(channel) }
    }

    func hold(_ name: String, _ bytes: Int) throws {
      table.hold(try #require(channels[name]), bytes: bytes)
    }

    /// Gives a long answer, of which nothing is in the line yet.
    func answer(_ name: String, _ bytes: Int, _ turn: AnswerTurns.Turn) throws {
      table.keep(turn, for: try #require(channels[name]), bytes: bytes)
    }

    func sent(_ name: String, _ bytes: Int) throws {
      table.sent(try #require(channels[name]), bytes: bytes)
    }
  }

  @Test func `a member who does not fetch an answer goes before a stranger's report`() throws {
    let lines = Lines(bytesMax: 1 << 20)
    lines.enter("stranger")
    lines.enter("member", isMember: true)
    try lines.hold("stranger", 2_000)
    try lines.hold("member", 1 << 20)
    #expect(lines.ended == ["member"])
  }

  @Test func `of those that hold much a stranger goes before a member, and of equals the first`() throws {
    let lines = Lines(bytesMax: 3 << 20)
    lines.enter("member", isMember: true)
    for name in ["first", "second"] { lines.enter(name) }
    for name in ["member", "second", "first"] { try lines.hold(name, 1 << 20) }
    #expect(lines.ended == [])
    try lines.hold("member", 2 << 20)
    #expect(lines.ended == ["first"])
  }

  @Test func `a long answer counts until it was taken, and what of it waits in the line only once`() throws {
    let turns = AnswerTurns(ServiceLimits())
    let lines = Lines(bytesMax: 1_000_000)
    lines.enter("member", isMember: true)
    lines.enter("stranger")
    let turn = try #require(turns.beginLong(for: Bytes16(high: 0, low: 1)))
    try lines.answer("member", 600_000, turn)
    try lines.hold("member", 100_000)
    try lines.hold("stranger", 400_000)
    #expect(lines.ended == [])
    try lines.sent("member", 200_000)
    try lines.hold("stranger", 600_000)
    #expect(lines.ended == [])
    try lines.hold("stranger", 600_001)
    #expect(lines.ended == ["stranger"])
  }

  @Test func `where nobody holds much, who holds little goes too`() throws {
    let lines = Lines(bytesMax: 100_000)
    lines.enter("member", isMember: true)
    lines.enter("stranger")
    try lines.hold("stranger", 60_000)
    try lines.hold("member", 60_000)
    #expect(lines.ended == ["stranger"])
  }
}
