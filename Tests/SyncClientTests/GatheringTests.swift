import Forms
import Identity
import ReplicaStore
import SyncCore
import Testing

@testable import SyncClient

/// A reader's replica says that it is not whole until it is (sync §3.6).
@Suite struct GatheringTests {
  private let town: Town
  private let liaison: Replica

  init() async throws {
    town = try Town()
    liaison = try await town.member(.liaison, ["north", "south"], name: "liaison")
    for number in 1...60 {
      _ = try liaison.record(
        form: "report",
        answers: Town.report([
          "district": .value(.text(number.isMultiple(of: 2) ? "north" : "south")),
          "summary": .value(.text("Report number \(number), which nobody else wrote.")),
        ]))
    }
    _ = try await town.client(liaison).sync()
  }

  private func reopened(_ replica: Replica) throws -> Replica {
    let clock = town.clock
    return try Replica(
      opening: replica.home, key: Town.deviceKey, environment: .init(now: { clock.now }))
  }

  @Test func `a fresh office is not whole before a sync is, whatever cuts it`() async throws {
    let office = try town.device(.caseWorker, ["north"], name: "office")
    #expect(try await town.client(office).join() == nil)
    #expect(try office.gathering() == Gathering(here: 0, left: nil))
    try office.keep(lineRate: 500)
    let line = InMemoryTransport(town.hub) { $0 == 3 ? .after : nil }
    await #expect(throws: SyncFailure(.unreachable(retryAfter: nil))) {
      try await SyncClient(replica: office, transport: line).sync()
    }
    // The program ends, and another one says how much is there.
    let again = try reopened(office)
    let cut = try #require(try again.status().gathering)
    let left = try #require(cut.left)
    #expect(cut.here > 0 && left > 0 && cut.here + left >= 30)
    #expect(try again.nextSync().bytesDown > left * 100)
    #expect(try await town.client(again).sync(budget: 2 << 10).complete == false)
    #expect(try again.gathering() != nil)
    #expect(try await town.client(again).sync().complete)
    #expect(try again.gathering() == nil)
    #expect(try reopened(again).status().gathering == nil)
    // New reports of others make no whole replica a part of one.
    _ = try liaison.record(form: "report", answers: Town.report())
    _ = try await town.client(liaison).sync()
    _ = try await town.client(again).sync()
    #expect(try again.gathering() == nil)
  }

  @Test func `an area that is added makes an office gather again`() async throws {
    let office = try await town.member(.caseWorker, ["north"], name: "office")
    #expect(try office.gathering() == nil)
    let origin = office.identity.origin
    try town.store.run { try $0.setAreas(origin, ["north", "south"]) }
    let seen = Seen()
    let report = try await town.client(office).sync { _ in
      seen.add((try? office.gathering()) ?? nil)
    }
    #expect(report.complete)
    #expect(seen.first == Gathering(here: try #require(seen.first?.here), left: nil))
    #expect(try office.gathering() == nil)
    #expect(try office.list().count == 60)
  }

  @Test func `an area that is taken away is not asked for again`() async throws {
    let office = try await town.member(.caseWorker, ["north", "south"], name: "office")
    let origin = office.identity.origin
    try town.store.run { try $0.setAreas(origin, ["north"]) }
    _ = try await town.client(office).sync()
    let names = try office.deviceState().streams.map(\.name.text)
    #expect(names.contains("area/north") && !names.contains("area/south"))
    let quiet = try await town.client(office).sync()
    #expect(quiet.complete && quiet.roundTrips == 1)
  }

  private final class Seen {
    private(set) var first: Gathering?
    func add(_ gathering: Gathering?) { first = first ?? gathering }
  }

  @Test func `a liaison has what it wrote, and gathers nothing`() async throws {
    let other = try town.device(.liaison, ["north"], name: "other")
    #expect(try await town.client(other).join() == nil)
    #expect(try other.gathering() == nil)
  }

  @Test func `a committee gathers until its first sync`() async throws {
    let watch = try town.device(.committee, [], name: "watch")
    #expect(try await town.client(watch).join() == nil)
    #expect(try watch.gathering() != nil)
    _ = try await town.client(watch).sync()
    #expect(try watch.gathering() == nil)
  }
}
