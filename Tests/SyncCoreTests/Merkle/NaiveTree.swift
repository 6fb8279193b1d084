import SyncCore

/// RFC 6962 §2.1 word for word, in time that nobody would ship: what the tests compare with.
enum NaiveTree {
  static func root(_ leaves: ArraySlice<Digest32>) -> Digest32 {
    guard leaves.count > 1 else {
      return leaves.first ?? Hash.sha256([UInt8]())
    }
    let cut = leaves.startIndex + split(leaves.count)
    return Hash.sha256([0x01] + root(leaves[..<cut]).bytes + root(leaves[cut...]).bytes)
  }

  static func path(_ index: Int, _ leaves: ArraySlice<Digest32>) -> [Digest32] {
    guard leaves.count > 1 else { return [] }
    let k = split(leaves.count)
    let cut = leaves.startIndex + k
    return index < k
      ? path(index, leaves[..<cut]) + [root(leaves[cut...])]
      : path(index - k, leaves[cut...]) + [root(leaves[..<cut])]
  }

  static func consistency(_ old: Int, _ leaves: ArraySlice<Digest32>) -> [Digest32] {
    old == 0 ? [] : subproof(old, leaves, isWhole: true)
  }

  private static func subproof(
    _ old: Int, _ leaves: ArraySlice<Digest32>, isWhole: Bool
  ) -> [Digest32] {
    if old == leaves.count { return isWhole ? [] : [root(leaves)] }
    let k = split(leaves.count)
    let cut = leaves.startIndex + k
    return old <= k
      ? subproof(old, leaves[..<cut], isWhole: isWhole) + [root(leaves[cut...])]
      : subproof(old - k, leaves[cut...], isWhole: false) + [root(leaves[..<cut])]
  }

  /// Hashes of the perfect subtrees that cover a range, found by trying the largest first.
  static func range(_ begin: Int, _ end: Int, of leaves: [Digest32]) -> [Digest32] {
    var hashes: [Digest32] = []
    var position = begin
    while position < end {
      var width = 1
      while position % (2 * width) == 0, position + 2 * width <= end { width *= 2 }
      hashes.append(root(leaves[position..<position + width]))
      position += width
    }
    return hashes
  }

  private static func split(_ count: Int) -> Int {
    var k = 1
    while 2 * k < count { k *= 2 }
    return k
  }

  static func leaves(_ count: Int) -> [Digest32] {
    (0..<count).map { MerkleTree.leafHash(UInt64($0)) }
  }
}
