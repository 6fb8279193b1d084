import Forms
import Identity
import SyncCore
import SyncWire
import Synchronization
import Testing

@testable import ReplicaStore

/// What a hub does less of when many come at once (sync §6.4).
@Suite struct CrowdedHubTests {
  let village: Village
  let liaison: Replica

  init() throws {
    village = try Village()
    liaison = try village.join(.liaison, ["north"], name: "liaison")
  }

  /// About 500 bytes when it is sealed.
  private static func incompressible(_ number: Int) -> String {
    (0..<16).map { Hash.sha256(Array("\(number) \($0)".utf8)).hex }.joined()
  }

  private func record(_ count: Int) throws {
    for number in 0..<count {
      _ = try liaison.record(
        form: "report",
        answers: Village.report([
          "summary": .value(.text(Self.incompressible(number)))
        ]))
    }
  }

  /// The push in short, and in full.
  private func pushes() throws -> [(sent: Replica.Outgoing, type: MessageType)] {
    let short = try liaison.nextRequest(byteBudget: 0, pushBytesMax: 500_000)
    _ = try liaison.sayInFull(after: short)
    let full = try liaison.nextRequest(byteBudget: 0, pushBytesMax: 500_000)
    return [(short, .shortPush), (full, .syncRequest)]
  }

  @Test func `a push that has to wait is sent away unread, and with a signature`() throws {
    try record(40)
    let held = try village.hub.status().entries
    for (sent, type) in try pushes() {
      #expect(MessageType(of: sent.bytes) == type)
      let asked = Mutex<[Int]>([])
      let intake = try village.hub.intake(sent.bytes) { sender, weight in
        #expect(sender == Bytes16(prefixOf: liaison.identity.origin))
        asked.withLock { $0.append(weight) }
        return 7
      }
      guard case .answer(let bytes) = intake else {
        Issue.record("not sent away")
        continue
      }
      #expect(asked.withLock { $0 } == [4 * sent.bytes.count])
      #expect(try liaison.receive(bytes, to: sent).next == .busy(seconds: 7))
    }
    #expect(try village.hub.status().entries == held)
    try village.sync(liaison)
    #expect(try village.hub.status().entries >= held + 40)
  }

  @Test func `of a push that has to wait nothing is read that its sender could have made up`() throws {
    try record(40)
    let sent = try #require(try pushes().last).sent
    // What is behind the head is signed, and no batch.
    var garbage = Array(sent.bytes.dropLast(MessageFrame.signatureBytes))
    for at in 100..<garbage.count { garbage[at] = 0xA5 }
    let message = MessageSigning.sign(
      garbage, by: liaison.identity.signing, programme: village.hub.keys.programme.id,
      answering: .zero)
    guard case .refused(status: 400) = try village.hub.intake(message) else {
      Issue.record("read as something")
      return
    }
    guard case .answer = try village.hub.intake(message, wait: { _, _ in 7 }) else {
      Issue.record("read before it was sent away")
      return
    }
  }

  @Test func `a stranger's push is not told when to come back`() throws {
    try record(40)
    for (sent, type) in try pushes() {
      var message = sent.bytes
      message[message.count - 1] ^= 1
      // Whose a short push is, its digest says; the signature can be checked only when it is read.
      guard type == .syncRequest else { continue }
      guard case .refused(status: 403) = try village.hub.intake(message, wait: { _, _ in 7 }) else {
        Issue.record("told")
        continue
      }
    }
  }

  @Test func `a report alone and a question are never sent away unread`() throws {
    try record(1)
    let push = try liaison.nextRequest(byteBudget: 0, pushBytesMax: 500_000)
    guard case .work = try village.hub.intake(push.bytes, wait: { _, _ in 7 }) else {
      Issue.record("sent away")
      return
    }
  }

  @Test func `an answer with less room says less, and that there is more`() throws {
    let office = try village.join(.caseWorker, ["north"], name: "office")
    try record(40)
    try village.sync(liaison)
    let sent = try office.nextRequest(byteBudget: 500_000, pushBytesMax: 500_000)
    guard case .ready(let prepared) = try village.hub.intake(sent.bytes) else {
      Issue.record("nothing to read")
      return
    }
    let (short, long) = (
      try prepared.layOut(room: AnswerRoom(bytes: 4_096)), try prepared.layOut()
    )
    #expect(short.isCut && !long.isCut)
    #expect(short.bytes.count < 8_000)
    #expect(long.bytes.count > 20_000)
    #expect(try office.receive(short.bytes, to: sent).next == .again)
    try village.sync(office)
    #expect(try office.list().count == 40)
    // Who asks for nothing is not cut.
    let quiet = try office.nextRequest(byteBudget: 0, pushBytesMax: 500_000)
    guard case .ready(let nothing) = try village.hub.intake(quiet.bytes) else { return }
    #expect(try !nothing.layOut(room: AnswerRoom(bytes: 4_096)).isCut)
  }
}
