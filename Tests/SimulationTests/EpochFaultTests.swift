import Forms
import GRDB
import Identity
import SyncCore
import Testing

@testable import ReplicaStore
@testable import SyncSimulator

/// A hub that was put back, and whose disk fails while it begins its new epoch (hub-log §8).
@Suite struct EpochFaultTests {
  private let stores: BareStores

  init() throws { stores = try BareStores() }

  @Test func `nobody is shown the old tree as one of the new epoch`() throws {
    let (hubDisk, disk) = (stores.hubDisk(), stores.deviceDisk())
    let backup = hubDisk.snapshot(without: Hub.checkpointFile)
    let first = try stores.hub(on: hubDisk)
    let replica = try stores.device(on: disk)
    for words in ["one", "two"] {
      _ = try replica.record(
        form: VisitForm.name,
        answers: Answers(["district": .value(.text("north")), "words": .value(.text(words))]))
      try first.syncDirectly(replica)
    }
    try first.db.close()
    try replica.db.close()
    hubDisk.restore(backup, keeping: Hub.checkpointFile)
    let (restored, home) = (hubDisk.snapshot(), disk.snapshot())

    let authority = stores.surroundings.signatures.signer(stores.founded.authority)
    var unsigned = 0
    for good in 0..<10_000 {
      hubDisk.restore(restored)
      let hub = try stores.hub(on: hubDisk)
      #expect(hub.isRecovering)
      let statement = SignedStatement(try hub.nextHubStatement(), signedBy: authority)
      (hub.db as? DatabasePool)?.releaseMemory()
      hubDisk.faults.goodReads = good
      hubDisk.faults.failingReads = 1
      let result = Result { try hub.run { try $0.add(statement) } }
      let isOver = hubDisk.faults.failingReads > 0
      hubDisk.faults.failingReads = 0
      if case .failure = result, !hub.isRecovering {
        unsigned += 1
        #expect(hub.checkpoint == nil)
        disk.restore(home)
        let replica = try stores.device(on: disk)
        try hub.syncDirectly(replica)
        #expect(try replica.status().alarms.allSatisfy { $0.code == "hub-restored" })
        #expect(try replica.status().pending == 0)
        try replica.db.close()
      }
      try hub.db.close()
      if isOver { break }
    }
    #expect(unsigned > 0)
  }
}
