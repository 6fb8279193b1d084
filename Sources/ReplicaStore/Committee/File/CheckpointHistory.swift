public import SyncCore
public import TransparencyLog

/// Every checkpoint that a committee has seen, and the proofs that each continues the one before
/// (committee §5.4).
public struct CheckpointHistory: Sendable, Hashable {
  /// In ascending order of (epoch, size), each once; the release's own among them.
  public var checkpoints: [SignedCheckpoint]
  /// One for each pair of neighbours of the same epoch, in their order.
  public var proofs: [ConsistencyProof]
  /// The authority's statement for each epoch that ``checkpoints`` name, as bytes, ascending.
  public var hubStatements: [[UInt8]]

  public init(
    checkpoints: [SignedCheckpoint], proofs: [ConsistencyProof], hubStatements: [[UInt8]]
  ) {
    self.checkpoints = checkpoints
    self.proofs = proofs
    self.hubStatements = hubStatements
  }

  /// The history of a committee that has seen nothing but this release.
  public init(of release: ReleasePackage) {
    self.init(
      checkpoints: release.log.map { [$0.checkpoint] } ?? [], proofs: [],
      hubStatements: release.log.map { [$0.hubStatement] } ?? [])
  }

  /// Neighbours of one epoch: what a proof must connect.
  var links: [(older: Checkpoint, newer: Checkpoint)] {
    zip(checkpoints, checkpoints.dropFirst()).compactMap { older, newer in
      older.checkpoint.origin == newer.checkpoint.origin
        ? (older.checkpoint, newer.checkpoint) : nil
    }
  }
}
