import Forms
import GRDB
import SyncCore
import Testing

@testable import ReplicaStore
@testable import SyncSimulator

/// A read that the disk refuses while a peer's message is looked at: the peer is not to blame.
@Suite struct ReadFaultTests {
  private let hubDisk: SimulatedDisk
  private let disk: SimulatedDisk
  private let hub: HubStore
  private let replica: Replica

  init() throws {
    let stores = try BareStores()
    (hubDisk, disk) = (stores.hubDisk(), stores.deviceDisk())
    hub = try stores.hub(on: hubDisk)
    replica = try stores.device(on: disk)
  }

  /// A push whose entries refer to some that the hub holds.
  private func push() throws -> Replica.Outgoing {
    let saved = try replica.record(
      form: VisitForm.name,
      answers: Answers([
        "district": .value(.text("north")), "words": .value(.text("What was said.")),
      ]))
    try hub.syncDirectly(replica)
    _ = try replica.edit(saved.record, answers: Answers(["status": .value(.text("seen"))]))
    return try replica.nextRequest(byteBudget: 500_000, pushBytesMax: 500_000)
  }

  /// Runs `body` with each of its reads refused in turn, until it makes no more. SQLite's pages are
  /// forgotten before each.
  private func failingEachRead<T>(
    of disk: SimulatedDisk, _ db: any DatabaseWriter, _ body: () throws -> T
  ) throws -> (refused: Int, undisturbed: T) {
    var refused = 0
    for good in 0..<10_000 {
      switch db {
      case let queue as DatabaseQueue: queue.releaseMemory()
      case let pool as DatabasePool: pool.releaseMemory()
      default: Issue.record("another kind of connection")
      }
      disk.faults.goodReads = good
      disk.faults.failingReads = 1
      let result = Result { try body() }
      let hasFailed = disk.faults.failingReads == 0
      disk.faults.failingReads = 0
      guard hasFailed else { return (refused, try result.get()) }
      // SQLite itself may do without what it only looked for.
      if case .failure(let error) = result {
        refused += 1
        if case .storage? = error as? SyncRefusal { continue }
        #expect(StorageFault(error) == .disk, "read \(good): \(error)")
      }
    }
    throw SimulationError("there is no end of reads")
  }

  @Test func `a hub refuses no push because it could not read what the push refers to`() throws {
    let sent = try push()
    let (refused, intake) = try failingEachRead(of: hubDisk, hub.db) {
      let intake = try hub.intake(sent.bytes)
      if case .refused(let status) = intake { Issue.record("refused with \(status)") }
      return intake
    }
    #expect(refused > 5)
    guard case .work = intake else { throw SimulationError("nothing to do") }
    try hub.syncDirectly(replica)
  }

  @Test func `a device takes no answer for a lie because it could not read its own log`() throws {
    let sent = try push()
    let answer = try #require(try hub.answerDirectly(sent.bytes))
    let (refused, received) = try failingEachRead(of: disk, replica.db) {
      try replica.receive(answer, to: sent)
    }
    #expect(refused > 5)
    #expect(received.next == .complete)
  }
}
