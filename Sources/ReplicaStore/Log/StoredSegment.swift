internal import Foundation
internal import GRDB
internal import SyncCore

extension Segment {
  /// A segment as it is stored, with `origin_id` beside its columns; nil when a column is not what it
  /// has to be.
  init?(_ row: Row, programme: ProgrammeID) {
    guard let origin = OriginID(Array(row["origin_id"] as Data)),
      let lastHash = Digest32(Array(row["last_hash"] as Data)),
      let root = Digest32(Array(row["root"] as Data)),
      let context = Digest32(Array(row["context"] as Data))
    else { return nil }
    self.init(
      programme: programme, origin: origin, first: UInt64(row["first"] as Int64),
      last: UInt64(row["last"] as Int64), lastHash: lastHash, root: root, context: context)
  }
}

extension DeliveredSegment {
  /// The same with its signature, and `public_key` beside it.
  init?(_ row: Row, programme: ProgrammeID) {
    guard let segment = Segment(row, programme: programme) else { return nil }
    self.init(
      publicKey: Array(row["public_key"] as Data), segment: segment,
      signature: Array(row["signature"] as Data))
  }
}

/// The tree over one segment, for proofs.
struct SegmentTree {
  private let nodes: [NodeAddress: Digest32]
  private let size: UInt64

  init(_ entries: [EntryHash]) {
    var range = CompactRange()
    var nodes: [NodeAddress: Digest32] = [:]
    for entry in entries {
      range.append(leaf: MerkleTree.leafHash(entry)) { nodes[$0.address] = $0.hash }
    }
    self.nodes = nodes
    size = range.end
  }

  /// Of a stored segment; nil when one of its entries is missing.
  init?(of segment: Segment, originRow: Int64, in db: Database) throws {
    let entries = try EntryTable.hashes(
      ofOriginRow: originRow, seqs: segment.first...segment.last, in: db)
    guard let entries else { return nil }
    self.init(entries)
  }

  func path(_ index: UInt64) throws -> [Digest32] {
    try InclusionProof(index: index, size: size, from: nodes).hashes
  }

  func proof(of runs: [Range<UInt64>]) throws -> Multiproof {
    try Multiproof(runs: runs, size: size, from: nodes)
  }
}
