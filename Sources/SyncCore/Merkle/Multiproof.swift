/// Shows that several leaves are in a tree, at once: the compact ranges of what lies before, between
/// and after them (hub-log §2.5).
///
/// Leaves that stand side by side share the way to the root, so a run of them costs two times the
/// height of the tree at most, however long it is.
public struct Multiproof: Sendable, Hashable {
  /// The places of the leaves, ascending.
  public let runs: [Range<UInt64>]
  /// Leaves in the tree.
  public let size: UInt64
  /// The hashes of the gaps, left to right.
  public let hashes: [Digest32]

  /// A proof as it came from outside.
  ///
  /// - Throws: `invalid-range` when places do not ascend, `index-out-of-range`, `size-too-large`,
  ///   `wrong-hash-count`.
  public init(runs: [Range<UInt64>], size: UInt64, hashes: [Digest32]) throws(MerkleError) {
    guard try hashes.count == Self.hashCount(runs: runs, size: size) else {
      throw MerkleError(.wrongHashCount)
    }
    self.runs = runs
    self.size = size
    self.hashes = hashes
  }

  /// The proof read from stored nodes.
  ///
  /// - Throws: `invalid-range`, `index-out-of-range`, `size-too-large`, `node-missing`, or what the
  ///   store throws.
  public init(runs: [Range<UInt64>], size: UInt64, from nodes: some MerkleNodes) throws {
    hashes = try Self.gaps(between: runs, size: size).flatMap { gap in
      try CompactRange(begin: gap.lowerBound, end: gap.upperBound, from: nodes).hashes
    }
    self.runs = runs
    self.size = size
  }

  /// How many hashes the proof of leaves at these places has; a peer sends exactly these.
  ///
  /// - Throws: `invalid-range`, `index-out-of-range`, `size-too-large`.
  public static func hashCount(runs: [Range<UInt64>], size: UInt64) throws(MerkleError) -> Int {
    var count = 0
    for gap in try gaps(between: runs, size: size) {
      count += Decomposition.count(checkedBegin: gap.lowerBound, end: gap.upperBound)
    }
    return count
  }

  private static func gaps(
    between runs: [Range<UInt64>], size: UInt64
  ) throws(MerkleError) -> [Range<UInt64>] {
    guard size <= MerkleTree.sizeMax else { throw MerkleError(.sizeTooLarge) }
    var gaps: [Range<UInt64>] = []
    var next: UInt64 = 0
    for run in runs {
      guard run.upperBound <= size else { throw MerkleError(.indexOutOfRange) }
      guard run.lowerBound >= next else { throw MerkleError(.invalidRange) }
      gaps.append(next..<run.lowerBound)
      next = run.upperBound
    }
    gaps.append(next..<size)
    return gaps
  }

  /// The fewest runs of these places, which ascend.
  public static func runs(of places: some Sequence<UInt64>) -> [Range<UInt64>] {
    var runs: [Range<UInt64>] = []
    for place in places {
      if let last = runs.last, last.upperBound == place {
        runs[runs.count - 1] = last.lowerBound..<(place + 1)
      } else {
        runs.append(place..<(place + 1))
      }
    }
    return runs
  }

  /// The root that this proof leads to from the leaf hashes at its places.
  ///
  /// - Parameter visit: told every node that shows on the way: all that the path of each of these
  ///   leaves is made of.
  /// - Throws: `wrong-hash-count` when they are not as many as the places.
  public func root(
    leafHashes: [Digest32], completing visit: (MerkleNode) -> Void = { _ in }
  ) throws(MerkleError) -> Digest32 {
    guard leafHashes.count == runs.reduce(0, { $0 + $1.count }) else {
      throw MerkleError(.wrongHashCount)
    }
    var range = CompactRange()
    var next = hashes.makeIterator()
    func pass(to end: UInt64) {
      for subtree in Decomposition(checkedBegin: range.end, end: end) {
        // As many as the gaps ask for, which was checked when the proof was made.
        guard let hash = next.next() else { return }
        range.push(hash, level: Int(subtree.level), completing: visit)
      }
    }
    var leaves = leafHashes[...]
    for run in runs {
      pass(to: run.lowerBound)
      for leaf in leaves.prefix(run.count) { range.append(leaf: leaf, completing: visit) }
      leaves = leaves.dropFirst(run.count)
    }
    pass(to: size)
    return range.rootFromZero
  }
}
