import Forms
import GRDB
import Identity
import SyncCore
import Testing

@testable import ReplicaStore
@testable import SyncSimulator

/// A hub that was put back, and whose disk fails while it begins its new epoch (hub-log §8).
@Suite struct EpochFaultTests {
  private let founded: FoundedProgramme
  private let world = DiskMounts.newWorld()
  private let surroundings = FoundedProgramme.surroundings(
    SeededSource(seed: 1, purpose: 2), realKeys: false)

  init() throws { founded = try FoundedProgramme.withDigests.get() }

  private func hub(on disk: SimulatedDisk) throws -> HubStore {
    try HubStore(
      home: HubHome(disk.mount), key: FoundedProgramme.fileKey, now: { WorldClock.start },
      surroundings: surroundings)
  }

  private func device(on disk: SimulatedDisk) throws -> Replica {
    var environment = Replica.Environment(now: { WorldClock.start })
    environment.surroundings = surroundings
    return try Replica(
      opening: DeviceHome(disk.mount), key: FoundedProgramme.fileKey, environment: environment)
  }

  @Test func `nobody is shown the old tree as one of the new epoch`() throws {
    let hubDisk = SimulatedDisk(mount: world + "/hub", seed: 1, purpose: 0)
    hubDisk.restore(founded.hub)
    let disk = SimulatedDisk(mount: world + "/0", seed: 1, purpose: 1)
    disk.restore(founded.devices[0])
    let backup = hubDisk.snapshot(without: Hub.checkpointFile)
    let first = try hub(on: hubDisk)
    let replica = try device(on: disk)
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

    let authority = surroundings.signatures.signer(founded.authority)
    var unsigned = 0
    for good in 0..<10_000 {
      hubDisk.restore(restored)
      let hub = try hub(on: hubDisk)
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
        let replica = try device(on: disk)
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
