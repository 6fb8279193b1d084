import Foundation
import Forms
import GRDB
import Identity
import SyncCore
import SyncWire
import Testing

@testable import ReplicaStore

/// Pushes that tell of earlier entries by their place in the log (wire-format §3.4).
@Suite struct ReferenceTests {
  private let village: Village
  private let liaison: Replica

  init() throws {
    village = try Village()
    liaison = try village.settledLiaison()
  }

  private static func counting(_ count: Int64) -> Answers {
    Answers(["persons_count": .value(.integer(count))])
  }

  private func next(_ replica: Replica) throws -> Replica.Outgoing {
    try replica.nextRequest(byteBudget: 700_000, pushBytesMax: 500_000)
  }

  /// Whether one of these entries stands in a message with its record or with what it replaces: both
  /// are in the opaque part, or in columns of hashes, which deflate leaves as they are.
  private func isWrittenOut(_ entries: [Entry], in message: [UInt8]) -> Bool {
    entries.contains { message.firstRange(of: $0.envelope.record.bytes) != nil }
  }

  private func ownEntries(_ replica: Replica, after seq: UInt64) throws -> [Entry] {
    let state = try replica.deviceState()
    return try replica.nextPush(state, after: seq, bytesMax: 500_000)?.entries ?? []
  }

  @Test(arguments: [1, 7, 8, 20]) func `a change names neither its record nor what it replaces`(
    count: Int
  ) throws {
    let records = try (0..<count).map { try village.report(by: liaison, "story \($0)") }
    for record in records { _ = try liaison.edit(record, answers: Self.counting(2)) }
    try village.sync(liaison)
    let head = try liaison.deviceState().acknowledged.seq
    for record in records.shuffled() { _ = try liaison.edit(record, answers: Self.counting(3)) }
    let entries = try ownEntries(liaison, after: head)
    let sent = try next(liaison)
    #expect(sent.isShort && entries.count == count && !isWrittenOut(entries, in: sent.bytes))
    // The same without references: that the search finds what stands there.
    let push = try #require(sent.request?.push)
    var plain = MessageWriter()
    Batch.write(push.entries, to: &plain)
    let batch = plain.message(.shortPush, sender: liaison.identity.origin)
    #expect(isWrittenOut(entries, in: batch))
    #expect(batch.count - sent.bytes.count > 35 * count - 180)
    let answer = try #require(try village.answer(sent.bytes))
    #expect(try liaison.receive(answer, to: sent).next == .complete)
    #expect(try liaison.status().pending == 0)
    #expect(try village.hub.verify().problems == [])
    for record in records {
      let stored = try village.hub.db.read { try EntryTable.entries(ofRecord: record, coded: nil, in: $0) }
      #expect(stored.count == 3)
    }
  }

  @Test func `a report and its changes go out in one push`() throws {
    let record = try village.report(by: liaison, "told today")
    for count in 1...9 { _ = try liaison.edit(record, answers: Self.counting(Int64(count))) }
    let sent = try next(liaison)
    #expect(!isWrittenOut(try ownEntries(liaison, after: 0), in: sent.bytes))
    try village.sync(liaison)
    #expect(try village.hub.status().records == 1 && liaison.status().pending == 0)
  }

  @Test func `a change to what somebody else recorded names the record, until one has written in it`()
    throws
  {
    let office = try village.join(.caseWorker, ["north"], name: "office")
    let record = try village.report(by: liaison, "told by the liaison")
    try village.sync(liaison)
    try village.sync(office)
    for (count, isNamed) in [(2, true), (3, false)] {
      let head = try office.deviceState().acknowledged.seq
      _ = try office.edit(record, answers: Self.counting(Int64(count)))
      let entries = try ownEntries(office, after: head)
      #expect(isWrittenOut(entries, in: try next(office).bytes) == isNamed)
      try village.sync(office)
    }
    #expect(try village.hub.verify().problems == [])
  }

  @Test func `a successor refers to what was written under the origin before it`() throws {
    let copy = try village.copy(liaison, name: "copy")
    let record = try village.report(by: liaison, "before")
    _ = try village.report(by: copy, "told to the copy")
    try village.sync(liaison)
    let origin = liaison.identity.origin
    try village.sync(copy)
    try village.sync(liaison)
    #expect(liaison.identity.origin != origin)
    let head = try liaison.deviceState().acknowledged.seq
    _ = try liaison.edit(record, answers: Self.counting(2))
    let sent = try next(liaison)
    #expect(!isWrittenOut(try ownEntries(liaison, after: head), in: sent.bytes))
    try village.sync(liaison)
    #expect(try liaison.status().pending == 0 && village.hub.verify().problems == [])
  }

  @Test func `a change that travels by hand refers to what the hub acknowledged`() throws {
    let record = try village.report(by: liaison, "told before")
    try village.sync(liaison)
    try village.sync(liaison)
    let head = try liaison.deviceState().acknowledged.seq
    _ = try liaison.edit(record, answers: Self.counting(2))
    let bundle = try liaison.makeBundle()
    #expect(bundle.entries == 1)
    let (here, file) = try village.take(bundle)
    #expect(here.taken == 1 && here.entries == 1 && here.outcome == .done)
    _ = try liaison.receive(bundle: file)
    #expect(try liaison.deviceState().acknowledged.seq == head + 1)
    #expect(try liaison.status().pending == 0)
  }

  @Test func `a push that refers to what the hub has not is refused and changes nothing`() throws {
    let record = try village.report(by: liaison, "told before")
    _ = try village.report(by: liaison, "told after it")
    try village.sync(liaison)
    _ = try liaison.edit(record, answers: Self.counting(2))
    let sent = try next(liaison)
    let before = try village.hub.status().entries
    // A store that lost an entry in the middle of a log: what refers to it cannot be read.
    func move(by distance: Int) throws {
      try village.hub.db.write {
        try $0.execute(
          sql: "UPDATE entry SET seq = seq + ? WHERE record = ?",
          arguments: [distance, Data(record.bytes)])
      }
    }
    try move(by: -1000)
    guard case .refused(400) = try village.hub.intake(sent.bytes) else {
      Issue.record("the push is taken")
      return
    }
    #expect(try village.hub.status().entries == before)
    try move(by: 1000)
    #expect(try village.answer(sent.bytes) != nil)
    #expect(try village.hub.status().entries == before + 1)
  }
}
