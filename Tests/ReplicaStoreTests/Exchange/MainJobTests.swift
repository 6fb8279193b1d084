import Foundation
import Forms
import Identity
import SyncCore
import Testing

@testable import ReplicaStore

@Suite struct MainJobTests {
  /// A report that a liaison recorded and an admitted case worker has.
  private static func shared() throws -> (Village, liaison: Replica, office: Replica, Saved) {
    let village = try Village()
    let liaison = try village.join(.liaison, ["north"], name: "liaison")
    let office = try village.join(.caseWorker, ["north"], name: "office")
    try village.admit(office, areas: ["north"])
    try village.sync(liaison)
    let saved = try liaison.record(form: "report", answers: Village.report())
    try village.sync(liaison)
    try village.sync(office)
    return (village, liaison, office, saved)
  }

  @Test func `a report goes from saved to received, and a case worker reads it`() throws {
    let village = try Village()
    let liaison = try village.join(.liaison, ["north"], name: "liaison")
    let office = try village.join(.caseWorker, ["north", "south"], name: "office")
    try village.admit(office, areas: ["north", "south"])
    try village.sync(liaison)
    let saved = try liaison.record(
      form: "report", answers: Village.report(["summary": .value(.text("She was told to wait."))]))
    #expect(try liaison.list().map(\.state) == [.saved])
    try village.sync(liaison)
    #expect(try liaison.list().map(\.state) == [.received])
    try village.sync(office)
    let seen = try office.show(saved.record)
    #expect(seen.state["summary"]?.value == .text("She was told to wait."))
    #expect(seen.line.unopened == 0)
    #expect(try village.hub.verify().problems == [])
  }

  @Test func `an answer by a case worker comes back to the liaison who recorded`() throws {
    let village = try Village()
    let liaison = try village.join(.liaison, ["north"], name: "liaison")
    let office = try village.join(.caseWorker, ["north"], name: "office")
    try village.admit(office, areas: ["north"])
    try village.sync(liaison)
    let saved = try liaison.record(
      form: "report", answers: Village.report(["summary": .value(.text("First words."))]))
    try village.sync(liaison)
    try village.sync(office)
    _ = try office.edit(
      saved.record, answers: Answers(["summary": .value(.text("Words of the office."))]))
    try village.sync(office)
    try village.sync(liaison)
    #expect(
      try liaison.show(saved.record).state["summary"]?.value == .text("Words of the office."))
  }

  @Test func `concurrent edits are a conflict on both sides until somebody decides`() throws {
    let (village, liaison, office, saved) = try Self.shared()
    _ = try liaison.edit(
      saved.record, answers: Answers(["channel": .value(.text("phone"))]))
    _ = try office.edit(
      saved.record, answers: Answers(["channel": .value(.text("hotline"))]))
    try village.sync(liaison)
    try village.sync(office)
    try village.sync(liaison)
    #expect(try liaison.conflicts().count == 1)
    #expect(try office.conflicts().count == 1)
    #expect(
      try liaison.show(saved.record).state.digest == office.show(saved.record).state.digest)
    _ = try office.resolve(
      saved.record, field: "channel", keeping: .value(.value(.text("phone"))))
    try village.sync(office)
    try village.sync(liaison)
    #expect(try liaison.conflicts().isEmpty)
    #expect(try liaison.show(saved.record).state["channel"]?.value == .text("phone"))
  }

  @Test func `whoever decides a contested answer decides what is calculated from it`() throws {
    let (village, liaison, office, saved) = try Self.shared()
    func received(_ text: String, persons: Int64) -> Answers {
      Answers([
        "received_at": .value(.text(text)), "persons_count": .value(.integer(persons)),
      ])
    }
    _ = try liaison.edit(saved.record, answers: received("2026-01-01T09:00:00Z", persons: 2))
    _ = try office.edit(saved.record, answers: received("2026-02-01T09:00:00Z", persons: 3))
    try village.sync(liaison)
    try village.sync(office)
    let contested = try office.show(saved.record).state
    #expect(Set(contested.conflicts.map(\.name)) == ["received_at", "persons_count"])
    #expect(throws: Replica.Refusal.self) {
      _ = try office.resolve(
        saved.record, field: "persons_count", keeping: .value(.value(.integer(1_000))))
    }
    _ = try office.resolve(
      saved.record, field: "persons_count", keeping: .value(.value(.integer(4))))
    // Of the two months one is shown, whichever; what is kept is the other.
    let month = try #require(contested["received_month"]?.value)
    let kept = try #require(
      contested["received_at"]?.remaining.first {
        guard case .text(let text) = $0.value, case .text(let shown) = month else { return false }
        return !text.hasPrefix(shown)
      })
    _ = try office.resolve(
      saved.record, field: "received_at", keeping: .write(String(kept.hash.hex.prefix(12))))
    let state = try office.show(saved.record).state
    #expect(state.conflicts.isEmpty)
    #expect(state["received_at"]?.value == kept.value)
    guard case .text(let text) = kept.value else { return }
    #expect(state["received_month"]?.value == .text(String(text.prefix(7))))
  }

  @Test func `a sync with nothing to do is one small exchange, and so is one report`() throws {
    let village = try Village()
    let liaison = try village.join(.liaison, ["north"], name: "liaison")
    let office = try village.join(.caseWorker, ["north"], name: "office")
    try village.admit(office, areas: ["north"])
    // The first sealed report also starts the epoch and grants it.
    _ = try liaison.record(
      form: "report", answers: Village.report(["summary": .value(.text("The first account."))]))
    try village.sync(liaison)
    let quiet = try village.sync(liaison)
    #expect(quiet.rounds == 1)
    #expect(quiet.up + quiet.down < 512, "\(quiet)")
    _ = try liaison.record(
      form: "report", answers: Village.report(["summary": .value(.text("A short account."))]))
    let one = try village.sync(liaison)
    #expect(one.rounds == 1)
    #expect(one.up + one.down < 700, "\(one)")
  }
}
