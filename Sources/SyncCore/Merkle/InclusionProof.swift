/// Shows that a leaf is in a tree: the siblings on its way to the root, lowest first
/// (RFC 6962 §2.1.1, hub-log §2.3).
public struct InclusionProof: Sendable, Hashable {
  /// The leaf's place, counted from zero.
  public let index: UInt64
  /// Leaves in the tree.
  public let size: UInt64
  public let hashes: [Digest32]

  /// A proof as it came from outside.
  ///
  /// - Throws: `index-out-of-range`, `size-too-large`, `wrong-hash-count`.
  public init(index: UInt64, size: UInt64, hashes: [Digest32]) throws(MerkleError) {
    guard try hashes.count == Self.hashCount(index: index, size: size) else {
      throw MerkleError(.wrongHashCount)
    }
    self.index = index
    self.size = size
    self.hashes = hashes
  }

  /// The proof read from stored nodes.
  ///
  /// - Throws: `index-out-of-range`, `size-too-large`, `node-missing`, or what the store throws.
  public init(index: UInt64, size: UInt64, from nodes: some MerkleNodes) throws {
    var hashes: [Digest32] = []
    hashes.reserveCapacity(try Self.hashCount(index: index, size: size))
    var node = NodeAddress(uncheckedLevel: 0, index: index)
    let inner = Self.innerCount(index: index, size: size)
    for _ in 0..<inner {
      let sibling = node.sibling
      if sibling.end <= size {
        hashes.append(try nodes.require(sibling))
      } else {
        // The one sibling that the end of the tree cuts: joined from its perfect subtrees.
        let cut = try CompactRange(begin: sibling.begin, end: size, from: nodes)
        guard let hash = cut.folded else { throw MerkleError(.nodeMissing) }
        hashes.append(hash)
      }
      node = node.parent
    }
    // Above, the path runs along the right edge: only left siblings remain.
    for level in Int(node.level)..<63 where node.index >> UInt64(level - inner) & 1 == 1 {
      let left = NodeAddress(
        uncheckedLevel: level, index: node.index >> UInt64(level - inner) ^ 1)
      hashes.append(try nodes.require(left))
    }
    self.index = index
    self.size = size
    self.hashes = hashes
  }

  /// How many hashes the proof of leaf `index` in a tree of `size` leaves has: at most 63.
  ///
  /// - Throws: `index-out-of-range`, `size-too-large`.
  public static func hashCount(index: UInt64, size: UInt64) throws(MerkleError) -> Int {
    guard size <= MerkleTree.sizeMax else { throw MerkleError(.sizeTooLarge) }
    guard index < size else { throw MerkleError(.indexOutOfRange) }
    let inner = innerCount(index: index, size: size)
    return inner + (index >> UInt64(inner)).nonzeroBitCount
  }

  /// Levels below the one where the path meets the right edge of the tree.
  static func innerCount(index: UInt64, size: UInt64) -> Int {
    64 - (index ^ (size - 1)).leadingZeroBitCount
  }

  /// The root that this proof leads to from a leaf hash.
  public func root(leafHash: Digest32) -> Digest32 {
    let inner = Self.innerCount(index: index, size: size)
    var hash = leafHash
    for (level, sibling) in hashes.enumerated() {
      let isRight = level >= inner || index >> UInt64(level) & 1 == 1
      hash = isRight ? MerkleTree.nodeHash(sibling, hash) : MerkleTree.nodeHash(hash, sibling)
    }
    return hash
  }

  /// Checks that the leaf is in the tree with this root.
  ///
  /// - Throws: `root-mismatch`.
  public func verify(leafHash: Digest32, root: Digest32) throws(MerkleError) {
    guard self.root(leafHash: leafHash) == root else { throw MerkleError(.rootMismatch) }
  }
}
