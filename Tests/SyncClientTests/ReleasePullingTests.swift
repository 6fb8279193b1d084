import Forms
import Identity
import SyncCore
import SyncWire
import Testing
import TransparencyLog

@testable import ReplicaStore
@testable import SyncClient

@Suite struct ReleasePullingTests {
  @Test func `a release comes in parts, over a line that is cut, whole`() async throws {
    let town = try Town()
    let liaison = try await town.member(.liaison, ["north"], name: "liaison")
    let watch = try await town.member(.committee, [], name: "watch")
    #expect(try await town.client(watch).pullRelease() == nil)
    for _ in 0..<20 { _ = try liaison.record(form: "report", answers: Town.report()) }
    _ = try await town.client(liaison).sync()
    let made = try town.store.makeRelease()

    // Small enough for several parts.
    var limits = Limits.specified
    limits.messageBytesMax = 6 << 10
    let clock = town.clock
    let hub = InMemoryHub(
      try HubStore(home: town.hubHome, key: Town.hubKey, limits: limits, now: { clock.now }))
    let line = InMemoryTransport(hub) { $0 == 2 ? .after : nil }
    let client = SyncClient(replica: watch, transport: line)
    let bytes = try #require(try await client.pullRelease())
    #expect(line.messages > 3)
    let package = try ReleasePackage(encoded: bytes, limits: .specified)
    #expect(package.entries.count == made.disclosed)
    #expect(try await client.pullRelease(number: made.number) == bytes)
    #expect(try await client.pullRelease(number: made.number + 1) == nil)
  }

  @Test func `a liaison gets no release`() async throws {
    let town = try Town()
    let liaison = try await town.member(.liaison, ["north"], name: "liaison")
    await #expect(throws: SyncFailure(.notMember)) {
      try await town.client(liaison).pullRelease()
    }
  }
}
