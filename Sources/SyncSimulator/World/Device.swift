internal import GRDB
internal import Identity
internal import ReplicaStore
internal import SyncCore

/// One laptop of a world, with its disk, its clock and the person in front of it.
final class Device {
  let number: Int
  let memberIndex: Int
  let member: FoundedProgramme.Member
  /// Under which it writes; another after it left a closed one (sync §8.2).
  private(set) var origin: OriginID
  /// All under which it ever wrote, those that it shares with a copy among them.
  private(set) var origins: Set<OriginID>
  let disk: SimulatedDisk
  let clock: NodeClock
  let environment: Replica.Environment
  private let limits: Limits
  private(set) var replica: Replica?

  enum State: Hashable {
    case up
    /// The power failed.
    case down
    /// The hub showed that this home is one of two, or that it was revoked; its person was told.
    case stopped
    /// The file does not open, or pages of it do not: the laptop has to be replaced.
    case lost
  }
  var state = State.up
  /// Why two homes may write under one origin: this home was copied, or put back from an old image.
  var isForked = false
  var isRevoked = false
  /// Bits of its disk that were flipped.
  var flips = 0
  /// Cut off from the hub until this time.
  var cutOffUntil: Int64 = 0
  /// Does not try the line until this time.
  var withoutLineUntil: Int64 = 0

  struct Session {
    var exchange: Int
    var sent: Replica.Outgoing
    var rounds = 0
    /// The files that follow text; nil while text has the line.
    var lane: FileRun?
  }
  var session: Session?
  /// Newest entry of its own log that the ledger has read.
  var registered: UInt64 = 0
  /// Own entries whose hashes the ledger has as received.
  var receivedNoted: UInt64 = 0
  /// The newest entry that was called saved, on this disk, and the files.
  var saved = LogHead.empty
  var savedFiles: [FileLedger.Key] = []
  var oldImage: OldImage?
  var timesPutBack = 0

  struct OldImage {
    let disk: DiskImage
    let saved: LogHead
    let savedFiles: [FileLedger.Key]
    let registered: UInt64
    let receivedNoted: UInt64
  }

  init(
    number: Int, memberIndex: Int, member: FoundedProgramme.Member, origin: OriginID, disk: SimulatedDisk,
    clock: NodeClock, surroundings: Surroundings, limits: Limits
  ) {
    self.limits = limits
    self.number = number
    self.memberIndex = memberIndex
    self.member = member
    self.origin = origin
    origins = [origin]
    self.disk = disk
    self.clock = clock
    var environment = Replica.Environment { clock.seconds }
    environment.surroundings = surroundings
    self.environment = environment
  }

  /// Opens the home again; what the process knew is gone.
  func open() throws {
    replica = nil
    session = nil
    replica = try Replica(
      opening: DeviceHome(disk.mount), key: FoundedProgramme.fileKey, environment: environment,
      limits: limits)
  }

  /// The process ends, politely or not.
  func close() {
    try? replica?.db.close()
    replica = nil
    session = nil
  }

  func noteOrigins() {
    guard let replica else { return }
    origin = replica.identity.origin
    origins.formUnion(replica.ownOrigins)
  }

  var isWriter: Bool { member.kind == .liaison || member.kind == .reader }
}
