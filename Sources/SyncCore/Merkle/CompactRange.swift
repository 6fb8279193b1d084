/// The leaves `[begin, end)` of a tree, held as the hashes of the canonical perfect subtrees that
/// cover them: at most 124 hashes, whatever the size (hub-log §2.2).
///
/// Two ranges that touch join into one, so a range `[0, n)` is a tree that can still grow. Such a
/// range is called a frontier.
public struct CompactRange: Sendable, Hashable {
  public let begin: UInt64
  public private(set) var end: UInt64
  /// Hashes of the subtrees of ``Decomposition``, left to right.
  public private(set) var hashes: [Digest32]

  /// The tree without leaves.
  public init() {
    begin = 0
    end = 0
    hashes = []
  }

  /// A range as it came from outside.
  ///
  /// - Throws: `invalid-range` when it ends before it begins, `size-too-large`,
  ///   `wrong-hash-count` when `hashes` are not ``hashCount(begin:end:)``.
  public init(begin: UInt64, end: UInt64, hashes: [Digest32]) throws(MerkleError) {
    guard try hashes.count == Self.hashCount(begin: begin, end: end) else {
      throw MerkleError(.wrongHashCount)
    }
    self.begin = begin
    self.end = end
    self.hashes = hashes
  }

  /// A range read from stored nodes.
  ///
  /// - Throws: `invalid-range`, `size-too-large`, `node-missing`, or what the store throws.
  public init(begin: UInt64, end: UInt64, from nodes: some MerkleNodes) throws {
    let count = try Self.hashCount(begin: begin, end: end)
    var hashes: [Digest32] = []
    hashes.reserveCapacity(count)
    for address in Decomposition(checkedBegin: begin, end: end) {
      hashes.append(try nodes.require(address))
    }
    try self.init(begin: begin, end: end, hashes: hashes)
  }

  /// How many hashes the range `[begin, end)` has; a peer sends exactly these.
  ///
  /// - Throws: `invalid-range`, `size-too-large`.
  public static func hashCount(begin: UInt64, end: UInt64) throws(MerkleError) -> Int {
    guard begin <= end else { throw MerkleError(.invalidRange) }
    guard end <= MerkleTree.sizeMax else { throw MerkleError(.sizeTooLarge) }
    return Decomposition.count(checkedBegin: begin, end: end)
  }

  /// Number of leaves.
  public var count: UInt64 { end - begin }

  /// The subtrees with their hashes, left to right.
  public var nodes: [MerkleNode] {
    zip(Decomposition(checkedBegin: begin, end: end), hashes).map {
      MerkleNode(address: $0, hash: $1)
    }
  }

  /// The root of the tree, when the range starts at the first leaf; nil otherwise.
  public var root: Digest32? { begin == 0 ? rootFromZero : nil }

  /// Root of a range that is known to start at the first leaf.
  var rootFromZero: Digest32 { folded ?? MerkleTree.emptyRoot }

  /// The hash of the subtrees joined from the right: the RFC 6962 hash of the leaves where the range
  /// is a subtree of its tree. Nil for an empty range.
  var folded: Digest32? {
    guard var hash = hashes.last else { return nil }
    for left in hashes.dropLast().reversed() { hash = MerkleTree.nodeHash(left, hash) }
    return hash
  }

  /// Adds one leaf. A tree of ``MerkleTree/sizeMax`` leaves is our own mistake and traps.
  public mutating func append(leaf hash: Digest32) {
    append(leaf: hash) { _ in }
  }

  /// Adds one leaf and tells every node that it completes, lowest first, the leaf included.
  ///
  /// A hub persists exactly these nodes; see ``CompactRange/init(begin:end:from:)``.
  public mutating func append(leaf hash: Digest32, completing visit: (MerkleNode) -> Void) {
    precondition(end < MerkleTree.sizeMax, "a tree cannot grow beyond sizeMax")
    push(hash, level: 0, completing: visit)
  }

  /// Adds a range that begins where this one ends.
  ///
  /// - Throws: `not-contiguous`; the receiver is then unchanged.
  public mutating func append(_ other: CompactRange) throws(MerkleError) {
    guard other.begin == end else { throw MerkleError(.notContiguous) }
    for node in other.nodes {
      push(node.hash, level: Int(node.address.level)) { _ in }
    }
  }

  /// Adds a perfect subtree at the end and joins it with its left siblings as far as they are here.
  /// Visits it and every node that it completes, lowest first.
  mutating func push(
    _ hash: Digest32, level: Int, completing visit: (MerkleNode) -> Void
  ) {
    var node = MerkleNode(
      address: .init(uncheckedLevel: level, index: end >> UInt64(level)), hash: hash)
    end = node.address.end
    visit(node)
    while !node.address.index.isMultiple(of: 2), node.address.sibling.begin >= begin {
      let left = hashes.removeLast()
      node = MerkleNode(
        address: node.address.parent, hash: MerkleTree.nodeHash(left, node.hash))
      visit(node)
    }
    hashes.append(node.hash)
  }
}
