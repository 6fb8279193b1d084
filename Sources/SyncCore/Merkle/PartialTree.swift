/// What a device keeps of the hub log: the frontier and, of all other nodes, those beside the ways
/// of its own leaves to the root (hub-log §6.3).
///
/// The memory form of a table of nodes. Foreign subtrees that touch are joined, so `m` own leaves
/// in a log of `n` cost at most `m · log2(n)` hashes.
public struct PartialTree: Sendable {
  public private(set) var frontier: CompactRange
  /// See ``GrowthCheck/ownSubtrees``.
  public private(set) var ownSubtrees: UInt64
  /// Every stored node, the frontier's subtrees among them.
  public private(set) var nodes: [NodeAddress: Digest32]

  /// The tree without leaves.
  public init() {
    frontier = CompactRange()
    ownSubtrees = 0
    nodes = [:]
  }

  /// A tree read from a store.
  ///
  /// - Throws: `node-missing` when the frontier's subtrees are not all there, `size-too-large`,
  ///   `invalid-range`.
  public init(size: UInt64, ownSubtrees: UInt64, nodes: [NodeAddress: Digest32]) throws {
    frontier = try CompactRange(begin: 0, end: size, from: nodes)
    _ = try GrowthCheck(frontier: frontier, ownSubtrees: ownSubtrees)
    self.ownSubtrees = ownSubtrees
    self.nodes = nodes
  }

  /// Number of leaves.
  public var size: UInt64 { frontier.end }

  /// The root of the whole tree.
  public var root: Digest32 { frontier.rootFromZero }

  /// Extends the tree by pieces if, and only if, they lead to the signed tree.
  ///
  /// - Returns: the places of the own leaves among the pieces.
  /// - Throws: `not-contiguous`, `size-too-large`, `size-mismatch`, `root-mismatch`. The tree is
  ///   then unchanged.
  @discardableResult
  public mutating func grow(
    by pieces: some Sequence<GrowthPiece>, toSize size: UInt64, root: Digest32
  ) throws(MerkleError) -> [Range<UInt64>] {
    var check = try GrowthCheck(frontier: frontier, ownSubtrees: ownSubtrees)
    for piece in pieces { try check.extend(piece) }
    try check.verify(size: size, root: root)
    for address in check.nodesToDrop { nodes[address] = nil }
    for node in check.nodesToStore { nodes[node.address] = node.hash }
    frontier = check.frontier
    ownSubtrees = check.ownSubtrees
    return check.ownRanges
  }

  /// The path of an own leaf in the whole tree.
  ///
  /// - Throws: `index-out-of-range`; `node-missing` for a leaf that is not one's own.
  public func inclusionProof(of index: UInt64) throws -> InclusionProof {
    try InclusionProof(index: index, size: size, from: nodes)
  }
}
