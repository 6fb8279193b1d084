import Identity
import SyncCore
import SyncWire
import Testing

@testable import ReplicaStore

/// What a device knows, said by one digest (sync §2.3, wire-format §2.3).
@Suite struct ShortRequestTests {
  private let village: Village
  private let liaison: Replica

  init() throws {
    village = try Village()
    liaison = try village.join(.liaison, ["north"], name: "liaison")
    _ = try liaison.record(form: "report", answers: Village.report())
    try village.sync(liaison)
  }

  /// A short request of a state, signed by the liaison.
  private func message(_ state: DeviceState) -> [UInt8] {
    MessageSigning.sign(
      MessageFrame.encode(
        state.shortRequest(push: nil, byteBudget: 100_000), root: state.frontier.root ?? .zero),
      by: liaison.identity.signing, programme: liaison.programme.id)
  }

  private func response(_ state: DeviceState) throws -> SyncResponse {
    let message = message(state)
    return try village.response(try #require(try village.answer(message)), to: message, of: liaison)
  }

  @Test func `a quiet sync is one short exchange`() throws {
    let sent = try liaison.nextRequest(byteBudget: 700_000, pushBytesMax: 500_000)
    #expect(MessageType(of: sent.bytes) == .shortRequest && sent.isShort)
    let answer = try #require(try village.answer(sent.bytes))
    #expect(try liaison.receive(answer, to: sent).next == .complete)
    #expect(sent.bytes.count + answer.count <= 200)
  }

  @Test func `whatever a device knows otherwise than the hub, it is asked to say in full`() throws {
    let state = try liaison.deviceState()
    #expect(try response(state).status == .done)
    let changes: [(String, (inout DeviceState) -> Void)] = [
      ("token", { $0.token[15] ^= 1 }),
      ("membership", { $0.membershipVersion += 1 }),
      (
        "root",
        { state in
          let size = state.frontier.end
          state.frontier = CompactRange()
          for leaf in 0..<size { state.frontier.append(leaf: Hash.sha256([UInt8(leaf)])) }
        }
      ),
      ("tree", { $0.frontier.append(leaf: .zero) }),
      ("head", { $0.acknowledged.hash = Hash.sha256([1]) }),
      ("seq", { $0.acknowledged.seq += 1 }),
      ("streams", { $0.streams.removeLast() }),
      ("position", { $0.streams[$0.streams.count - 1].position.count += 1 }),
      ("running hash", { $0.streams[$0.streams.count - 1].position.hash = Hash.sha256([2]) }),
    ]
    for (what, change) in changes {
      var other = state
      change(&other)
      #expect(try response(other).status == .sayInFull, "\(what)")
    }
    var other = state
    other.hubEpoch += 1
    #expect(try response(other).status == .otherEpoch)
  }

  @Test func `who is no member, and a member with another digest, are told the same`() throws {
    _ = try liaison.record(form: "report", answers: Village.report())
    let sent = try liaison.nextRequest(byteBudget: 700_000, pushBytesMax: 500_000)
    #expect(MessageType(of: sent.bytes) == .shortPush)
    var stranger = sent.bytes
    var digest = sent.bytes
    let head = try MessageHead(sent.bytes, expecting: [.shortPush], limits: .specified)
    let sender = try #require(head.sender).bytes
    let at = try #require(sent.bytes.indices.first { sent.bytes[$0...].starts(with: sender) })
    stranger[at] ^= 1
    let stated = try #require(head.digest).bytes
    let digestAt = try #require(sent.bytes.indices.first { sent.bytes[$0...].starts(with: stated) })
    digest[digestAt] ^= 1
    for message in [stranger, digest] {
      guard case .refused(status: 409) = try village.hub.intake(message) else {
        Issue.record("not asked in full")
        continue
      }
    }
  }

  @Test func `a short push is taken only as it was signed, and once`() throws {
    _ = try liaison.record(form: "report", answers: Village.report())
    let entries = try village.hub.status().entries
    let sent = try liaison.nextRequest(byteBudget: 700_000, pushBytesMax: 500_000)
    let head = try MessageHead(sent.bytes, expecting: [.shortPush], limits: .specified)
    // Everything after the head, and the budget in it, which no digest of entries covers.
    for at in stride(from: head.signedPart.count - 60, to: sent.bytes.count, by: 7) {
      var altered = sent.bytes
      altered[at] ^= 4
      guard case .refused(let status) = try village.hub.intake(altered) else {
        Issue.record("byte \(at) may change")
        continue
      }
      #expect(status == 400 || status == 403)
    }
    #expect(try village.hub.status().entries == entries)
    let answer = try #require(try village.answer(sent.bytes))
    // The hub knows more now than the message says: whoever sends it again is asked in full.
    #expect(try village.answer(sent.bytes) != nil)
    #expect(try village.hub.status().entries == entries + 1)
    #expect(try liaison.receive(answer, to: sent).next == .complete)
    #expect(try liaison.status().pending == 0)
    #expect(try village.hub.verify().problems == [])
  }

  @Test func `a segment signed for another message is refused`() throws {
    _ = try liaison.record(form: "report", answers: Village.report())
    let state = try liaison.deviceState()
    let push = try #require(try liaison.nextPush(state, after: state.acknowledged.seq, bytesMax: 9_000))
    // The signature of a full request's segment, whose context is zero.
    let unsigned = MessageFrame.encode(
      state.shortRequest(push: push, byteBudget: 9_000), root: state.frontier.root ?? .zero)
    guard case .refused(status: 403) = try village.hub.intake(unsigned + push.signature) else {
      Issue.record("taken")
      return
    }
    #expect(try village.hub.status().entries == Int(state.acknowledged.seq))
  }

  @Test func `a device that asked in full speaks in short again`() throws {
    #expect(try liaison.sayInFull(after: liaison.nextRequest(byteBudget: 1_000, pushBytesMax: 1_000)))
    let full = try liaison.nextRequest(byteBudget: 100_000, pushBytesMax: 1_000)
    #expect(MessageType(of: full.bytes) == .syncRequest && !full.isShort)
    #expect(try !liaison.sayInFull(after: full))
    try village.sync(liaison)
    let next = try liaison.nextRequest(byteBudget: 100_000, pushBytesMax: 1_000)
    #expect(MessageType(of: next.bytes) == .shortRequest)
  }
}
