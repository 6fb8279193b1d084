public import Identity
public import SyncCore
public import TransparencyLog

/// What a home knows for itself, before it believes a file (committee §7.1).
public struct CommitteeTrust: Sendable {
  /// A release that this home has seen before.
  public struct KnownRelease: Sendable, Hashable {
    public let number: UInt64
    /// Data of its leaf in the hub log.
    public let leaf: Digest32

    public init(number: UInt64, leaf: Digest32) {
      self.number = number
      self.leaf = leaf
    }
  }

  /// The authority's key, pinned by the invite.
  public var programme: ProgrammeIdentity
  /// Checkpoints that this home has checked. Empty on a machine that never met the hub.
  public var checkpoints: [Checkpoint]
  public var releases: [KnownRelease]

  public init(
    programme: ProgrammeIdentity, checkpoints: [Checkpoint] = [], releases: [KnownRelease] = []
  ) {
    self.programme = programme
    self.checkpoints = checkpoints
    self.releases = releases
  }
}
