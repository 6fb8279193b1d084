/// One piece of what the log has gained, in log order (hub-log §6.2).
public enum GrowthPiece: Sendable, Hashable {
  /// Leaves of others, as the hub's compact range.
  case foreign(CompactRange)
  /// Leaf hashes of this device's own entries, which it computes itself and is not sent.
  case own([Digest32])
}

/// The device's calculation: from the tree that it knows, through the pieces that a response names,
/// to the root that the hub signed (hub-log §6).
///
/// Arriving at the signed root proves two things at once: the new tree continues the old one, and
/// it holds the device's own leaves where the pieces say. The check also tells which nodes to store
/// so that each own leaf keeps its inclusion path, and which stored nodes are no longer needed.
public struct GrowthCheck: Sendable {
  /// What the device knows of the tree, from its first leaf on.
  public private(set) var frontier: CompactRange
  /// Bit `l` is set when the frontier's subtree of level `l` holds an own leaf. Stored beside the
  /// frontier, for the next growth.
  public private(set) var ownSubtrees: UInt64
  /// Places of the own leaves added so far.
  public private(set) var ownRanges: [Range<UInt64>] = []

  private var added: [NodeAddress: Digest32] = [:]
  private var dropped: Set<NodeAddress> = []

  /// Starts from a stored frontier, or from the tree without leaves.
  ///
  /// - Throws: `invalid-range` when the frontier does not begin at zero or when `ownSubtrees` names
  ///   a level that it does not have.
  public init(frontier: CompactRange = .init(), ownSubtrees: UInt64 = 0) throws(MerkleError) {
    guard frontier.begin == 0, ownSubtrees & ~frontier.end == 0 else {
      throw MerkleError(.invalidRange)
    }
    self.frontier = frontier
    self.ownSubtrees = ownSubtrees
  }

  /// Extends the tree by one piece.
  ///
  /// - Throws: `not-contiguous` for a foreign range that begins elsewhere, `size-too-large`. The
  ///   tree is then unchanged.
  public mutating func extend(_ piece: GrowthPiece) throws(MerkleError) {
    switch piece {
    case .foreign(let range):
      guard range.begin == frontier.end else { throw MerkleError(.notContiguous) }
      for node in range.nodes { join(node, isOwn: false) }
    case .own(let leafHashes):
      let begin = frontier.end
      guard UInt64(leafHashes.count) <= MerkleTree.sizeMax - begin else {
        throw MerkleError(.sizeTooLarge)
      }
      for hash in leafHashes {
        let leaf = NodeAddress(uncheckedLevel: 0, index: frontier.end)
        join(MerkleNode(address: leaf, hash: hash), isOwn: true)
      }
      if begin < frontier.end { ownRanges.append(begin..<frontier.end) }
    }
  }

  /// Checks that the pieces lead to the signed tree.
  ///
  /// - Throws: `size-mismatch`, `root-mismatch`.
  public func verify(size: UInt64, root: Digest32) throws(MerkleError) {
    guard frontier.end == size else { throw MerkleError(.sizeMismatch) }
    guard frontier.rootFromZero == root else { throw MerkleError(.rootMismatch) }
  }

  /// Nodes to store, in the order of a growing tree: the frontier's new subtrees, and whatever lies
  /// beside an own leaf's way to the root. An own leaf's hash is not among them as such: the entry
  /// gives it.
  public var nodesToStore: [MerkleNode] {
    added.map { MerkleNode(address: $0.key, hash: $0.value) }.sorted { $0.address < $1.address }
  }

  /// Stored nodes that no path needs any more, in the order of a growing tree.
  public var nodesToDrop: [NodeAddress] { dropped.sorted() }

  /// Joins a new subtree with its left siblings, as the frontier does, and sorts out what stays.
  private mutating func join(_ piece: MerkleNode, isOwn: Bool) {
    // Taken out so that the closure may change the rest of the check meanwhile, without a copy.
    var growing = frontier
    frontier = CompactRange()
    var isOwn = isOwn
    var last = piece.address
    growing.push(piece.hash, level: Int(piece.address.level)) { node in
      if node.address != piece.address {
        let level = UInt64(last.level)
        let leftIsOwn = ownSubtrees >> level & 1 == 1
        ownSubtrees &= ~(1 << level)
        // A node is a step of a path only beside a subtree that holds an own leaf.
        if !isOwn { drop(last.sibling) }
        if !leftIsOwn { drop(last) }
        isOwn = isOwn || leftIsOwn
      }
      added[node.address] = node.hash
      last = node.address
    }
    if isOwn { ownSubtrees |= 1 << UInt64(last.level) }
    frontier = growing
  }

  private mutating func drop(_ address: NodeAddress) {
    if added.removeValue(forKey: address) == nil { dropped.insert(address) }
  }
}
