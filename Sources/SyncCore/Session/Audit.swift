/// A device holds the hub to what it signed before: here is your checkpoint, and here my log as you
/// acknowledged it (sync §9). Neither side's message holds anything of a report.
public struct AuditRequest: Sendable, Hashable {
  public var origin: OriginID
  /// The hub epoch of the checkpoint.
  public var hubEpoch: UInt64
  public var checkpoint: CheckpointSeal
  public var head: LogHead

  public init(origin: OriginID, hubEpoch: UInt64, checkpoint: CheckpointSeal, head: LogHead) {
    self.origin = origin
    self.hubEpoch = hubEpoch
    self.checkpoint = checkpoint
    self.head = head
  }
}

/// What the hub says to that, under its signature (wire-format §2.12).
public struct AuditResponse: Sendable, Hashable {
  public var hubEpoch: UInt64
  /// The device's log as the hub holds it, on the branch that the request's head names.
  public var head: LogHead
  public var size: UInt64
  public var root: Digest32
  /// From the request's checkpoint to this tree; empty where that is not smaller.
  public var consistency: [Digest32]

  public init(
    hubEpoch: UInt64, head: LogHead, size: UInt64, root: Digest32, consistency: [Digest32]
  ) {
    self.hubEpoch = hubEpoch
    self.head = head
    self.size = size
    self.root = root
    self.consistency = consistency
  }
}

extension AuditResponse {
  /// How the answer contradicts the checkpoint that the hub itself had signed; nil when it does not.
  ///
  /// A later epoch contradicts nothing: there the authority has the word (hub-log §8).
  public func contradiction(of request: AuditRequest) -> SyncAlarm? {
    let known = request.checkpoint
    if hubEpoch < request.hubEpoch {
      return .epochWentBack(from: request.hubEpoch, to: hubEpoch)
    }
    guard hubEpoch == request.hubEpoch else { return nil }
    if size < known.size { return .logShrank(from: known.size, to: size) }
    do throws(MerkleError) {
      try ConsistencyProof(oldSize: known.size, newSize: size, hashes: consistency)
        .verify(oldRoot: known.root, newRoot: root)
      return nil
    } catch { return .logRewritten(size: size) }
  }

  /// Whether the hub says that it lacks an entry at this place of the device's log.
  public func lacks(_ entry: LogHead) -> Bool {
    head.seq < entry.seq || (head.seq == entry.seq && head.hash != entry.hash)
  }
}
