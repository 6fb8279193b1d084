public import SyncCore

/// What the hub log says of one release (hub-log §7.2).
///
/// Its ``leaf`` is logged before the release is handed out, so that every committee, and every
/// device that looks, is shown the same one.
public struct ReleaseHead: Sendable, Hashable {
  public var programme: ProgrammeID
  /// Counted from one, without gaps.
  public var number: UInt64
  /// Entries in the release's tree.
  public var count: UInt64
  /// Root of the release's tree.
  public var root: Digest32
  /// Hash of the signed disclosure policy that made the release.
  public var policy: Digest32
  /// Digest of the release's content, shown and counted: the withheld digest of hub-log §7.2 is
  /// `H("yarrow.release-content/1", content)` (committee §3.4).
  public var withheld: Digest32

  public init(
    programme: ProgrammeID, number: UInt64, count: UInt64, root: Digest32, policy: Digest32,
    withheld: Digest32
  ) {
    self.programme = programme
    self.number = number
    self.count = count
    self.root = root
    self.policy = policy
    self.withheld = withheld
  }

  /// The data of the release's leaf in the hub log.
  public var leaf: Digest32 {
    Hash.sha256(domain: "yarrow.release/1", programme, number, count, root, policy, withheld)
  }
}
