/// What a response delivers, checked against the signatures of those who wrote it (sync §3).
struct DeliveryCheck {
  private let segments: [DeliveredSegment]
  /// Entries of each segment so far, by seq.
  private var entries: [[UInt64: Link]]

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

  /// Takes one entry. It is proven with all others of its segment, by ``finish()``.
  mutating func add(_ entry: Entry, segment index: Int) throws(SyncRefusal) {
    guard segments.indices.contains(index) else { throw .inconsistent }
    let segment = segments[index].segment
    let seq = entry.envelope.seq
    guard entry.envelope.origin == segment.origin, entry.envelope.programme == segment.programme,
      seq >= segment.first, seq <= segment.last
    else { throw .inconsistent }
    if seq == segment.last, entry.hash != segment.lastHash { throw .segmentRoot }
    let link = Link(hash: entry.hash, previous: entry.envelope.previous)
    // Two streams may deliver one entry; two entries at one seq would hide one from the root.
    if let known = entries[index].updateValue(link, forKey: seq), known.hash != link.hash {
      throw .segmentRoot
    }
  }

  /// Checks what only the whole response shows: that the entries of each segment lead to its root,
  /// and the chain.
  ///
  /// - Returns: what is known of the trees of segments that came in part, by index.
  func finish() throws(SyncRefusal) -> [Int: [NodeAddress: Digest32]] {
    var partial: [Int: [NodeAddress: Digest32]] = [:]
    for (index, found) in entries.enumerated() {
      partial[index] = try check(segments[index], found)
      for (seq, link) in found {
        if let before = found[seq - 1], before.hash != link.previous { throw .brokenChain }
      }
    }
    return partial
  }

  private func check(
    _ delivered: DeliveredSegment, _ found: [UInt64: Link]
  ) throws(SyncRefusal) -> [NodeAddress: Digest32]? {
    // Of one of which nothing comes nothing is proven, and nothing is stored.
    guard !found.isEmpty else { throw .inconsistent }
    let isWhole = UInt64(found.count) == delivered.segment.count
    var nodes: [NodeAddress: Digest32] = [:]
    let root = try? delivered.root(of: found.mapValues(\.hash)) { node in
      if !isWhole { nodes[node.address] = node.hash }
    }
    guard root == delivered.segment.root else { throw .segmentRoot }
    return isWhole ? nil : nodes
  }
}
