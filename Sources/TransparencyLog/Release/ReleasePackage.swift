public import SyncCore

/// A numbered, frozen disclosure to committees (committee §3): what a hub hands out, and what a
/// committee's file is made of.
///
/// A value of this type is consistent in itself; whether the hub log holds it is for ``log``, and
/// whether the policy allows it for whoever holds the keys.
public struct ReleasePackage: Sendable, Hashable {
  /// The release before this one.
  public struct Previous: Sendable, Hashable {
    public let number: UInt64
    /// Place of its leaf in the hub log.
    public let index: UInt64

    public init(number: UInt64, index: UInt64) {
      self.number = number
      self.index = index
    }
  }

  /// How many entries one reason withholds.
  public struct Withheld: Sendable, Hashable {
    public let reason: WithheldReason
    public let count: UInt64

    public init(reason: WithheldReason, count: UInt64) {
      self.reason = reason
      self.count = count
    }
  }

  /// Where the hub log holds the release's leaf.
  public struct LogProof: Sendable, Hashable {
    public let checkpoint: SignedCheckpoint
    /// Of the release's leaf in the checkpoint's tree.
    public let inclusion: InclusionProof
    /// The authority's statement for the checkpoint's epoch, as bytes (identity §3, type 5).
    public let hubStatement: [UInt8]

    public init(
      checkpoint: SignedCheckpoint, inclusion: InclusionProof, hubStatement: [UInt8]
    ) {
      self.checkpoint = checkpoint
      self.inclusion = inclusion
      self.hubStatement = hubStatement
    }
  }

  public let programme: ProgrammeID
  /// From one, without gaps.
  public let number: UInt64
  public let previous: Previous?
  /// Hashes of all entries since the release before, ascending.
  public let leaves: [EntryHash]
  /// In ascending order of positions.
  public let entries: [ReleasedEntry]
  /// In the order of ``WithheldReason``; no count is zero.
  public let withheld: [Withheld]
  /// The authority's statement, as bytes (identity §3, type 4).
  public let policyStatement: [UInt8]
  /// The newest statement of each form that ``entries`` names, in bytewise order of the form names.
  public let formStatements: [[UInt8]]
  /// For each of ``formStatements`` the YAML that it names by hash; nil where it holds YAML itself
  /// (forms §7).
  public let formTexts: [[UInt8]?]
  /// The shared lists that the same hashes name; nil when no statement names any.
  public let sharedLists: [UInt8]?
  /// Nil until the hub has logged the release.
  public internal(set) var log: LogProof?

  /// - Throws: `inconsistent` when an order, a count or a position contradicts another part;
  ///   `form-text` when the texts are not those that the form statements name.
  public init(
    programme: ProgrammeID, number: UInt64, previous: Previous?, leaves: [EntryHash],
    entries: [ReleasedEntry], withheld: [Withheld], policyStatement: [UInt8],
    formStatements: [[UInt8]], formTexts: [[UInt8]?], sharedLists: [UInt8]?, log: LogProof? = nil
  ) throws(ReleaseError) {
    let order = WithheldReason.allCases
    let places = withheld.compactMap { order.firstIndex(of: $0.reason) }
    var total = UInt64(entries.count)
    for part in withheld {
      let (sum, overflow) = total.addingReportingOverflow(part.count)
      guard !overflow, part.count > 0 else { throw ReleaseError(.inconsistent) }
      total = sum
    }
    guard number > 0, number <= UInt64(Int64.max), (number == 1) == (previous == nil),
      previous.map({ $0.number == number - 1 && $0.index < MerkleTree.sizeMax }) ?? true,
      zip(leaves, leaves.dropFirst()).allSatisfy({ $0 < $1 }),
      zip(entries, entries.dropFirst()).allSatisfy({ $0.position < $1.position }),
      entries.last.map({ $0.position < UInt64(leaves.count) }) ?? true,
      zip(places, places.dropFirst()).allSatisfy({ $0 < $1 }), total == UInt64(leaves.count)
    else { throw ReleaseError(.inconsistent) }
    guard
      Self.carries(formTexts, sharedLists, for: try Self.references(in: formStatements))
    else { throw ReleaseError(.formText) }
    self.programme = programme
    self.number = number
    self.previous = previous
    self.leaves = leaves
    self.entries = entries
    self.withheld = withheld
    self.policyStatement = policyStatement
    self.formStatements = formStatements
    self.formTexts = formTexts
    self.sharedLists = sharedLists
    self.log = log
  }

  /// Hash of the signed policy: the leaf that the hub log holds for it (identity §3).
  public var policyHash: Digest32 {
    Hash.sha256(domain: "yarrow.statement-leaf/1", policyStatement)
  }

  /// Digest of everything that is shown and of every count: what binds one release to one content,
  /// so that two committees cannot be shown two (committee §3.4).
  public var contentDigest: Digest32 {
    Hash.sha256(domain: "yarrow.release-content/1", content)
  }

  /// What the hub logs of this release; its ``ReleaseHead/leaf`` is the leaf's data (hub-log §7.2).
  public var head: ReleaseHead {
    ReleaseHead(
      programme: programme, number: number, count: UInt64(leaves.count),
      root: MerkleTree.root(of: leaves.lazy.map { MerkleTree.leafHash($0) }), policy: policyHash,
      withheld: contentDigest)
  }

  /// Entries that are counted and not shown.
  public var withheldCount: UInt64 { UInt64(leaves.count - entries.count) }

  /// The counts that a committee is shown (committee §4).
  public func bandedCounts(_ policy: DisclosurePolicy) -> [BandedCount] {
    BandedCount.all(of: entries, leaves: leaves, policy: policy)
  }

  /// The release with its place in the hub log.
  ///
  /// - Throws: `not-included` when the proof does not lead from this release's leaf to the
  ///   checkpoint.
  public func attaching(_ log: LogProof) throws(ReleaseError) -> ReleasePackage {
    guard log.inclusion.size == log.checkpoint.checkpoint.size,
      log.checkpoint.checkpoint.origin.programme == programme,
      (try? log.inclusion.verify(
        leafHash: MerkleTree.leafHash(head.leaf), root: log.checkpoint.checkpoint.root)) != nil
    else { throw ReleaseError(.notIncluded) }
    var attached = self
    attached.log = log
    return attached
  }
}
