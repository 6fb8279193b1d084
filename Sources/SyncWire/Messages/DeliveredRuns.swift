import SyncCore

/// Which entries of each segment a response has: what else a message says of a segment follows from
/// it (wire-format §2.4).
struct DeliveredRuns {
  private var seqs: [Int: Set<UInt64>] = [:]

  mutating func add(_ seq: UInt64, segment index: Int) { seqs[index, default: []].insert(seq) }

  /// The places in its segment of those that are here, counted from zero.
  ///
  /// - Throws: `inconsistent` when none is.
  func runs(of segment: Segment, index: Int) throws(WireError) -> [Range<UInt64>] {
    guard let here = seqs[index] else { throw WireError(.inconsistent) }
    return Multiproof.runs(of: here.sorted().lazy.map { $0 - segment.first })
  }

  /// Whether the last entry of the segment is here, so that its hash needs no sending.
  func hasLast(of segment: Segment, index: Int) -> Bool {
    seqs[index]?.contains(segment.last) ?? false
  }
}
