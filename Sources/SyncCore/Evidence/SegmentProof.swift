/// An entry hash at one seq of an origin's log, under the origin's signature (entry §3).
///
/// It holds hashes and nothing of what an entry says.
public struct SegmentProof: Sendable, Hashable {
  public var segment: Segment
  public var signature: [UInt8]
  public var seq: UInt64
  public var hash: EntryHash
  /// From the entry's leaf to the segment's root.
  public var path: [Digest32]

  public init(
    segment: Segment, signature: [UInt8], seq: UInt64, hash: EntryHash, path: [Digest32]
  ) {
    self.segment = segment
    self.signature = signature
    self.seq = seq
    self.hash = hash
    self.path = path
  }

  /// Whether the hash is in the segment at that seq. The signature is another question.
  public var isInSegment: Bool {
    guard segment.first > 0, seq >= segment.first, seq <= segment.last,
      segment.last < UInt64(Int64.max), seq < segment.last || hash == segment.lastHash
    else { return false }
    do throws(MerkleError) {
      try InclusionProof(
        index: seq - segment.first, size: segment.count, hashes: path
      ).verify(leafHash: MerkleTree.leafHash(hash), root: segment.root)
      return true
    } catch { return false }
  }
}

/// Two entries of one origin at one seq, each under the origin's signature: the proof of a fork,
/// which nothing less is (entry §3).
public struct ForkProof: Sendable, Hashable {
  public var publicKey: [UInt8]
  public var one: SegmentProof
  public var other: SegmentProof

  public init(publicKey: [UInt8], one: SegmentProof, other: SegmentProof) {
    self.publicKey = publicKey
    self.one = one
    self.other = other
  }

  /// Whether both stand, contradict each other, and are signed by the origin.
  public func isValid(verifier: some SessionVerifier) -> Bool {
    let origin = Hash.sha256(publicKey)
    return one.seq == other.seq && one.hash != other.hash
      && one.segment.programme == other.segment.programme
      && [one, other].allSatisfy { proof in
        proof.segment.origin == origin && proof.isInSegment
          && verifier.isSigned(
            DeliveredSegment(
              publicKey: publicKey, segment: proof.segment, signature: proof.signature))
      }
  }
}
