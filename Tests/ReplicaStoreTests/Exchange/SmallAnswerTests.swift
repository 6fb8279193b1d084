import Identity
import SyncCore
import SyncWire
import Testing

@testable import ReplicaStore

/// Answers on a poor line: segments come in parts, and what proves them is paid for (sync §3.2).
@Suite struct SmallAnswerTests {
  /// A reader who has yet to get the reports of one push: a hub keeps them under one segment.
  ///
  /// - Parameter others: how many of an area that is not the reader's stand between each two of them.
  private func office(_ village: Village, reports: Int, others: Int = 0) throws -> Replica {
    let office = try village.join(.caseWorker, ["north"], name: "office")
    try village.admit(office, areas: ["north"])
    let liaison = try village.join(.liaison, ["north", "south"], name: "liaison")
    try village.sync(office)
    for number in 1...reports {
      try village.report(by: liaison, "Report number \(number).")
      for _ in 0..<others {
        _ = try liaison.record(form: "report", answers: Village.report(district: "south"))
      }
    }
    try village.sync(liaison)
    return office
  }

  /// The bytes of all answers, and of the longest.
  private func pull(
    _ office: Replica, of village: Village, budget: UInt64
  ) throws -> (all: Int, longest: Int, answers: Int) {
    var (all, longest, answers) = (0, 0, 0)
    while true {
      let sent = try office.nextRequest(byteBudget: budget, pushBytesMax: 4_096)
      let answer = try #require(try village.answer(sent.bytes))
      (all, longest, answers) = (all + answer.count, max(longest, answer.count), answers + 1)
      guard try office.receive(answer, to: sent).next == .again else { return (all, longest, answers) }
    }
  }

  @Test(arguments: [2_048, 4_096, 8_192] as [UInt64])
  func `answers in parts stay within their budget, and cost little more than one`(
    _ budget: UInt64
  ) throws {
    let (village, other) = (try Village(), try Village())
    let whole = try pull(office(other, reports: 150), of: other, budget: 700_000)
    let office = try office(village, reports: 150)
    let parts = try pull(office, of: village, budget: budget)
    #expect(parts.answers > whole.answers)
    #expect(parts.longest <= Int(budget))
    // Signatures, heads, proofs and a dictionary that begins anew, for each answer.
    let each = parts.all - whole.all
    #expect(each <= 700 * (parts.answers - whole.answers), "\(parts) where one takes \(whole)")
    #expect(try office.list().count == 150)
    #expect(try office.verify().problems == [])
  }

  @Test func `a reader of every second entry is given what proves each within the budget`() throws {
    let village = try Village()
    let office = try office(village, reports: 60, others: 1)
    let parts = try pull(office, of: village, budget: 4_096)
    #expect(parts.longest <= 4_096)
    // An entry, the hash before it and about one of its proof: a path each would be eight more.
    #expect(parts.all <= 60 * (40 + 32 * 3) + 1_000 * parts.answers, "\(parts)")
    #expect(try office.list().count == 60)
    #expect(try office.verify().problems == [])
  }
}
