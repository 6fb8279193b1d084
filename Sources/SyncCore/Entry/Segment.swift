/// The entries of one push, signed together by their origin (entry §3).
public struct Segment: Sendable, Hashable {
  public var programme: ProgrammeID
  public var origin: OriginID
  public var first: UInt64
  public var last: UInt64
  /// Hash of the entry at `last`.
  public var lastHash: EntryHash
  /// RFC 6962 root of the entry hashes from `first` to `last`.
  public var root: Digest32
  /// The hash of the message that the same signature speaks for; zero for one that is signed apart.
  public var context: Digest32

  public init(
    programme: ProgrammeID, origin: OriginID, first: UInt64, last: UInt64, lastHash: EntryHash,
    root: Digest32, context: Digest32
  ) {
    self.programme = programme
    self.origin = origin
    self.first = first
    self.last = last
    self.lastHash = lastHash
    self.root = root
    self.context = context
  }

  /// The segment that covers these consecutive entries of one origin.
  public init?(
    covering hashes: [EntryHash], first: UInt64, programme: ProgrammeID, origin: OriginID,
    context: Digest32 = .zero
  ) {
    guard let lastHash = hashes.last else { return nil }
    self.init(
      programme: programme, origin: origin, first: first, last: first + UInt64(hashes.count) - 1,
      lastHash: lastHash,
      root: MerkleTree.root(of: hashes.map { MerkleTree.leafHash($0) }), context: context)
  }

  /// Number of its entries.
  public var count: UInt64 { last - first + 1 }

  /// What the origin signs with Ed25519: `"yarrow.segment/1" ‖ 0x00 ‖` an array of seven.
  public var signedBytes: [UInt8] {
    var e = CBOREncoder(reservingCapacity: 192)
    e.append(encoded: "yarrow.segment/1\0".utf8)
    e.arrayHead(7)
    e.encode(bytes: programme.bytes)
    e.encode(origin)
    e.encode(first)
    e.encode(last)
    e.encode(lastHash)
    e.encode(root)
    e.encode(context)
    return e.bytes
  }
}
