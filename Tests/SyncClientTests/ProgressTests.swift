import Forms
import ReplicaStore
import SyncCore
import Testing

@testable import SyncClient

/// How much of a sync is behind, and what the next one takes: by bytes, files included.
@Suite struct ProgressTests {
  private let town: Town
  private let office: Replica
  private let liaison: Replica

  init() async throws {
    town = try Town()
    office = try await town.member(.caseWorker, ["north"], name: "office")
    try town.admit(office, areas: ["north"])
    _ = try await town.client(office).sync()
    liaison = try await town.member(.liaison, ["north"], name: "liaison")
    _ = try liaison.record(form: "report", answers: report(0))
    _ = try await town.client(liaison).sync()
    _ = try await town.client(office).sync()
    for number in 1...60 { _ = try liaison.record(form: "report", answers: report(number)) }
    let record = try liaison.record(form: "report", answers: report(61)).record
    let file = try AttachmentContent(
      (0..<1_500_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }, path: "scan.bin",
      keepsMetadata: true)
    _ = try liaison.record(
      form: "note",
      answers: Answers(["report": .value(.text(record.hex)), "attachment": file.answer]),
      files: [file])
  }

  private func report(_ number: Int) -> Answers {
    Town.report(["summary": .value(.text("Report number \(number), which nobody else wrote."))])
  }

  private final class Steps {
    var fractions: [Double] = []
  }

  private func sync(
    _ replica: Replica, budget: Int? = nil
  ) async throws -> (report: SyncReport, fractions: [Double]) {
    // Small exchanges to begin with, so that there are several.
    try replica.keep(lineRate: 500)
    let steps = Steps()
    let report = try await town.client(replica).sync(budget: budget) {
      steps.fractions.append($0.fraction)
    }
    return (report, steps.fractions)
  }

  private func expectTrue(_ fractions: [Double], complete: Bool) {
    #expect(fractions == fractions.sorted(), "it went back")
    #expect(fractions.dropLast().allSatisfy { $0 < 1 }, "it was through before the end")
    #expect((fractions.last == 1) == complete)
  }

  @Test func `the share that is behind counts files, never goes back, and ends at all of it`()
    async throws
  {
    let up = try await sync(liaison)
    #expect(up.report.complete && up.fractions.count > 3)
    expectTrue(up.fractions, complete: true)
    // Text is a small part of it.
    #expect(try #require(up.fractions.first) < 0.2)
    #expect(up.fractions.contains { (0.3..<0.95).contains($0) })
    let down = try await sync(office)
    #expect(down.report.complete && down.fractions.count > 3)
    expectTrue(down.fractions, complete: true)
  }

  /// Else what is left comes to nothing too soon, or never.
  @Test func `what a push brought is counted as what was left to go`() throws {
    var left = try liaison.unsentBytes()
    var pushes = 0
    while pushes < 10 {
      let sent = try liaison.nextRequest(byteBudget: 700_000, pushBytesMax: 2_000)
      guard let count = sent.request?.push?.entries.count, count > 0 else { break }
      pushes += 1
      let brought = try #require(try liaison.bytes(ofPushed: count, sent))
      #expect(try liaison.bytes(ofPushed: count + 1, sent) == nil)
      _ = try liaison.receive(try town.hub.answer(sent.bytes), to: sent)
      let now = try liaison.unsentBytes()
      #expect(left - now == brought)
      left = now
    }
    #expect(pushes > 2 && left == 0)
  }

  @Test func `a sync that a budget ends is never shown as all of it`() async throws {
    for budget in [3 << 10, 100_000] {
      let cut = try await sync(liaison, budget: budget)
      #expect(!cut.report.complete)
      expectTrue(cut.fractions, complete: false)
    }
  }

  @Test func `what the next sync takes is told before it, by the line that was measured`()
    async throws
  {
    try liaison.keep(lineRate: 10_000)
    let next = try liaison.nextSync()
    #expect(next.lineRate == 10_000)
    #expect(next.seconds == 5 + (next.bytesUp + next.bytesDown) / 10_000)
    let report = try await town.client(liaison).sync()
    #expect((report.bytesUp * 4 / 5...report.bytesUp * 5 / 4).contains(next.bytesUp))
    #expect(try liaison.nextSync().bytesUp < 256)
    // Files of others are known once their entries are here.
    _ = try await town.client(office).sync(filesToo: false)
    let fetch = try office.nextSync().bytesDown
    let fetched = try await town.client(office).sync()
    #expect((fetched.bytesDown * 4 / 5...fetched.bytesDown * 5 / 4).contains(fetch))
  }
}
