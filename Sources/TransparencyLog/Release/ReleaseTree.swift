public import SyncCore

/// The tree of one release: the hashes of its entries, sorted, as leaves (hub-log §7.1,
/// committee §2).
///
/// Sorted by hash, a leaf's place says nothing about who wrote the entry or when.
public struct ReleaseTree: Sendable {
  /// Entry hashes, ascending, without repeats.
  public let entries: [EntryHash]
  /// Hashes of the perfect subtrees, level by level from the leaves.
  private let levels: [[Digest32]]

  /// The tree over a set of entries.
  public init(_ entries: Set<EntryHash>) {
    self.init(checked: entries.sorted())
  }

  /// The tree over entry hashes as a release lists them.
  ///
  /// - Throws: `unsorted-release` unless each is greater than the one before it.
  public init(sorted entries: [EntryHash]) throws(TransparencyLogError) {
    guard zip(entries, entries.dropFirst()).allSatisfy({ $0 < $1 }) else {
      throw TransparencyLogError(.unsortedRelease)
    }
    self.init(checked: entries)
  }

  private init(checked entries: [EntryHash]) {
    self.entries = entries
    var levels = [entries.map { MerkleTree.leafHash($0) }]
    while let below = levels.last, below.count > 1 {
      levels.append(
        (0..<below.count / 2).map { MerkleTree.nodeHash(below[2 * $0], below[2 * $0 + 1]) })
    }
    self.levels = levels
  }

  /// Number of entries.
  public var count: UInt64 { UInt64(entries.count) }

  /// RFC 6962 root of the sorted entry hashes.
  public var root: Digest32 {
    // Every perfect subtree of the range is in `levels`; a missing one is our own mistake.
    try! CompactRange(begin: 0, end: count, from: self).root!
  }

  /// Shows that an entry is in the release.
  ///
  /// - Throws: `not-in-release`.
  public func inclusionProof(of entry: EntryHash) throws(TransparencyLogError) -> InclusionProof {
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if entries[middle] < entry { low = middle + 1 } else { high = middle }
    }
    guard low < entries.count, entries[low] == entry,
      let proof = try? InclusionProof(index: UInt64(low), size: count, from: self)
    else { throw TransparencyLogError(.notInRelease) }
    return proof
  }
}

extension ReleaseTree: MerkleNodes {
  public func node(level: Int, index: UInt64) -> Digest32? {
    guard levels.indices.contains(level), index < UInt64(levels[level].count) else { return nil }
    return levels[level][Int(index)]
  }
}
