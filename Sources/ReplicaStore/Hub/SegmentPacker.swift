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

  /// What a segment takes beside its entries: context, signature, and its four numbers.
  private static let headBytes = 32 + 64 + 10
  /// A hash, or a public key.
  private static let hashBytes = 32

  init(_ programme: ProgrammeID) { self.programme = programme }

  /// Takes an entry into the answer, if there is room for it.
  ///
  /// - Parameter fits: whether the answer may grow by about so many bytes around the entry; fewer than
  ///   none where it shortens the proof of those before it.
  /// - Returns: the index of its segment there; nil when it does not fit.
  mutating func add(
    _ entry: Entry, ofSegment row: Int64, in db: Database, if fits: (_ bytes: Int) -> Bool
  ) throws -> Int? {
    let seq = entry.envelope.seq
    let known = places[row]
    let before = try known.map { packed[$0] } ?? Packed(row, programme, in: db)
    var segment = before
    segment.add(seq)
    var hashes = segment.proofCount
    if known != nil { hashes -= before.proofCount } else if !origins.contains(before.origin) { hashes += 1 }
    // The hash before a run.
    if seq > 1, before.newest.map({ $0 + 1 == seq }) != true { hashes += 1 }
    guard fits(hashes * Self.hashBytes + (known == nil ? Self.headBytes : 0)) else { return nil }
    guard let known else {
      places[row] = packed.count
      packed.append(segment)
      origins.insert(segment.origin)
      return packed.count - 1
    }
    packed[known] = segment
    return known
  }

  /// The segments with their proofs.
  func finished(in db: Database) throws -> [DeliveredSegment] {
    try packed.map { packed in
      var delivered = packed.delivered
      guard !packed.isWhole else { return delivered }
      let tree = try SegmentTree(of: delivered.segment, originRow: packed.originRow, in: db)
      guard let tree else { throw Self.damaged }
      delivered.proof = try tree.proof(of: packed.runs).hashes
      return delivered
    }
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
    guard let found, let segment = DeliveredSegment(found, programme: programme) else {
      throw SegmentPacker.damaged
    }
    originRow = found["origin"]
    delivered = segment
  }

  var origin: OriginID { delivered.segment.origin }
  var isWhole: Bool { runs == [0..<delivered.segment.count] }

  /// How many hashes are said of it beside its entries: the proof, and that of its last entry.
  var proofCount: Int {
    let size = delivered.segment.count
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
