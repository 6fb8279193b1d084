import SyncCore
import Testing

/// Every node of a tree, as a hub stores it.
private func stored(_ leaves: [Digest32]) -> [NodeAddress: Digest32] {
  var nodes: [NodeAddress: Digest32] = [:]
  var frontier = CompactRange()
  for leaf in leaves {
    frontier.append(leaf: leaf) { node in
      #expect(nodes.updateValue(node.hash, forKey: node.address) == nil)
    }
  }
  return nodes
}

@Suite struct ProofTests {
  static let sizes = 130
  let leaves = NaiveTree.leaves(sizes)

  @Test func `roots agree with the definition for every size`() {
    for size in 0...Self.sizes {
      #expect(MerkleTree.root(of: leaves[..<size]) == NaiveTree.root(leaves[..<size]))
    }
  }

  @Test func `a hub stores each complete subtree once, and nothing else`() {
    for size in 0...Self.sizes {
      let nodes = stored(Array(leaves[..<size]))
      #expect(nodes.count == (0..<8).reduce(0) { $0 + size >> $1 })
      for (address, hash) in nodes where address.level > 4 {
        #expect(hash == NaiveTree.root(leaves[Int(address.begin)..<Int(address.end)]))
      }
    }
  }

  @Test func `compact ranges agree with the definition for every range`() throws {
    let nodes = stored(leaves)
    for begin in 0...Self.sizes {
      for end in begin...Self.sizes {
        let expected = NaiveTree.range(begin, end, of: leaves)
        let (low, high) = (UInt64(begin), UInt64(end))
        #expect(try CompactRange.hashCount(begin: low, end: high) == expected.count)
        let range = try CompactRange(begin: low, end: high, from: nodes)
        #expect(range.hashes == expected)
        #expect(range.root == (begin == 0 ? NaiveTree.root(leaves[..<end]) : nil))
      }
    }
  }

  @Test func `some leaves of every tree are proven together, and each of them by what that tells`() throws {
    for size in 1...20 {
      let tree = Array(leaves[..<size])
      let (nodes, root) = (stored(tree), NaiveTree.root(tree[...]))
      for chosen in 1..<(1 << min(size, 9)) {
        // Up to nine places, spread over the tree.
        let step = (size + 8) / 9
        let places = (0..<9).filter { chosen >> $0 & 1 == 1 && $0 * step < size }.map {
          UInt64($0 * step)
        }
        guard !places.isEmpty else { continue }
        let proof = try Multiproof(
          runs: Multiproof.runs(of: places), size: UInt64(size), from: nodes)
        let hashes = places.map { tree[Int($0)] }
        var told: [NodeAddress: Digest32] = [:]
        #expect(try proof.root(leafHashes: hashes) { told[$0.address] = $0.hash } == root)
        for place in places {
          let path = try InclusionProof(index: place, size: UInt64(size), from: told)
          #expect(path.hashes == NaiveTree.path(Int(place), tree[...]))
        }
        var (other, wrong) = (proof.hashes, hashes)
        wrong[0] = MerkleTree.leafHash(999 as UInt64)
        #expect(try proof.root(leafHashes: wrong) != root)
        other.append(root)
        #expect(throws: MerkleError(.wrongHashCount)) {
          try Multiproof(runs: proof.runs, size: proof.size, hashes: other)
        }
      }
    }
  }

  @Test(arguments: [
    ([3..<4, 1..<2], MerkleError.Code.invalidRange), ([1..<3, 2..<4], .invalidRange),
    ([4..<6], .indexOutOfRange), ([0..<1, 9..<10], .indexOutOfRange),
  ] as [([Range<UInt64>], MerkleError.Code)])
  func `places that do not ascend or lie outside the tree are refused`(
    _ runs: [Range<UInt64>], _ code: MerkleError.Code
  ) {
    #expect(throws: MerkleError(code)) { try Multiproof.hashCount(runs: runs, size: 5) }
  }

  @Test func `two ranges that touch join into the range of both`() throws {
    let nodes = stored(leaves)
    for begin in stride(from: UInt64(0), through: 130, by: 3) {
      for middle in begin...130 {
        for end in stride(from: middle, through: 130, by: 7) {
          var joined = try CompactRange(begin: begin, end: middle, from: nodes)
          try joined.append(CompactRange(begin: middle, end: end, from: nodes))
          #expect(joined == (try CompactRange(begin: begin, end: end, from: nodes)))
        }
      }
    }
  }

  @Test func `ranges that do not touch stay apart`() throws {
    let nodes = stored(leaves)
    var range = try CompactRange(begin: 3, end: 50, from: nodes)
    let before = range
    for begin: UInt64 in [0, 3, 49, 51] {
      let other = try CompactRange(begin: begin, end: 60, from: nodes)
      #expect(throws: MerkleError(.notContiguous)) { try range.append(other) }
    }
    #expect(range == before)
  }

  @Test func `inclusion proofs agree with the RFC for every leaf of every size`() throws {
    let nodes = stored(leaves)
    for size in 1...Self.sizes {
      let root = NaiveTree.root(leaves[..<size])
      for index in 0..<size {
        let proof = try InclusionProof(index: UInt64(index), size: UInt64(size), from: nodes)
        #expect(proof.hashes == NaiveTree.path(index, leaves[..<size]))
        #expect(
          proof == (try InclusionProof(index: proof.index, size: proof.size, hashes: proof.hashes)))
        try proof.verify(leafHash: leaves[index], root: root)
        #expect(throws: MerkleError(.rootMismatch)) {
          try proof.verify(leafHash: leaves[(index + 1) % Self.sizes], root: root)
        }
      }
    }
  }

  @Test func `consistency proofs agree with the RFC for every pair of sizes`() throws {
    let nodes = stored(leaves)
    let roots = (0...Self.sizes).map { NaiveTree.root(leaves[..<$0]) }
    for new in 0...Self.sizes {
      for old in 0...new {
        let proof = try ConsistencyProof(oldSize: UInt64(old), newSize: UInt64(new), from: nodes)
        #expect(proof.hashes == NaiveTree.consistency(old, leaves[..<new]))
        try proof.verify(oldRoot: roots[old], newRoot: roots[new])
        guard old > 0 else { continue }
        #expect(throws: MerkleError(.rootMismatch)) {
          try proof.verify(oldRoot: roots[old - 1], newRoot: roots[new])
        }
        #expect(throws: MerkleError(.rootMismatch)) {
          try proof.verify(oldRoot: roots[old], newRoot: roots[new - 1])
        }
      }
    }
  }

  @Test func `any changed hash breaks a proof`() throws {
    let nodes = stored(leaves)
    for size in [2, 3, 7, 64, 65, 129] as [UInt64] {
      let root = NaiveTree.root(leaves[..<Int(size)])
      for index in 0..<size {
        let proof = try InclusionProof(index: index, size: size, from: nodes)
        for place in proof.hashes.indices {
          var hashes = proof.hashes
          hashes[place] = leaves[129]
          let changed = try InclusionProof(index: index, size: size, hashes: hashes)
          #expect(throws: MerkleError(.rootMismatch)) {
            try changed.verify(leafHash: leaves[Int(index)], root: root)
          }
        }
      }
      for old in 1..<size {
        let proof = try ConsistencyProof(oldSize: old, newSize: size, from: nodes)
        for place in proof.hashes.indices {
          var hashes = proof.hashes
          hashes[place] = leaves[129]
          let changed = try ConsistencyProof(oldSize: old, newSize: size, hashes: hashes)
          #expect(throws: MerkleError(.rootMismatch)) {
            try changed.verify(oldRoot: NaiveTree.root(leaves[..<Int(old)]), newRoot: root)
          }
        }
      }
    }
  }

  @Test func `a store that lost a node is told, not guessed around`() throws {
    var nodes = stored(leaves)
    nodes[try #require(NodeAddress(level: 6, index: 0))] = nil
    #expect(throws: MerkleError(.nodeMissing)) {
      try InclusionProof(index: 127, size: 130, from: nodes)
    }
    #expect(throws: MerkleError(.nodeMissing)) {
      try ConsistencyProof(oldSize: 65, newSize: 130, from: nodes)
    }
    #expect(throws: MerkleError(.nodeMissing)) {
      try CompactRange(begin: 0, end: 65, from: nodes)
    }
  }

  @Test func `the largest tree has proofs without overflow`() throws {
    let all = MerkleTree.sizeMax
    #expect(try InclusionProof.hashCount(index: 0, size: all) == 63)
    #expect(try InclusionProof.hashCount(index: all - 1, size: all) == 62)
    #expect(try CompactRange.hashCount(begin: 1, end: all - 1) == 123)
    #expect(try ConsistencyProof.hashCount(oldSize: all - 1, newSize: all) == 63)
    struct Everything: MerkleNodes {
      func node(level: Int, index: UInt64) -> Digest32? { .zero }
    }
    for (index, size) in [
      (0, all), (all - 1, all), (1 << 62, all), (0, 1 << 62), (5, (1 << 62) + 1),
    ] {
      let proof = try InclusionProof(index: index, size: size, from: Everything())
      #expect(try proof.hashes.count == InclusionProof.hashCount(index: index, size: size))
      _ = proof.root(leafHash: .zero)
    }
    for (old, new) in [(1, all), (all - 1, all), (1 << 62, all), ((1 << 62) - 1, 1 << 62)] {
      let proof = try ConsistencyProof(oldSize: old, newSize: new, from: Everything())
      #expect(throws: MerkleError(.rootMismatch)) {
        try proof.verify(oldRoot: .zero, newRoot: .zero)
      }
    }
    #expect(NodeAddress(level: 62, index: 1) == nil)
    #expect(NodeAddress(level: 0, index: all) == nil)
    #expect(NodeAddress(level: 63, index: 0) == nil)
    #expect(NodeAddress(level: 0, index: all - 1) != nil)
  }
}
