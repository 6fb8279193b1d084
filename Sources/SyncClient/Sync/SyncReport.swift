public import ReplicaStore
public import SyncCore

/// What a sync came to (cli `sync`).
public struct SyncReport: Sendable, Hashable {
  /// Entries of this device that the hub took for the first time.
  public var pushed = 0
  /// Entries of others, and of this device's earlier life, that came here.
  public var pulled = 0
  /// Entries of this device that are proven received since before this sync.
  public var received = 0
  /// Records that are held back, in all.
  public var quarantined = 0
  /// Files of this device that the hub now stores.
  public var filesGiven = 0
  /// Files of others that are now all here.
  public var filesFetched = 0
  /// Files that still have to go, or to come.
  public var filesLeft = 0
  /// What takes something back and has not reached the hub: a budget or a hub in recovery ended the
  /// sync before it.
  public var withdrawalsLeft = WaitingWithdrawals.none
  /// Message bytes, without what TLS and HTTP add.
  public var bytesUp = 0
  public var bytesDown = 0
  public var roundTrips = 0
  /// The newest checked checkpoint.
  public var checkpoint: CheckpointSeal?
  /// Whether nothing is left to push or to pull.
  public var complete = false
  /// The hub was restored and waits for its authority: it took what was pushed, without receipts.
  public var hubIsRecovering = false
  /// What a person must be told, though the exchanges were sound.
  public var alarms: [SyncAlarm] = []
  /// The hub began a new epoch, signed by the authority, which the device checked.
  public var newHubEpoch: UInt64?
  /// This home was copied or put back: its origin was closed, and it goes on under this one.
  public var successor: OriginID?
}

extension SyncReport {
  mutating func add(_ files: FileLane.Outcome) {
    filesGiven += files.given
    filesFetched += files.fetched
    bytesUp += files.bytesUp
    bytesDown += files.bytesDown
    roundTrips += files.roundTrips
  }
}

/// How far a sync has come, after each exchange.
public struct SyncProgress: Sendable, Hashable {
  public let pushed: Int
  /// Entries of this device that still have to go.
  public let left: Int
  public let pulled: Int
  public let bytesUp: Int
  public let bytesDown: Int
  public let roundTrips: Int
  /// How much of all bytes is behind, files included: from 0 to 1. It never goes back, and is 1 only
  /// when the sync is complete.
  public let fraction: Double
}
