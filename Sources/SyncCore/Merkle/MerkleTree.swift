/// Hashing of RFC 6962 trees (hub-log §2.1).
///
/// A leaf is `SHA-256(0x00 ‖ data)`, a node `SHA-256(0x01 ‖ left ‖ right)`, the empty tree
/// `SHA-256("")`. Left subtrees are perfect: their size is a power of two.
public enum MerkleTree {
  /// The most leaves that a tree may have: what a signed 64-bit integer, and so a database, holds.
  public static let sizeMax: UInt64 = 1 << 63 - 1

  /// Root of the tree without leaves.
  public static let emptyRoot = Digest32(
    hex: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")!

  /// Hash of one leaf's data.
  public static func leafHash(_ data: some Hashed) -> Digest32 {
    var hasher = DomainHasher()
    hasher.update(0x00 as UInt8)
    hasher.update(data)
    return hasher.finish()
  }

  /// Hash of an inner node.
  public static func nodeHash(_ left: Digest32, _ right: Digest32) -> Digest32 {
    // One update instead of three: this runs once per leaf on the hub.
    withUnsafeTemporaryAllocation(byteCount: 65, alignment: 8) { block in
      block[0] = 0x01
      left.withUnsafeBytes {
        UnsafeMutableRawBufferPointer(rebasing: block[1...]).copyMemory(from: $0)
      }
      right.withUnsafeBytes {
        UnsafeMutableRawBufferPointer(rebasing: block[33...]).copyMemory(from: $0)
      }
      var hasher = DomainHasher()
      hasher.update(UnsafeRawBufferPointer(block))
      return hasher.finish()
    }
  }

  /// Root over leaf hashes in order, in linear time and logarithmic memory.
  public static func root(of leafHashes: some Sequence<Digest32>) -> Digest32 {
    var range = CompactRange()
    for hash in leafHashes { range.append(leaf: hash) }
    return range.rootFromZero
  }
}
