/// What a response delivers, checked against the signatures of those who wrote it (sync §3).
struct DeliveryCheck {
  private let segments: [DeliveredSegment]
  /// Entries of each segment so far, by seq.
  private var entries: [[UInt64: Link]]
  /// Segments of which an entry came without a path.
  private var pathless: Set<Int> = []

  private struct Link {
    var hash: EntryHash
    var previous: EntryHash
  }

  /// Checks every signature first: nothing of a segment is looked at before.
  init(
    _ segments: [DeliveredSegment], programme: ProgrammeID, verifier: any SessionVerifier
  ) throws(SyncRefusal) {
    for segment in segments {
      guard segment.segment.programme == programme,
        segment.segment.origin == Hash.sha256(segment.publicKey), verifier.isSigned(segment)
      else { throw .segmentSignature }
    }
    self.segments = segments
    entries = Array(repeating: [:], count: segments.count)
  }

  /// Takes one entry; by its path it is proven at once, without one only with its whole segment.
  mutating func add(
    _ entry: Entry, segment index: Int, path: [Digest32]
  ) throws(SyncRefusal) {
    guard segments.indices.contains(index) else { throw .inconsistent }
    let segment = segments[index].segment
    let seq = entry.envelope.seq
    guard entry.envelope.origin == segment.origin, entry.envelope.programme == segment.programme,
      seq >= segment.first, seq <= segment.last
    else { throw .inconsistent }
    if seq == segment.last, entry.hash != segment.lastHash { throw .segmentRoot }
    let count = segment.last - segment.first + 1
    if count == 1 || !path.isEmpty {
      do {
        try InclusionProof(index: seq - segment.first, size: count, hashes: path)
          .verify(leafHash: MerkleTree.leafHash(entry.hash), root: segment.root)
      } catch { throw .path }
    } else {
      pathless.insert(index)
    }
    let link = Link(hash: entry.hash, previous: entry.envelope.previous)
    // Two streams may deliver one entry; two entries at one seq would hide one from the root.
    if let known = entries[index].updateValue(link, forKey: seq), known.hash != link.hash {
      throw .segmentRoot
    }
  }

  /// Checks what only the whole response shows: segments without paths, and the chain.
  func finish() throws(SyncRefusal) {
    for (index, found) in entries.enumerated() {
      if pathless.contains(index) { try checkWhole(segments[index].segment, found) }
      for (seq, link) in found {
        if let before = found[seq - 1], before.hash != link.previous { throw .brokenChain }
      }
    }
  }

  private func checkWhole(
    _ segment: Segment, _ found: [UInt64: Link]
  ) throws(SyncRefusal) {
    guard UInt64(found.count) == segment.last - segment.first + 1 else { throw .segmentRoot }
    let ordered = (segment.first...segment.last).compactMap { found[$0]?.hash }
    guard
      let covering = Segment(
        covering: ordered, first: segment.first, programme: segment.programme,
        origin: segment.origin, context: segment.context), covering == segment
    else { throw .segmentRoot }
  }
}
