/// Shows that a tree is an older tree with leaves added at its end (RFC 6962 §2.1.2,
/// hub-log §2.4).
public struct ConsistencyProof: Sendable, Hashable {
  /// Leaves in the older tree.
  public let oldSize: UInt64
  /// Leaves in the newer tree.
  public let newSize: UInt64
  public let hashes: [Digest32]

  /// A proof as it came from outside.
  ///
  /// - Throws: `index-out-of-range` when the older tree is the larger one, `size-too-large`,
  ///   `wrong-hash-count`.
  public init(oldSize: UInt64, newSize: UInt64, hashes: [Digest32]) throws(MerkleError) {
    guard try hashes.count == Self.hashCount(oldSize: oldSize, newSize: newSize) else {
      throw MerkleError(.wrongHashCount)
    }
    self.oldSize = oldSize
    self.newSize = newSize
    self.hashes = hashes
  }

  /// The proof read from stored nodes.
  ///
  /// - Throws: `index-out-of-range`, `size-too-large`, `node-missing`, or what the store throws.
  public init(oldSize: UInt64, newSize: UInt64, from nodes: some MerkleNodes) throws {
    let count = try Self.hashCount(oldSize: oldSize, newSize: newSize)
    guard count > 0 else {
      try self.init(oldSize: oldSize, newSize: newSize, hashes: [])
      return
    }
    // The proof is the inclusion proof of the last perfect subtree of the older tree, led by that
    // subtree's own hash, which the verifier knows already where it is the whole older tree.
    let seed = Self.seed(oldSize)
    var hashes: [Digest32] = []
    if seed.begin > 0 { hashes.append(try nodes.require(seed)) }
    var node = seed
    while node.begin > 0 || node.end < newSize {
      let sibling = node.sibling
      if sibling.end <= newSize {
        hashes.append(try nodes.require(sibling))
      } else if sibling.begin < newSize {
        let cut = try CompactRange(begin: sibling.begin, end: newSize, from: nodes)
        guard let hash = cut.folded else { throw MerkleError(.nodeMissing) }
        hashes.append(hash)
      }
      node = node.parent
    }
    try self.init(oldSize: oldSize, newSize: newSize, hashes: hashes)
  }

  /// The last perfect subtree of a tree that has leaves.
  private static func seed(_ size: UInt64) -> NodeAddress {
    let level = size.trailingZeroBitCount
    return NodeAddress(uncheckedLevel: level, index: size >> UInt64(level) - 1)
  }

  /// How many hashes the proof has: at most 64; none between equal trees and from the empty tree.
  ///
  /// - Throws: `index-out-of-range`, `size-too-large`.
  public static func hashCount(oldSize: UInt64, newSize: UInt64) throws(MerkleError) -> Int {
    guard newSize <= MerkleTree.sizeMax else { throw MerkleError(.sizeTooLarge) }
    guard oldSize <= newSize else { throw MerkleError(.indexOutOfRange) }
    guard oldSize > 0, oldSize < newSize else { return 0 }
    let level = oldSize.trailingZeroBitCount
    let path = try InclusionProof.hashCount(index: oldSize - 1, size: newSize)
    return path - level + (oldSize.nonzeroBitCount == 1 ? 0 : 1)
  }

  /// Checks that both roots belong to one history.
  ///
  /// - Throws: `root-mismatch`.
  public func verify(oldRoot: Digest32, newRoot: Digest32) throws(MerkleError) {
    guard oldSize > 0 else {
      guard oldRoot == MerkleTree.emptyRoot, newSize > 0 || newRoot == MerkleTree.emptyRoot else {
        throw MerkleError(.rootMismatch)
      }
      return
    }
    guard oldSize < newSize else {
      guard oldRoot == newRoot else { throw MerkleError(.rootMismatch) }
      return
    }
    let seed = Self.seed(oldSize)
    let rest = seed.begin == 0 ? hashes[...] : hashes.dropFirst()
    var old = seed.begin == 0 ? oldRoot : hashes[0]
    var new = old
    let inner = InclusionProof.innerCount(index: oldSize - 1, size: newSize) - Int(seed.level)
    for (step, sibling) in rest.enumerated() {
      if step >= inner || seed.index >> UInt64(step) & 1 == 1 {
        old = MerkleTree.nodeHash(sibling, old)
        new = MerkleTree.nodeHash(sibling, new)
      } else {
        new = MerkleTree.nodeHash(new, sibling)
      }
    }
    guard old == oldRoot, new == newRoot else { throw MerkleError(.rootMismatch) }
  }
}
