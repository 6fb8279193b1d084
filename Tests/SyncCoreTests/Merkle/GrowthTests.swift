import SyncCore
import Testbed
import Testing

@Suite struct GrowthTests {
  /// One device's life with a log: rounds of growth in which each leaf is its own or another's.
  @Test(arguments: UInt64(1)...60)
  func `a device keeps the path of every own leaf and little else`(seed: UInt64) throws {
    print("seed \(seed)")
    var random = SplitMix64(seed: seed)
    let leaves = NaiveTree.leaves(Int.random(in: 1...130, using: &random))
    var tree = PartialTree()
    var own: [Int] = []
    var size = 0
    while size < leaves.count {
      let end = Int.random(in: size...leaves.count, using: &random)
      var pieces: [GrowthPiece] = []
      var expected: [Range<UInt64>] = []
      while size < end {
        let next = Int.random(in: size + 1...end, using: &random)
        let (low, high) = (UInt64(size), UInt64(next))
        if Int.random(in: 0..<4, using: &random) == 0 {
          pieces.append(.own(Array(leaves[size..<next])))
          expected.append(low..<high)
          own += size..<next
        } else {
          let hashes = NaiveTree.range(size, next, of: leaves)
          pieces.append(.foreign(try CompactRange(begin: low, end: high, hashes: hashes)))
        }
        size = next
      }
      let root = NaiveTree.root(leaves[..<size])
      #expect(try tree.grow(by: pieces, toSize: UInt64(size), root: root) == expected)
      #expect(tree.root == root)
      // Through the store and back.
      tree = try PartialTree(size: tree.size, ownSubtrees: tree.ownSubtrees, nodes: tree.nodes)
      for index in own {
        let proof = try tree.inclusionProof(of: UInt64(index))
        #expect(proof.hashes == NaiveTree.path(index, leaves[..<size]))
      }
      #expect(Set(tree.nodes.keys) == Self.needed(own: own, size: size))
    }
  }

  /// The nodes that some own leaf's path names, and the frontier's: found leaf by leaf.
  private static func needed(own: [Int], size: Int) -> Set<NodeAddress> {
    var needed: Set<NodeAddress> = []
    if size > 0, let cut = try? Decomposition(0..<UInt64(size)) { needed.formUnion(cut) }
    for index in own {
      guard var node = NodeAddress(level: 0, index: UInt64(index)) else { continue }
      while node.parent.end <= UInt64(size) {
        needed.insert(node.sibling)
        node = node.parent
      }
    }
    return needed
  }

  @Test
  func `a tree that lacks or moves an own leaf is refused, and the device stays where it was`()
    throws
  {
    let leaves = NaiveTree.leaves(60)
    var tree = PartialTree()
    let first = try CompactRange(begin: 0, end: 20, hashes: NaiveTree.range(0, 20, of: leaves))
    try tree.grow(by: [.foreign(first)], toSize: 20, root: NaiveTree.root(leaves[..<20]))
    let before = tree.nodes
    let mine = Array(leaves[20..<23])
    let rest = try CompactRange(begin: 23, end: 60, hashes: NaiveTree.range(23, 60, of: leaves))
    let pieces: [GrowthPiece] = [.own(mine), .foreign(rest)]
    for change in 20..<23 {
      var log = leaves
      log[change] = leaves[0]
      #expect(throws: MerkleError(.rootMismatch)) {
        try tree.grow(by: pieces, toSize: 60, root: NaiveTree.root(log[...]))
      }
    }
    #expect(throws: MerkleError(.rootMismatch)) {
      let swapped: [GrowthPiece] = [.own(mine.reversed()), .foreign(rest)]
      try tree.grow(by: swapped, toSize: 60, root: NaiveTree.root(leaves[...]))
    }
    #expect(throws: MerkleError(.sizeMismatch)) {
      try tree.grow(by: pieces, toSize: 61, root: NaiveTree.root(leaves[...]))
    }
    #expect(throws: MerkleError(.notContiguous)) {
      try tree.grow(by: [.foreign(rest)], toSize: 60, root: NaiveTree.root(leaves[...]))
    }
    #expect(tree.nodes == before && tree.size == 20)
    try tree.grow(by: pieces, toSize: 60, root: NaiveTree.root(leaves[...]))
    #expect(throws: MerkleError(.nodeMissing)) { try tree.inclusionProof(of: 40) }
    #expect(throws: MerkleError(.indexOutOfRange)) { try tree.inclusionProof(of: 60) }
  }

  @Test func `a stored state that cannot be is refused`() throws {
    let leaves = NaiveTree.leaves(12)
    let middle = try CompactRange(begin: 4, end: 12, hashes: NaiveTree.range(4, 12, of: leaves))
    #expect(throws: MerkleError(.invalidRange)) { try GrowthCheck(frontier: middle) }
    let whole = try CompactRange(begin: 0, end: 12, hashes: NaiveTree.range(0, 12, of: leaves))
    #expect(throws: MerkleError(.invalidRange)) {
      try GrowthCheck(frontier: whole, ownSubtrees: 1 << 1)
    }
    _ = try GrowthCheck(frontier: whole, ownSubtrees: 1 << 2 | 1 << 3)
    #expect(throws: MerkleError(.nodeMissing)) {
      try PartialTree(size: 12, ownSubtrees: 0, nodes: [:])
    }
  }

  @Test func `a thousand own leaves in a log of a million keep few nodes`() throws {
    // Foreign subtrees need not be real to count nodes: only their places matter.
    var check = try GrowthCheck()
    var position: UInt64 = 0
    var random = SplitMix64(seed: 7)
    for _ in 0..<100 {
      let end = position + UInt64.random(in: 1...20_000, using: &random)
      let count = try CompactRange.hashCount(begin: position, end: end)
      let hashes = [Digest32](repeating: .zero, count: count)
      try check.extend(.foreign(CompactRange(begin: position, end: end, hashes: hashes)))
      try check.extend(.own([Digest32](repeating: .zero, count: 10)))
      position = end + 10
    }
    #expect(check.frontier.end == position)
    // Each push of ten costs two paths of twenty nodes at most, and its own leaves.
    #expect(check.nodesToStore.count < 100 * (2 * 20 + 10))
    #expect(check.nodesToStore.count > 1_000)
    #expect(check.nodesToDrop.isEmpty)
  }
}
