import Forms
import Identity
import SyncCore
import Testing

@testable import ReplicaStore

/// A form that a device has and its hub has not: the hub is new, and nobody brought it (sync §4).
@Suite struct LateFormTests {
  private static func form(version: Int) -> String {
    """
    form: visit
    version: \(version)
    title: {en: Visit}
    area: place
    fields:
      - {name: place, type: select_one, choices: areas, class: operational, required: true, label: {en: Place}}
      - {name: outcome, type: text, class: sensitive, label: {en: Outcome}}

    """
  }

  private static func sign(version: Int, _ village: Village) -> SignedStatement {
    SignedStatement(
      Statement(
        .form(FormStatement(name: "visit", yaml: Array(form(version: version).utf8))),
        version: UInt64(version)), signedBy: village.authority)
  }

  private static func visit() -> Answers { Answers(["place": .value(.text("north"))]) }

  /// A member who has the form, at a hub that was made of statements from before it.
  ///
  /// - Returns: the old village too, in whose directory the member's home lies.
  private func scene() throws -> (village: Village, liaison: Replica, old: Village) {
    let old = try Village()
    let liaison = try old.join(.liaison, ["north"], name: "liaison")
    let before = try liaison.statements()
    let statement = Self.sign(version: 1, old)
    try old.hub.run { writer in try writer.add(statement) }
    try old.sync(liaison)
    let new = try Village(succeeding: old, by: before)
    try new.follow(liaison, .liaison, ["north"])
    try new.sync(liaison)
    return (new, liaison, old)
  }

  private func held(_ record: RecordID, _ replica: Replica) throws -> [String?] {
    try replica.show(record).changes.map(\.held)
  }

  @Test func `its author learns that a report is not held back any more`() throws {
    let (village, liaison, old) = try scene()
    defer { withExtendedLifetime(old) {} }
    let record = try liaison.record(form: "visit", answers: Self.visit()).record
    try village.sync(liaison)
    #expect(try held(record, liaison) == [EntryCheck.formUnknown])
    #expect(try liaison.status().quarantined == 1)
    // Another version is another form as far as this report is concerned.
    let second = Self.sign(version: 2, village)
    try village.hub.run { writer in try writer.add(second) }
    try village.sync(liaison)
    #expect(try held(record, liaison) == [EntryCheck.formUnknown])

    let (other, author, older) = try scene()
    defer { withExtendedLifetime(older) {} }
    let report = try author.record(form: "visit", answers: Self.visit()).record
    try other.sync(author)
    let first = Self.sign(version: 1, other)
    try other.hub.run { writer in try writer.add(first) }
    try other.sync(author)
    #expect(try held(report, author) == [nil])
    #expect(try author.status().quarantined == 0)
    #expect(try other.hub.status().quarantined == 0)
  }

  @Test func `a push that was judged before the form came is judged again`() throws {
    let (village, liaison, old) = try scene()
    defer { withExtendedLifetime(old) {} }
    let record = try liaison.record(form: "visit", answers: Self.visit()).record
    let sent = try liaison.nextRequest(byteBudget: 700_000, pushBytesMax: 500_000)
    guard case .work(let exchange) = try village.hub.intake(sent.bytes) else {
      Issue.record("a push is work for the hub")
      return
    }
    let statement = Self.sign(version: 1, village)
    try village.hub.run { writer in try writer.add(statement) }
    try village.hub.commit([exchange.job])
    try exchange.job.result()
    _ = try liaison.receive(try village.hub.answer(exchange), to: sent)
    try village.sync(liaison)
    #expect(try held(record, liaison) == [nil])
    #expect(try village.hub.status().quarantined == 0)
  }
}
