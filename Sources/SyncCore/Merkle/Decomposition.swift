/// The canonical cut of a range of leaves into perfect subtrees: the fewest, left to right
/// (hub-log §2.2).
public struct Decomposition: Sequence, IteratorProtocol, Sendable {
  private var position: UInt64
  private let end: UInt64

  /// Cuts `[begin, end)`. The caller has checked `begin <= end <= MerkleTree.sizeMax`.
  init(checkedBegin begin: UInt64, end: UInt64) {
    position = begin
    self.end = end
  }

  /// Cuts `range`.
  ///
  /// - Throws: `size-too-large` when the range ends beyond ``MerkleTree/sizeMax``.
  public init(_ range: Range<UInt64>) throws(MerkleError) {
    guard range.upperBound <= MerkleTree.sizeMax else { throw MerkleError(.sizeTooLarge) }
    self.init(checkedBegin: range.lowerBound, end: range.upperBound)
  }

  public mutating func next() -> NodeAddress? {
    guard position < end else { return nil }
    let room = 63 - (end - position).leadingZeroBitCount
    let level = position == 0 ? room : Swift.min(position.trailingZeroBitCount, room)
    let node = NodeAddress(uncheckedLevel: level, index: position >> UInt64(level))
    position += 1 << UInt64(level)
    return node
  }

  /// How many subtrees `[begin, end)` is cut into, without cutting it: at most 124.
  static func count(checkedBegin begin: UInt64, end: UInt64) -> Int {
    guard begin < end else { return 0 }
    guard begin > 0 else { return end.nonzeroBitCount }
    // Below the highest bit in which the leaf before the range and its end differ, the set bits of
    // the end are subtrees on the right, the clear bits of that leaf subtrees on the left.
    let before = begin - 1
    let mask: UInt64 = 1 << UInt64(63 - (before ^ end).leadingZeroBitCount) - 1
    return (~before & mask).nonzeroBitCount + (end & mask).nonzeroBitCount
  }
}
