internal import Foundation
internal import GRDB
internal import SyncCore

/// The segments whose entries an answer delivers, and what proves those entries (sync §3.2).
struct SegmentPacker {
  private let programme: ProgrammeID
  private var packed: [Packed] = []
  /// Where a segment's row stands among the packed ones.
  private var places: [Int64: Int] = [:]
  private var origins: Set<OriginID> = []
  /// The segment of an entry that was asked about last.
  private var candidate: (row: Int64, segment: Packed)?

  /// What a segment takes beside its entries: context, signature, and its four numbers.
  private static let headBytes = 32 + 64 + 10
  /// A hash, or a public key.
  private static let hashBytes = 32

  init(_ programme: ProgrammeID) { self.programme = programme }

  /// About the bytes by which the answer grows around this entry if it comes next; fewer than none
  /// where it shortens the proof of those before it.
  mutating func bytes(adding entry: Entry, ofSegment row: Int64, in db: Database) throws -> Int {
    let seq = entry.envelope.seq
    let segment = try packed(row, in: db)
    var grown = segment
    grown.add(seq)
    var bytes = grown.proofCount - (segment.isEmpty ? 0 : segment.proofCount)
    if segment.isEmpty { bytes += origins.contains(segment.origin) ? 0 : 1 }
    // The hash before a run.
    if seq > 1, segment.newest.map({ $0 + 1 == seq }) != true { bytes += 1 }
    return bytes * Self.hashBytes + (segment.isEmpty ? Self.headBytes : 0)
  }

  /// Takes the entry into the answer.
  ///
  /// - Returns: the index of its segment there.
  mutating func add(_ entry: Entry, ofSegment row: Int64, in db: Database) throws -> Int {
    var segment = try packed(row, in: db)
    segment.add(entry.envelope.seq)
    let index = places[row] ?? packed.count
    if index == packed.count {
      places[row] = index
      packed.append(segment)
      origins.insert(segment.origin)
    } else {
      packed[index] = segment
    }
    return index
  }

  /// The segments with their proofs.
  func finished(in db: Database) throws -> [DeliveredSegment] {
    try packed.map { packed in
      var delivered = packed.delivered
      guard !packed.isWhole else { return delivered }
      let segment = delivered.segment
      let leaves = try EntryTable.hashes(
        ofOriginRow: packed.originRow, seqs: segment.first...segment.last, in: db)
      guard let leaves else { throw Self.damaged }
      delivered.proof = try SegmentTree(leaves.map { MerkleTree.leafHash($0) })
        .proof(of: packed.runs).hashes
      return delivered
    }
  }

  private mutating func packed(_ row: Int64, in db: Database) throws -> Packed {
    if let place = places[row] { return packed[place] }
    if let candidate, candidate.row == row { return candidate.segment }
    let segment = try Packed(row, programme, in: db)
    candidate = (row, segment)
    return segment
  }

  fileprivate static var damaged: StoreError {
    StoreError(.damaged, "The store lacks what a delivered segment is made of; run verify.")
  }
}

/// A segment and which of its entries come.
private struct Packed {
  let originRow: Int64
  let delivered: DeliveredSegment
  /// The places of entries that come, counted from zero, ascending.
  private(set) var runs: [Range<UInt64>] = []
  /// The entry that came last.
  private(set) var newest: UInt64?

  init(_ row: Int64, _ programme: ProgrammeID, in db: Database) throws {
    let found = try Row.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT s.*, o.origin AS origin_id, o.public_key FROM segment s
          JOIN origin o ON o.id = s.origin WHERE s.id = ?
          """), arguments: [row])
    guard let found, let segment = Segment(found, programme: programme) else {
      throw SegmentPacker.damaged
    }
    originRow = found["origin"]
    delivered = DeliveredSegment(
      publicKey: Array(found["public_key"] as Data), segment: segment,
      signature: Array(found["signature"] as Data))
  }

  var origin: OriginID { delivered.segment.origin }
  var isEmpty: Bool { runs.isEmpty }
  var isWhole: Bool { runs == [0..<size] }
  private var size: UInt64 { delivered.segment.last - delivered.segment.first + 1 }

  /// How many hashes are said of it beside its entries: the proof, and that of its last entry.
  var proofCount: Int {
    let proof = (try? Multiproof.hashCount(runs: runs, size: size)) ?? 0
    return proof + (runs.last?.upperBound == size ? 0 : 1)
  }

  /// Adds an entry, which two streams may both have.
  mutating func add(_ seq: UInt64) {
    newest = seq
    let place = seq - delivered.segment.first
    guard let last = runs.last, place <= last.upperBound else { return runs.append(place..<(place + 1)) }
    if place == last.upperBound {
      runs[runs.count - 1] = last.lowerBound..<(place + 1)
    } else if !runs.contains(where: { $0.contains(place) }) {
      runs = Multiproof.runs(of: (runs.flatMap(Array.init) + [place]).sorted())
    }
  }
}

/// The tree over one segment, for proofs.
struct SegmentTree {
  private let nodes: [NodeAddress: Digest32]
  private let size: UInt64

  init(_ leaves: [Digest32]) {
    var range = CompactRange()
    var nodes: [NodeAddress: Digest32] = [:]
    for leaf in leaves { range.append(leaf: leaf) { nodes[$0.address] = $0.hash } }
    self.nodes = nodes
    size = range.end
  }

  func path(_ index: UInt64) throws -> [Digest32] {
    try InclusionProof(index: index, size: size, from: nodes).hashes
  }

  func proof(of runs: [Range<UInt64>]) throws -> Multiproof {
    try Multiproof(runs: runs, size: size, from: nodes)
  }
}

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
