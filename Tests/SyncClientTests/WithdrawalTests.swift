import Forms
import ReplicaStore
import SyncCore
import SyncWire
import Synchronization
import Testing

@testable import SyncClient

/// What takes something back goes before everything else, as far as the logs' order lets it
/// (sync §3.5).
@Suite struct WithdrawalTests {
  private let town: Town
  private let office: Replica
  private let liaison: Replica

  init() async throws {
    town = try Town()
    office = try await town.member(.caseWorker, ["north", "south"], name: "office")
    try town.admit(office, areas: ["north", "south"])
    _ = try await town.client(office).sync()
    liaison = try await town.member(.liaison, ["north", "south"], name: "liaison")
  }

  private func report(_ number: Int, _ district: String = "north") -> Answers {
    Town.report([
      "district": .value(.text(district)),
      "summary": .value(.text("Report number \(number), which nobody else wrote.")),
    ])
  }

  /// The office withdraws a report behind sixty others, while sixty of somebody else wait for it.
  private func behindMany() async throws {
    let early = try office.record(form: "report", answers: report(0)).record
    _ = try await town.client(office).sync()
    for number in 1...60 { _ = try liaison.record(form: "report", answers: report(number)) }
    _ = try await town.client(liaison).sync()
    for number in 1...60 { _ = try office.record(form: "report", answers: report(number)) }
    _ = try office.withdraw(early, reason: "error")
    try office.keep(lineRate: 500)
  }

  @Test func `while a withdrawal waits nothing comes down`() async throws {
    try await behindMany()
    let office = office
    let seen = Mutex<[(pulled: Int, waiting: Int)]>([])
    let report = try await town.client(office).sync { progress in
      let waiting = (try? office.waitingWithdrawals().count) ?? -1
      seen.withLock { $0.append((progress.pulled, waiting)) }
    }
    #expect(report.complete && report.pulled >= 60 && report.withdrawalsLeft == .none)
    let steps = seen.withLock { $0 }
    #expect(steps.first?.waiting == 1, "the withdrawal went with the first push")
    #expect(steps.allSatisfy { $0.waiting == 0 || $0.pulled == 0 }, "\(steps)")
  }

  @Test func `a budget that ends before a withdrawal is spent on the way to it, and says so`()
    async throws
  {
    try await behindMany()
    let short = try await town.client(office).sync(budget: 4 << 10)
    #expect(!short.complete && short.pulled == 0 && short.pushed > 0)
    #expect(short.withdrawalsLeft.count == 1)
    // What is said to be needed is enough, and not much more.
    let rest = try await town.client(office).sync(budget: short.withdrawalsLeft.bytes + 1_024)
    #expect(rest.withdrawalsLeft == .none)
    #expect(rest.bytesUp > short.withdrawalsLeft.bytes / 2)
  }

  @Test func `a report of consent goes before what comes down, and a note does not`() async throws {
    let early = try office.record(form: "report", answers: report(0)).record
    let link = Answer.value(.text(early.hex))
    _ = try office.record(
      form: "note", answers: Answers(["report": link, "text": .value(.text("Call again."))]))
    #expect(try office.waitingWithdrawals() == .none)
    _ = try office.record(
      form: "consent",
      answers: Answers([
        "report": link, "purpose": .value(.text("follow_up_contact")),
        "recipient": .value(.text("family")), "state": .value(.text("refused")),
      ]))
    #expect(try office.waitingWithdrawals().count == 1)
  }

  @Test func `a hub tells of what was taken back before it tells of other areas`() async throws {
    let early = try liaison.record(form: "report", answers: report(0, "south")).record
    _ = try await town.client(liaison).sync()
    _ = try await town.client(office).sync()
    for number in 1...60 { _ = try liaison.record(form: "report", answers: report(number)) }
    _ = try liaison.withdraw(early, reason: "error")
    _ = try await town.client(liaison).sync()
    // The first exchange has room for a part of the sixty.
    try office.keep(lineRate: 500)
    let office = office
    let withdrawn = Mutex<[Bool]>([])
    let report = try await town.client(office).sync { _ in
      let record = try? office.show(early)
      withdrawn.withLock { $0.append(record?.line.isWithdrawn ?? false) }
    }
    #expect(report.complete && report.pulled > 60)
    let steps = withdrawn.withLock { $0 }
    #expect(steps.count > 1 && steps.first == true, "\(steps)")
  }
}
