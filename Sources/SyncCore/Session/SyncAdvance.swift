/// What a checked response changes on the device (sync §2.5). All of it is applied in one durable
/// transaction, or none.
public struct SyncAdvance: Sendable {
  public enum Next: Sendable, Hashable {
    /// Nothing is left to push or pull.
    case complete
    /// The hub has more, or the device has.
    case again
    /// The token was stale, or the hub knows otherwise: a fresh token is in this advance, and the
    /// request is repeated in full.
    case retryInFull
    /// The hub has a new epoch, whose statement must be checked first.
    case epochChanged(statement: [UInt8])
    case recovering
    case busy(seconds: UInt64)
    case revoked
  }

  public var next: Next
  public var hubEpoch: UInt64
  public var token: [UInt8]
  public var membership: Membership?
  public var acknowledged: LogHead
  public var held: [SyncResponse.Held]
  public var growth: GrowthCheck?
  /// Own entries that the growth placed in the log, as (seqs, index of the first leaf).
  public var placed: [Placement]
  public var checkpoint: CheckpointSeal?
  public var streams: [DeviceState.Stream]
  public var segments: [DeliveredSegment]
  /// Of each segment that came in part, what is known of its tree: by the segment's index.
  public var partial: [Int: [NodeAddress: Digest32]]
  public var deliveries: [Delivery]
  /// The hub says that this origin is closed (sync §8).
  public var isClosed: Bool
  /// Items of streams that the hub says are still to come; nil when it has no more.
  public var left: UInt64?
  /// What a person must be told, though the exchange itself is sound.
  public var alarms: [SyncAlarm]

  public struct Placement: Sendable, Hashable {
    public var seqs: ClosedRange<UInt64>
    public var firstLeaf: UInt64
  }

  /// The path of an entry in its segment (hub-log §2.3); none where the whole segment came, which
  /// proves itself.
  public func path(ofSeq seq: UInt64, segment index: Int) throws -> [Digest32] {
    guard let nodes = partial[index] else { return [] }
    let segment = segments[index].segment
    return try InclusionProof(
      index: seq - segment.first, size: segment.count, from: nodes
    ).hashes
  }
}

/// A sign that a hub lost, rewrote or hides something, or that this home was copied (sync §5).
public enum SyncAlarm: Error, Sendable, Hashable {
  /// The hub names an older epoch than it had.
  case epochWentBack(from: UInt64, to: UInt64)
  /// The hub holds less of this device's log than it acknowledged, without saying that it was
  /// restored.
  case hubLostAcknowledged(held: UInt64, acknowledged: UInt64)
  /// The hub holds another entry at a seq of this device's log.
  case ownLogDiffers(seq: UInt64)
  /// The hub holds entries of this origin that this home does not have: the home was copied, or
  /// put back from an old image.
  case ownLogAhead(held: UInt64, here: UInt64)
  /// The hub log is smaller than it was.
  case logShrank(from: UInt64, to: UInt64)
  /// The hub log does not extend the one that was checked before: two histories.
  case logRewritten(size: UInt64)
  /// The hub does not know a position that it gave.
  case streamRewritten(StreamName)

  /// The word under which the evidence is kept.
  public var code: String {
    switch self {
    case .epochWentBack: "epoch-went-back"
    case .hubLostAcknowledged: "hub-lost-acknowledged"
    case .ownLogDiffers: "own-log-differs"
    case .ownLogAhead: "own-log-ahead"
    case .logShrank: "log-shrank"
    case .logRewritten: "log-rewritten"
    case .streamRewritten: "stream-rewritten"
    }
  }
}

/// Why a response was refused: nothing of it was applied (sync §5).
public enum SyncRefusal: Error, Sendable, Hashable {
  case alarm(SyncAlarm)
  case checkpointSignature
  case growth(MerkleError)
  case segmentSignature
  case segmentRoot
  case brokenChain
  case unaskedStream
  case unknownOwnEntry
  case inconsistent
  /// The hub served an older or a contradicting statement of the authority (identity §3).
  case olderStatement
  /// A new version of a form lowers the class of a field (forms §4.4).
  case loosenedForm
  /// A new version of a form that this program cannot read: another program signed it (forms §7).
  case unusableForm(String)
  /// The response was sound and the disk was not.
  case storage(String)
}

/// Signatures, behind a seam: a simulation can make them fast and deterministic.
public protocol SessionVerifier: Sendable {
  /// Whether the hub's log key of this epoch signed and cosigned the checkpoint (hub-log §4).
  func isSigned(_ checkpoint: CheckpointSeal, hubEpoch: UInt64) -> Bool
  /// Whether the origin signed the segment (entry §3).
  func isSigned(_ segment: DeliveredSegment) -> Bool
}
