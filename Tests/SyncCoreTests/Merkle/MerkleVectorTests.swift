import Foundation
import SyncCore
import Testing

/// `Protocol/vectors/merkle`: one file per case, made by another implementation.
struct MerkleVector: Decodable, CustomTestStringConvertible {
  struct Range: Decodable {
    let begin, end: String
    let hashes: [String]

    func make() throws -> CompactRange {
      try CompactRange(begin: number(begin), end: number(end), hashes: digests(hashes))
    }
  }
  struct Piece: Decodable {
    let own: [String]?
    let foreign: Range?
  }
  struct Proof: Decodable {
    let index, leafHash: String
    let hashes: [String]
  }

  struct Run: Decodable { let begin, end: String }

  let what, kind, expect: String
  let leaves, hashes: [String]?
  let root, index, size, leafHash, oldSize, newSize, oldRoot, newRoot, begin, end: String?
  let frontier: Range?
  let pieces: [Piece]?
  let proofs: [Proof]?
  let runs: [Run]?
  let leafHashes: [String]?

  var testDescription: String { what }

  static let all: [MerkleVector] = {
    var folder = URL(filePath: #filePath)
    for _ in 0..<4 { folder.deleteLastPathComponent() }
    folder.append(path: "Protocol/vectors/merkle")
    let files = try! FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return files.filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }.map {
      try! decoder.decode(MerkleVector.self, from: Data(contentsOf: $0))
    }
  }()
}

private func number(_ text: String?) throws -> UInt64 {
  try #require(text.flatMap { UInt64($0) })
}

private func digest(_ text: String?) throws -> Digest32 {
  try #require(text.flatMap { Digest32(hex: $0) })
}

private func digests(_ text: [String]?) throws -> [Digest32] { try #require(text).map(digest) }

@Suite struct MerkleVectorTests {
  @Test func `the vectors are there, and refuse as well as accept`() {
    let refused = MerkleVector.all.filter { $0.expect.hasPrefix("refuse:") }
    #expect(MerkleVector.all.count >= 50)
    #expect(refused.count >= 12)
  }

  @Test(arguments: MerkleVector.all)
  func `a vector is judged as it says`(_ vector: MerkleVector) throws {
    do {
      try Self.judge(vector)
      #expect(vector.expect == "accept")
    } catch let error as MerkleError {
      #expect(vector.expect == "refuse:\(error.code.rawValue)")
    }
  }

  private static func judge(_ v: MerkleVector) throws {
    switch v.kind {
    case "root":
      let hashes = try leafHashes(v)
      #expect(MerkleTree.root(of: hashes) == (try digest(v.root)))
    case "inclusion":
      try InclusionProof(index: number(v.index), size: number(v.size), hashes: digests(v.hashes))
        .verify(leafHash: digest(v.leafHash), root: digest(v.root))
    case "multiproof":
      let runs = try #require(v.runs).map { try number($0.begin)..<number($0.end) }
      let leaves = try digests(v.leafHashes)
      let proof = try Multiproof(runs: runs, size: number(v.size), hashes: digests(v.hashes))
      var nodes: [NodeAddress: Digest32] = [:]
      let root = try proof.root(leafHashes: leaves) { nodes[$0.address] = $0.hash }
      guard try root == digest(v.root) else { throw MerkleError(.rootMismatch) }
      for (place, leaf) in zip(runs.joined(), leaves) {
        try InclusionProof(index: place, size: proof.size, from: nodes)
          .verify(leafHash: leaf, root: digest(v.root))
      }
    case "consistency":
      try ConsistencyProof(
        oldSize: number(v.oldSize), newSize: number(v.newSize), hashes: digests(v.hashes)
      ).verify(oldRoot: digest(v.oldRoot), newRoot: digest(v.newRoot))
    case "range":
      let range = try CompactRange(
        begin: number(v.begin), end: number(v.end), hashes: digests(v.hashes))
      var grown = try CompactRange(begin: range.begin, end: range.begin, hashes: [])
      for leaf in try leafHashes(v) { grown.append(leaf: leaf) }
      #expect(grown == range)
    case "growth":
      try judgeGrowth(v)
    default:
      Issue.record("a vector of unknown kind \(v.kind)")
    }
  }

  private static func judgeGrowth(_ v: MerkleVector) throws {
    let frontier = try #require(v.frontier).make()
    let known = Dictionary(uniqueKeysWithValues: frontier.nodes.map { ($0.address, $0.hash) })
    var tree = try PartialTree(size: frontier.end, ownSubtrees: 0, nodes: known)
    let before = tree.root
    var pieces: [GrowthPiece] = []
    for piece in try #require(v.pieces) {
      if let own = piece.own { pieces.append(.own(try digests(own))) }
      if let foreign = piece.foreign { pieces.append(.foreign(try foreign.make())) }
    }
    do {
      try tree.grow(by: pieces, toSize: number(v.size), root: digest(v.root))
    } catch {
      #expect(tree.root == before && tree.nodes == known, "a refused growth changed the tree")
      throw error
    }
    for proof in try #require(v.proofs) {
      let made = try tree.inclusionProof(of: number(proof.index))
      #expect(try made.hashes == digests(proof.hashes))
      try made.verify(leafHash: digest(proof.leafHash), root: tree.root)
    }
  }

  private static func leafHashes(_ v: MerkleVector) throws -> [Digest32] {
    try #require(v.leaves).map { MerkleTree.leafHash(try #require([UInt8](hex: $0))) }
  }
}
