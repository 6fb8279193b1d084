import Forms
import Foundation
import ReplicaStore
import SyncCore
import SyncWire
import Testbed
import Testing

@testable import SyncClient

/// What a liaison pays for on a line where each byte costs: bodies of requests and answers, sealed,
/// signed, with receipts. Bytes do not depend on the machine, so the budgets are tests.
@Suite struct ByteBudgetTests {
  private let town: Town
  private let liaison: Replica

  init() async throws {
    town = try Town()
    liaison = try await town.member(.liaison, ["north"], name: "liaison")
    // The first sealed answer brings an epoch and its grants, once.
    _ = try liaison.record(
      form: "report", answers: Town.report(["safe_to_contact": .value(.text("yes"))]))
    _ = try await town.client(liaison).sync()
  }

  private static let places = ["hotel", "farm", "kitchen", "boat", "workshop", "house", "quarry"]
  private static let words = """
    A person from the village says that the work which was promised does not exist and the debt grows \
    each week while papers are kept in the office of the owner who lets nobody leave at night
    """.split(separator: " ").map(String.init)

  /// A report of a dozen answers and a story, by a printed seed.
  private static func report(_ random: inout SplitMix64) -> (answers: Answers, text: String) {
    func pick(_ codes: [String], _ random: inout SplitMix64) -> Answer {
      .value(.text(codes[Int.random(in: 0..<codes.count, using: &random)]))
    }
    let story =
      (0..<Int.random(in: 12...30, using: &random)).map { _ in
        words[Int.random(in: 0..<words.count, using: &random)]
      }.joined(separator: " ")
    let place = places[Int.random(in: 0..<places.count, using: &random)]
    let minute = Int.random(in: 0..<400_000, using: &random)
    let received = Date(timeIntervalSince1970: 1_760_000_000 + Double(minute) * 60)
    let answers = Town.report([
      "received_at": .value(.text(received.ISO8601Format())),
      "channel": pick(["in_person", "phone", "messenger", "hotline", "outreach"], &random),
      "occurred_ago": pick(["ongoing", "d0_3", "d4_5", "d6_14", "m1_3"], &random),
      "urgency": pick(["immediate", "24h", "7d", "routine"], &random),
      "risk_level": pick(["high", "medium", "low"], &random),
      "persons_count": .value(.integer(Int64.random(in: 1...4, using: &random))),
      "report_language": pick(["en", "es", "fr", "ar"], &random),
      "safe_to_contact": pick(["yes", "no"], &random),
      "reporter_kind": pick(["survivor", "family", "community_member", "anonymous"], &random),
      "summary": .value(.text(story)), "place_text": .value(.text("the \(place) by the river")),
    ])
    return (answers, story + "the \(place) by the river")
  }

  /// Records so many; what their free text takes, each deflated by itself.
  private func record(_ count: Int, seed: UInt64) throws -> Int {
    print("seed \(seed)")
    var random = SplitMix64(seed: seed)
    var text = 0
    for _ in 0..<count {
      let report = Self.report(&random)
      text += Deflate.shipped.compress(Array(report.text.utf8)).count
      _ = try liaison.record(form: "report", answers: report.answers)
    }
    return text
  }

  private func sync(_ replica: Replica) async throws -> (bytes: Int, exchanges: Int) {
    let report = try await town.client(replica).sync()
    #expect(report.complete)
    return (report.bytesUp + report.bytesDown, report.roundTrips)
  }

  @Test func `nothing to do takes one exchange and 200 bytes`() async throws {
    let cost = try await sync(liaison)
    #expect(cost.exchanges == 1 && cost.bytes <= 200, "\(cost)")
  }

  @Test func `one report of three answers takes one exchange and 400 bytes`() async throws {
    _ = try liaison.record(form: "report", answers: Town.report())
    let cost = try await sync(liaison)
    #expect(cost.exchanges == 1 && cost.bytes <= 400, "\(cost)")
    #expect(try liaison.status().pending == 0)
  }

  @Test(arguments: [11, 12, 13] as [UInt64])
  func `one report with a story takes one exchange and 420 bytes beyond its text`(seed: UInt64)
    async throws
  {
    let text = try record(1, seed: seed)
    let cost = try await sync(liaison)
    #expect(cost.exchanges == 1 && cost.bytes - text <= 420, "\(cost), text \(text)")
    #expect(try liaison.status().pending == 0)
  }

  @Test func `a hundred reports take two exchanges and 105 bytes each beyond their text`()
    async throws
  {
    let text = try record(100, seed: 21)
    let cost = try await sync(liaison)
    #expect(cost.exchanges <= 2 && cost.bytes - text <= 100 * 105, "\(cost), text \(text)")
    #expect(try liaison.status().pending == 0)
  }

  @Test func `a report costs the same on a base of many`() async throws {
    let first = try record(1, seed: 31)
    let alone = try await sync(liaison).bytes - first
    _ = try record(300, seed: 32)
    _ = try await sync(liaison)
    let later = try record(1, seed: 31)
    let cost = try await sync(liaison)
    #expect(later == first && cost.exchanges == 1)
    #expect(cost.bytes - later <= alone + 12, "\(cost.bytes - later), before \(alone)")
  }

  @Test func `what one wrote costs another little more than the one who wrote it`() async throws {
    let office = try await town.member(.caseWorker, ["north"], name: "office")
    try town.admit(office, areas: ["north"])
    _ = try await sync(office)
    _ = try await sync(liaison)
    _ = try await sync(office)
    let text = try record(100, seed: 41)
    _ = try await sync(liaison)
    let cost = try await sync(office)
    #expect(cost.exchanges <= 2 && cost.bytes - text <= 100 * 110, "\(cost), text \(text)")
  }

  @Test func `a hundred edits of one coded field take 3 KB`() async throws {
    _ = try record(300, seed: 51)
    _ = try await sync(liaison)
    let cost = try await edit(liaison.list().suffix(100), to: 9)
    #expect(cost.exchanges <= 2 && cost.bytes <= 3_000, "\(cost)")
    // Each change goes on from the one before, whatever order they were made in.
    let again = try await edit(liaison.list().suffix(100).shuffled(), to: 7)
    #expect(again.exchanges <= 2 && again.bytes <= 3_300, "\(again)")
    #expect(try liaison.status().pending == 0)
  }

  private func edit(
    _ lines: some Collection<RecordLine>, to count: Int64
  ) async throws -> (bytes: Int, exchanges: Int) {
    for line in lines {
      _ = try liaison.edit(
        line.record, answers: Answers(["persons_count": .value(.integer(count))]))
    }
    return try await sync(liaison)
  }

  @Test func `a budget ends a sync between two exchanges, and nothing is lost`() async throws {
    _ = try record(200, seed: 61)
    let report = try await town.client(liaison).sync(budget: 12 << 10)
    #expect(!report.complete && report.bytesUp + report.bytesDown <= 14 << 10)
    #expect(try await sync(liaison).exchanges > 0)
    #expect(try liaison.status().pending == 0)
  }
}
