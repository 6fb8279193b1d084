import Identity
import SyncCore
import Testing

@testable import ReplicaStore

/// A request that goes out while the answer before it is stored (sync §7).
@Suite struct AheadTests {
  private struct NotStored: Error {}

  private func settledOffice(_ village: Village, reports: Int) throws -> Replica {
    let office = try village.join(.caseWorker, ["north"], name: "office")
    try village.admit(office, areas: ["north"])
    let liaison = try village.settledLiaison()
    try village.sync(office)
    for number in 1...reports { try village.report(by: liaison, "Report number \(number).") }
    try village.sync(liaison)
    return office
  }

  @Test func `it is the request that would be made afterwards`() throws {
    let village = try Village()
    let office = try settledOffice(village, reports: 120)
    var ahead = 0
    while true {
      let sent = try office.nextRequest(byteBudget: 4_096, pushBytesMax: 4_096)
      var asked: Replica.Outgoing?
      let answer = try #require(try village.answer(sent.bytes))
      let received = try office.receive(answer, to: sent) {
        asked = try office.request(from: $0, byteBudget: 4_096)
      }
      guard received.next == .again else {
        #expect(asked == nil)
        break
      }
      ahead += 1
      let after = try office.nextRequest(byteBudget: 4_096, pushBytesMax: 4_096)
      #expect(asked?.bytes == after.bytes)
    }
    #expect(ahead > 3)
    #expect(try office.list().count == 120)
  }

  @Test func `what was not stored is asked for again, and nothing is missing`() throws {
    let village = try Village()
    let office = try settledOffice(village, reports: 60)
    let sent = try office.nextRequest(byteBudget: 4_096, pushBytesMax: 4_096)
    let answer = try #require(try village.answer(sent.bytes))
    #expect(throws: NotStored.self) {
      try office.receive(answer, to: sent) {
        let asked = try office.request(from: $0, byteBudget: 4_096)
        #expect(try village.answer(asked.bytes) != nil)
        throw NotStored()
      }
    }
    #expect(try office.list().isEmpty)
    #expect(
      try office.nextRequest(byteBudget: 4_096, pushBytesMax: 4_096).bytes == sent.bytes)
    try village.sync(office)
    #expect(try office.list().count == 60)
    #expect(try office.verify().problems == [])
  }

  @Test func `nothing goes ahead of a push, nor of what the authority says`() throws {
    let village = try Village()
    let liaison = try village.settledLiaison()
    for number in 1...40 { try village.report(by: liaison, "Report number \(number).") }
    let pushed = try liaison.nextRequest(byteBudget: 4_096, pushBytesMax: 2_048)
    let first = try #require(try village.answer(pushed.bytes))
    #expect(try liaison.receive(first, to: pushed) { _ in throw NotStored() }.next == .again)
    try village.sync(liaison)

    // Statements are the first that a reader is told.
    let office = try village.join(.caseWorker, ["north"], name: "office")
    try village.admit(office, areas: ["north"])
    let sent = try office.nextRequest(byteBudget: 4_096, pushBytesMax: 4_096)
    let answer = try #require(try village.answer(sent.bytes))
    #expect(throws: Never.self) { try office.receive(answer, to: sent) { _ in throw NotStored() } }
  }

  // MARK: Pushes that are laid out before

  private func pushing(_ village: Village, reports: Int) throws -> Replica {
    let liaison = try village.settledLiaison()
    for number in 1...reports { try village.report(by: liaison, "Report number \(number).") }
    return liaison
  }

  @Test func `a push laid out before is the one that would be made afterwards`() throws {
    let village = try Village()
    let liaison = try pushing(village, reports: 40)
    var pushes = 0
    var sent = try liaison.nextRequest(byteBudget: 4_096, pushBytesMax: 512)
    while true {
      let prepared = try liaison.preparePush(after: sent, bytesMax: 512)
      let answer = try #require(try village.answer(sent.bytes))
      guard try liaison.receive(answer, to: sent).next == .again else {
        #expect(prepared == nil)
        break
      }
      let next = try #require(prepared)
      sent = try liaison.nextRequest(byteBudget: 4_096, pushBytesMax: 512, prepared: next)
      pushes += 1
      let fresh = try liaison.nextRequest(byteBudget: 4_096, pushBytesMax: 512)
      #expect(sent.bytes == fresh.bytes)
    }
    #expect(pushes > 3)
    #expect(try liaison.status().pending == 0)
    #expect(try village.hub.status().records == 40)
  }

  @Test func `it is not sent when the hub took less, or the line takes less`() throws {
    let village = try Village()
    let liaison = try pushing(village, reports: 40)
    let sent = try liaison.nextRequest(byteBudget: 4_096, pushBytesMax: 2_048)
    let prepared = try #require(try liaison.preparePush(after: sent, bytesMax: 2_048))
    // The message was lost: the next one begins where this one did.
    let again = try liaison.nextRequest(
      byteBudget: 4_096, pushBytesMax: 2_048, prepared: prepared)
    #expect(again.request?.push?.entries == sent.request?.push?.entries)
    let answer = try #require(try village.answer(again.bytes))
    #expect(try liaison.receive(answer, to: again).next == .again)
    let small = try liaison.nextRequest(
      byteBudget: 4_096, pushBytesMax: 1_024, prepared: prepared)
    #expect(small.bytes.count < 2_048)
    try village.sync(liaison)
    #expect(try village.hub.status().records == 40)
  }

  @Test func `what was taken back meanwhile does not go out`() throws {
    let village = try Village()
    let liaison = try pushing(village, reports: 4)
    let last = try #require(try liaison.list().first)
    let sent = try liaison.nextRequest(byteBudget: 4_096, pushBytesMax: 200)
    let prepared = try #require(try liaison.preparePush(after: sent, bytesMax: 1 << 16))
    _ = try liaison.undo(last.record)
    let answer = try #require(try village.answer(sent.bytes))
    #expect(try liaison.receive(answer, to: sent).next == .again)
    let next = try liaison.nextRequest(
      byteBudget: 4_096, pushBytesMax: 1 << 16, prepared: prepared)
    #expect(next.request?.push?.entries.contains { $0.envelope.record == last.record } == false)
    try village.sync(liaison)
    #expect(try village.hub.status().records == 3)
  }
}
