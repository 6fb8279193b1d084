/// Where a perfect subtree lies: `2^level` leaves, the first of them `index · 2^level`
/// (hub-log §2.2). Level 0 holds the leaf hashes.
public struct NodeAddress: Sendable, Hashable {
  public let level: UInt8
  public let index: UInt64

  /// An address whose last leaf a tree can have; nil for any other.
  public init?(level: Int, index: UInt64) {
    guard (0...62).contains(level), index < MerkleTree.sizeMax >> UInt64(level) else { return nil }
    self.init(uncheckedLevel: level, index: index)
  }

  init(uncheckedLevel level: Int, index: UInt64) {
    self.level = UInt8(level)
    self.index = index
  }

  /// First leaf below this node.
  public var begin: UInt64 { index << UInt64(level) }
  /// One past the last leaf below this node.
  public var end: UInt64 { (index + 1) << UInt64(level) }
  /// The other child of this node's parent.
  public var sibling: NodeAddress { .init(uncheckedLevel: Int(level), index: index ^ 1) }
  /// The node above.
  public var parent: NodeAddress { .init(uncheckedLevel: Int(level) + 1, index: index >> 1) }
}

extension NodeAddress: Comparable {
  /// By last leaf, lower level first: the order in which a growing tree completes its nodes.
  public static func < (a: Self, b: Self) -> Bool {
    (a.end, a.level) < (b.end, b.level)
  }
}

/// A perfect subtree and its hash.
public struct MerkleNode: Sendable, Hashable {
  public let address: NodeAddress
  public let hash: Digest32

  public init(address: NodeAddress, hash: Digest32) {
    self.address = address
    self.hash = hash
  }
}

/// A store of perfect subtrees: a table of the hub, the paths that a device keeps, an array.
public protocol MerkleNodes {
  /// The hash of the perfect subtree `[index · 2^level, (index + 1) · 2^level)`; nil when the store
  /// does not hold it.
  func node(level: Int, index: UInt64) throws -> Digest32?
}

extension MerkleNodes {
  func require(_ address: NodeAddress) throws -> Digest32 {
    guard let hash = try node(level: Int(address.level), index: address.index) else {
      throw MerkleError(.nodeMissing)
    }
    return hash
  }
}

extension Dictionary: MerkleNodes where Key == NodeAddress, Value == Digest32 {
  public func node(level: Int, index: UInt64) -> Digest32? {
    NodeAddress(level: level, index: index).flatMap { self[$0] }
  }
}
