import Forms
import Foundation
import Identity
import ReplicaStore
import SyncCore
import SyncWire
import Synchronization
import Testing

@testable import SyncClient

/// The line is cut at every message in turn, before and after the hub did its work.
@Suite struct CutLineTests {
  /// A liaison joins, records, syncs; a case worker is admitted and pulls. Returns the number of
  /// messages that the liaison's line carried.
  private func mainJob(cuttingAt cut: Int, _ how: InMemoryTransport.Cut) async throws -> Int {
    let town = try Town()
    let office = try await town.member(.caseWorker, ["north"], name: "office")
    try town.admit(office, areas: ["north"])
    let liaison = try town.device(.liaison, ["north"], name: "liaison")
    let line = InMemoryTransport(town.hub) { $0 == cut ? how : nil }
    let client = SyncClient(replica: liaison, transport: line)

    func untilDone<T>(_ body: () async throws -> T) async throws -> T {
      do { return try await body() } catch let failure as SyncFailure {
        #expect(failure.code == .unreachable(retryAfter: nil))
        return try await body()
      }
    }
    #expect(try await untilDone { try await client.join() } == nil)
    #expect(try await untilDone { try await client.sync() }.complete)
    var records: [RecordID] = []
    for number in 1...3 {
      let answers = Town.report(["summary": .value(.text("Report number \(number)."))])
      records.append(try liaison.record(form: "report", answers: answers).record)
      #expect(try await untilDone { try await client.sync() }.complete)
    }

    let status = try liaison.status()
    #expect(status.received == status.saved)
    #expect(status.alarms.isEmpty)
    #expect(try await town.client(office).sync().complete)
    #expect(Set(try office.list().map(\.record)) == Set(records))
    for record in records { #expect(try office.show(record).line.unopened == 0) }
    let entries = try office.status().saved + status.saved
    #expect(try town.store.status().entries == entries, "an entry was stored twice or lost")
    #expect(try town.store.verify().problems.isEmpty)
    return line.messages
  }

  @Test(arguments: [InMemoryTransport.Cut.before, .after])
  func `a line cut at any message loses nothing and doubles nothing`(
    how: InMemoryTransport.Cut
  ) async throws {
    var cut = 1
    // The line carries more messages than the last cut: every message has been lost once.
    while try await mainJob(cuttingAt: cut, how) >= cut { cut += 1 }
    #expect(cut > 5)
  }

  @Test func `a join whose answer was lost gets the same answer again`() async throws {
    let town = try Town()
    let replica = try town.device(.liaison, ["north"], name: "liaison")
    // Both tries of one call are lost, after the hub used up the invite.
    let lost = InMemoryTransport(town.hub) { $0 <= 2 ? .after : nil }
    let client = SyncClient(replica: replica, transport: lost)
    await #expect(throws: SyncFailure(.unreachable(retryAfter: nil))) { try await client.join() }
    #expect(try !replica.isMember())
    #expect(try await client.join() == nil)
    #expect(try replica.isMember())
    #expect(try town.store.devices().count == 1)
  }

  @Test func `an invite that another device used is refused`() async throws {
    let town = try Town()
    let first = try town.device(.liaison, ["north"], name: "first")
    #expect(try await town.client(first).join() == nil)
    try FileManager.default.createDirectory(
      atPath: town.directory + "/second", withIntermediateDirectories: true)
    let second = try Replica.create(
      in: DeviceHome(town.directory + "/second"), key: Town.deviceKey,
      invite: try first.storedInvite())
    #expect(try await town.client(second).join() == .inviteUsed)
    #expect(try !second.isMember())
  }
}
