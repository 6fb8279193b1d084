import Forms
import SyncCore
import Testing

@testable import ReplicaStore

/// What a form refuses, in entries of a device that did not ask it (forms §6, sync §4).
@Suite struct QuarantineTests {
  private let village: Village
  private let liaison: Replica
  private let office: Replica
  private let record: RecordID

  init() throws {
    village = try Village()
    liaison = try village.join(.liaison, ["north"], name: "liaison")
    office = try village.join(.caseWorker, ["north"], name: "office")
    try village.admit(office, areas: ["north"])
    try village.sync(liaison)
    let answers = Village.report(["summary": .value(.text("Told at the market."))])
    record = try liaison.record(form: "report", answers: answers).record
    try village.sync(liaison)
  }

  /// Writes past the form, as another program may.
  private func write(_ writes: [(String, FieldWrite, SensitivityClass)]) throws {
    _ = try liaison.write { author in
      let loaded = try liaison.load(record, author.db)
      var content = LogAuthor.Content()
      for (name, write, part) in writes { content.add(name, write, part) }
      return try liaison.change(loaded, kind: .amend, content: content, version: 1, &author)
    }
    try village.sync(liaison)
    try village.sync(office)
  }

  @Test func `answers that contradict each other are held back, shown, and free once corrected`()
    throws
  {
    try write([
      ("persons_count", .assign(.integer(5)), .coded),
      ("children_count", .assign(.integer(7)), .coded),
    ])
    #expect(try village.hub.quarantine().map(\.reason) == ["constraint"])
    for replica in [liaison, office] {
      #expect(try replica.list().map(\.state) == [.quarantined])
      #expect(try replica.show(record).state["children_count"]?.value == .integer(7))
      #expect(try replica.show(record).changes.map(\.held) == [nil, "constraint"])
    }
    #expect(try liaison.status().pending == 0)
    _ = try office.edit(record, answers: Answers(["children_count": .value(.integer(2))]))
    try village.sync(office)
    try village.sync(liaison)
    for replica in [liaison, office] {
      #expect(try replica.list().map(\.state) != [.quarantined])
      #expect(try replica.status().quarantined == 0)
    }
  }

  @Test func `what the hub cannot read is judged by whoever can`() throws {
    let owed = try #require(Decimal64(mantissa: -5, exponent: 0))
    try write([("amount_claimed", .assign(.decimal(owed)), .sensitive)])
    #expect(try village.hub.quarantine().isEmpty)
    #expect(try office.list().map(\.state) == [.quarantined])
    #expect(try office.show(record).changes.map(\.held) == [nil, "constraint"])
  }

  @Test func `a value of another kind is held back and hides no other answer`() throws {
    try write([("channel", .assign(.integer(7)), .coded)])
    #expect(try village.hub.quarantine().map(\.reason) == ["wrong_type"])
    let view = try office.show(record)
    #expect(view.line.state == .quarantined)
    #expect(view.state["district"]?.value == .text("north"))
    #expect(try office.verify().problems == [])
  }

  @Test func `answers that the form accepts hold nothing back`() throws {
    try write([
      ("persons_count", .assign(.integer(5)), .coded),
      ("children_count", .assign(.integer(5)), .coded),
    ])
    #expect(try village.hub.quarantine().isEmpty)
    #expect(try office.status().quarantined == 0)
  }
}
