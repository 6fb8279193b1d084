import Forms
import GRDB
import SyncCore
import Testing

@testable import ReplicaStore
@testable import SyncSimulator

/// Bits that flip under a hub that has served for long: its memory still has what the disk lost.
@Suite struct RotTests {
  private let stores: BareStores

  init() throws { stores = try BareStores() }

  @Test func `a hub that verifies itself reads the disk and not its memory`() throws {
    let disk = stores.hubDisk()
    let copy = SimulatedDisk(mount: stores.world + "/copy", seed: 1, purpose: 1)
    var chance = SeededGenerator(seed: 1, purpose: 3)
    var rotten = 0
    for _ in 0..<40 {
      disk.restore(stores.founded.hub)
      let hub = try stores.hub(on: disk)
      #expect(try hub.verify().problems == [])
      let name = disk.flipBit(&chance)
      let image = disk.snapshot()
      let found = try hub.verify()
      try hub.db.close()
      // The log is empty, and the newest checkpoint is in memory for good.
      guard name == "hub.db" else { continue }
      copy.restore(image)
      guard let fresh = try? stores.hub(on: copy) else {
        rotten += 1
        #expect(!found.isSound)
        continue
      }
      let isSound = try fresh.verify().isSound
      try fresh.db.close()
      if !isSound { rotten += 1 }
      #expect(found.isSound == isSound)
    }
    #expect(rotten > 10)
  }
}
