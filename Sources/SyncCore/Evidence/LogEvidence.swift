/// A hub's signed answer to an audit that its own earlier signature contradicts (evidence §3).
public struct LogEvidence: Sendable, Hashable {
  /// The authority's public key, which names the programme.
  public var authority: [UInt8]
  /// The authority's statement that names the hub's log key.
  public var statement: [UInt8]
  /// The public key of the device that asked.
  public var device: [UInt8]
  /// Both messages as they went over the line.
  public var request: [UInt8]
  public var response: [UInt8]
  /// What the hub lacks, where the logs themselves do not contradict each other.
  public var entry: LoggedEntry?

  public init(
    authority: [UInt8], statement: [UInt8], device: [UInt8], request: [UInt8], response: [UInt8],
    entry: LoggedEntry?
  ) {
    self.authority = authority
    self.statement = statement
    self.device = device
    self.request = request
    self.response = response
    self.entry = entry
  }
}

/// An entry of which only the envelope is shown, in the hub log under the request's checkpoint.
public struct LoggedEntry: Sendable, Hashable {
  public var envelope: [UInt8]
  public var salt: Salt
  /// Of the operational, coded, sensitive and identity parts.
  public var digests: [Digest32]
  public var leaf: UInt64
  public var path: [Digest32]

  public init(
    envelope: [UInt8], salt: Salt, digests: [Digest32], leaf: UInt64, path: [Digest32]
  ) {
    self.envelope = envelope
    self.salt = salt
    self.digests = digests
    self.leaf = leaf
    self.path = path
  }

  /// The entry hash; nil unless there are four digests.
  public var hash: EntryHash? {
    guard digests.count == 4 else { return nil }
    return Entry.combine(
      envelope: Hash.sha256(domain: "yarrow.envelope/1", salt, envelope),
      operational: digests[0], coded: digests[1], sensitive: digests[2], identity: digests[3])
  }

  /// Whether the entry is a leaf of the tree of this checkpoint.
  public func isLogged(under checkpoint: CheckpointSeal) -> Bool {
    guard let hash else { return false }
    do throws(MerkleError) {
      try InclusionProof(index: leaf, size: checkpoint.size, hashes: path)
        .verify(leafHash: MerkleTree.leafHash(hash), root: checkpoint.root)
      return true
    } catch { return false }
  }
}
