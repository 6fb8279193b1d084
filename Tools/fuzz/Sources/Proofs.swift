import SyncCore

let proofTarget = Target(name: "proof") { input in
  var input = Input(input)
  switch input.byte() % 4 {
  case 0: return inclusion(&input)
  case 1: return consistency(&input)
  case 2: return range(&input)
  default: return growth(&input)
  }
}

/// The hash tree that proofs are made up for: of its hashes, a proof's are taken by number.
enum Tree {
  static let leaves: [Digest32] = (0..<48).map { MerkleTree.leafHash(Hash.sha256([UInt8($0)])) }
  static let roots: [Digest32] = (0...48).map { MerkleTree.root(of: leaves.prefix($0)) }
  static let nodes: [NodeAddress: Digest32] = {
    var nodes: [NodeAddress: Digest32] = [:]
    var range = CompactRange()
    for leaf in leaves { range.append(leaf: leaf) { nodes[$0.address] = $0.hash } }
    return nodes
  }()
  /// Whatever a proof may hold: the nodes, and the roots of trees that end inside a subtree.
  static let hashes: [Digest32] = {
    var all = nodes.sorted { $0.key < $1.key }.map(\.value) + roots
    for size in 1...48 {
      for index in 0..<size {
        let proof = try? InclusionProof(index: UInt64(index), size: UInt64(size), from: nodes)
        for hash in proof?.hashes ?? [] where !all.contains(hash) { all.append(hash) }
      }
    }
    precondition(all.count <= 256, "a hash is named by one byte")
    while all.count < 256 { all.append(Hash.sha256([UInt8(all.count - 1), 1])) }
    return all
  }()

  /// True proofs, as the target reads them.
  static let proofs: [[UInt8]] = {
    func numbers(_ hashes: [Digest32]) -> [UInt8] {
      hashes.map { hash in UInt8(Tree.hashes.firstIndex(of: hash)!) }
    }
    var all: [[UInt8]] = [[3, 2, 0, 0, 2, 1], [3, 48, 3, 48] + numbers(Array(roots.suffix(1)))]
    for (index, size) in [(0, 1), (4, 5), (6, 7), (31, 48), (47, 48)] as [(UInt8, UInt8)] {
      let proof = try! InclusionProof(index: UInt64(index), size: UInt64(size), from: nodes)
      all.append([0, index, index, size] + numbers(proof.hashes))
    }
    for (old, new) in [(3, 7), (4, 8), (6, 8), (32, 48), (33, 48)] as [(UInt8, UInt8)] {
      let proof = try! ConsistencyProof(oldSize: UInt64(old), newSize: UInt64(new), from: nodes)
      all.append([1, old, new] + numbers(proof.hashes))
      let range = try! CompactRange(begin: UInt64(old), end: UInt64(new), from: nodes)
      all.append([2, old, new] + numbers(range.hashes))
    }
    return all
  }()
}

/// A size: mostly one that the tree has had, sometimes any number at all.
private func size(_ input: inout Input) -> UInt64 {
  let byte = input.byte()
  return byte < 0xc0 ? UInt64(byte % 49) : input.number(8)
}

private func hashes(_ input: inout Input) -> [Digest32] {
  input.all().prefix(160).map { Tree.hashes[Int($0)] }
}

private func inclusion(_ input: inout Input) -> Bool {
  let leaf = Int(input.byte() % 48)
  let (index, size) = (size(&input), size(&input))
  guard let proof = try? InclusionProof(index: index, size: size, hashes: hashes(&input)) else {
    return false
  }
  let root = proof.root(leafHash: Tree.leaves[leaf])
  guard size <= 48, root == Tree.roots[Int(size)] else { return false }
  check(index == leaf, "leaf \(leaf) was proven at \(index)")
  let real = try? InclusionProof(index: index, size: size, from: Tree.nodes)
  check(real == proof, "two proofs of one leaf")
  return true
}

private func consistency(_ input: inout Input) -> Bool {
  let (old, new) = (size(&input), size(&input))
  guard let proof = try? ConsistencyProof(oldSize: old, newSize: new, hashes: hashes(&input)) else {
    return false
  }
  guard old <= 48, new <= 48 else {
    _ = try? proof.verify(oldRoot: .zero, newRoot: .zero)
    return false
  }
  guard (try? proof.verify(oldRoot: Tree.roots[Int(old)], newRoot: Tree.roots[Int(new)])) != nil
  else { return false }
  let real = try? ConsistencyProof(oldSize: old, newSize: new, from: Tree.nodes)
  check(real == proof, "two proofs between two sizes")
  return true
}

private func range(_ input: inout Input) -> Bool {
  let (begin, end) = (size(&input), size(&input))
  guard let range = try? CompactRange(begin: begin, end: end, hashes: hashes(&input)) else {
    return false
  }
  check(range.nodes.count == range.hashes.count, "a range has more nodes than hashes")
  check(range.nodes.last.map { $0.address.end == end } ?? (begin == end), "a range ends elsewhere")
  var grown = range
  if (try? grown.append(range)) != nil { check(begin == end, "a range follows itself") }
  return true
}

/// Foreign ranges and leaves of one's own, to a root that the hub signed.
private func growth(_ input: inout Input) -> Bool {
  let goal = Int(input.byte() % 49)
  var tree = GrowthCheckedTree()
  while !input.isEmpty {
    let kind = input.byte()
    if kind & 1 == 0 {
      let leaves = input.bytes(Int(kind >> 1 & 3) + 1).map { Int($0 % 48) }
      tree.own(leaves)
    } else {
      let end = size(&input)
      let hashes = input.bytes(Int(kind >> 1 & 15)).map { Tree.hashes[Int($0)] }
      guard tree.foreign(end: end, hashes: hashes) else { return false }
    }
  }
  return tree.verify(goal)
}

private struct GrowthCheckedTree {
  private var growth = try! GrowthCheck()
  private var own: [UInt64: Int] = [:]

  mutating func own(_ leaves: [Int]) {
    for (place, leaf) in leaves.enumerated() { own[growth.frontier.end &+ UInt64(place)] = leaf }
    try? growth.extend(.own(leaves.map { Tree.leaves[$0] }))
  }

  mutating func foreign(end: UInt64, hashes: [Digest32]) -> Bool {
    guard let range = try? CompactRange(begin: growth.frontier.end, end: end, hashes: hashes),
      (try? growth.extend(.foreign(range))) != nil
    else { return false }
    return true
  }

  func verify(_ size: Int) -> Bool {
    guard (try? growth.verify(size: UInt64(size), root: Tree.roots[size])) != nil else {
      return false
    }
    for (place, leaf) in own { check(place == leaf, "leaf \(leaf) was placed at \(place)") }
    for node in growth.nodesToStore {
      check(Tree.nodes[node.address] == node.hash, "a node that the tree has not is stored")
    }
    return true
  }
}
