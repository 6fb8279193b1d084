import SyncCore

@testable import ReplicaStore
@testable import SyncSimulator

/// The stores of one founded programme on simulated disks, with no world around them.
struct BareStores {
  let founded: FoundedProgramme
  let world = DiskMounts.newWorld()
  let surroundings = FoundedProgramme.surroundings(
    SeededSource(seed: 1, purpose: 2), realKeys: false)

  init() throws { founded = try FoundedProgramme.withDigests.get() }

  /// The hub's, as it was founded.
  func hubDisk() -> SimulatedDisk {
    let disk = SimulatedDisk(mount: world + "/hub", seed: 1, purpose: 0)
    disk.restore(founded.hub)
    return disk
  }

  /// The first member's, as it joined.
  func deviceDisk() -> SimulatedDisk {
    let disk = SimulatedDisk(mount: world + "/0", seed: 1, purpose: 1)
    disk.restore(founded.devices[0])
    return disk
  }

  func hub(on disk: SimulatedDisk) throws -> HubStore {
    try HubStore(
      home: HubHome(disk.mount), key: FoundedProgramme.fileKey, now: { WorldClock.start },
      surroundings: surroundings)
  }

  func device(on disk: SimulatedDisk) throws -> Replica {
    var environment = Replica.Environment(now: { WorldClock.start })
    environment.surroundings = surroundings
    return try Replica(
      opening: DeviceHome(disk.mount), key: FoundedProgramme.fileKey, environment: environment)
  }
}
