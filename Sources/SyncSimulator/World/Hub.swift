internal import GRDB
internal import Identity
internal import ReplicaStore
internal import SyncCore

/// The hub of a world: the product's store behind a queue like its sequencer's.
final class Hub {
  let disk: SimulatedDisk
  let clock: NodeClock
  private let surroundings: Surroundings
  private let limits: Limits
  private(set) var store: HubStore?
  var isUp: Bool { store != nil }

  struct Waiting {
    let exchange: PreparedExchange
    let device: Int
    let number: Int
  }
  var waiting: [Waiting] = []
  var isBatchPlanned = false
  /// A copy of its data, as an operator would have made, without the checkpoint store.
  var backup: DiskImage
  /// How often it was put back from one.
  var restores = 0
  var flips = 0
  /// Those of them that hit the checkpoint store.
  var checkpointFlips = 0
  /// Whether it may lack what it once had: a flipped bit can cut its log short, as a backup does.
  var mayHaveLost: Bool { restores > 0 || flips > 0 }
  /// Whether it may take for new what it has signed: its data was put back, and the checkpoint store,
  /// which alone remembered, has rotted.
  var mayRepeatItself: Bool { restores > 0 && checkpointFlips > 0 }
  /// Why it did not open the last time; nil when it did.
  var refusal: String?
  /// A page of it is damaged: the operator has to put back a backup.
  var isDamaged = false

  static let checkpointFile = "checkpoint.store"
  static let batchMax = 64

  init(disk: SimulatedDisk, clock: NodeClock, surroundings: Surroundings, limits: Limits) {
    self.limits = limits
    self.disk = disk
    self.clock = clock
    self.surroundings = surroundings
    backup = disk.snapshot(without: Self.checkpointFile)
  }

  func open() throws {
    close()
    let clock = clock
    store = try HubStore(
      home: HubHome(disk.mount), key: FoundedProgramme.fileKey, limits: limits,
      now: { clock.seconds }, surroundings: surroundings)
  }

  func close() {
    try? store?.db.close()
    store = nil
    waiting = []
  }

  /// Puts the backup in the place of the data; the checkpoint store is never part of one.
  func restoreBackup() {
    close()
    disk.restore(backup, keeping: Self.checkpointFile)
    restores += 1
    isDamaged = false
  }
}
