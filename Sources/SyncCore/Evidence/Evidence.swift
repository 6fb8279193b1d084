/// What proves a wrong to whoever was not there: one file, and nothing of what a report says in it
/// (evidence §1).
public enum Evidence: Sendable, Hashable {
  /// An origin signed two entries for one seq: its home was copied, or put back (evidence §2).
  case fork(ForkProof)
  /// A hub signed an answer that contradicts its own checkpoint (evidence §3).
  case log(LogEvidence)

  public static let magic = "yarrow evidence 1"
  /// A path is at most 2 KiB, an audit's message not much more; nothing here is longer.
  public static let bytesMax = 1 << 16

  /// The bytes of the file: one array of deterministic CBOR.
  public var encoded: [UInt8] {
    var e = CBOREncoder(reservingCapacity: 1_024)
    switch self {
    case .fork(let proof):
      e.arrayHead(6)
      e.encode(Self.magic)
      e.encode("fork")
      e.encode(bytes: proof.one.segment.programme.bytes)
      e.encode(bytes: proof.publicKey)
      for place in [proof.one, proof.other] { Self.encode(place, to: &e) }
    case .log(let log):
      e.arrayHead(8)
      e.encode(Self.magic)
      e.encode("log")
      for part in [log.authority, log.statement, log.device, log.request, log.response] {
        e.encode(bytes: part)
      }
      guard let entry = log.entry else {
        e.encodeNull()
        break
      }
      e.arrayHead(5)
      e.encode(bytes: entry.envelope)
      e.encode(bytes: entry.salt.bytes)
      e.arrayHead(entry.digests.count)
      for digest in entry.digests { e.encode(digest) }
      e.encode(entry.leaf)
      e.arrayHead(entry.path.count)
      for hash in entry.path { e.encode(hash) }
    }
    return e.bytes
  }

  /// Reads a file. What it claims is another question.
  public init(encoded bytes: [UInt8]) throws(CBORError) {
    var d = CBORDecoder(bytes)
    guard bytes.count <= Self.bytesMax else { throw d.error(.tooLong) }
    let count = try d.readArrayHead(max: 16)
    guard try d.readText(max: 64) == Self.magic else { throw d.error(.outOfRange) }
    switch (try d.readText(max: 16), count) {
    case ("fork", 6):
      guard let programme = ProgrammeID(Array(try d.readBytes(exactly: 16))) else {
        throw d.error(.outOfRange)
      }
      let key = Array(try d.readBytes(exactly: 32))
      let one = try Self.place(&d, programme, Hash.sha256(key))
      let other = try Self.place(&d, programme, Hash.sha256(key))
      self = .fork(ForkProof(publicKey: key, one: one, other: other))
    case ("log", 8):
      self = .log(
        LogEvidence(
          authority: Array(try d.readBytes(exactly: 32)),
          statement: Array(try d.readBytes(max: 4_096)),
          device: Array(try d.readBytes(exactly: 32)),
          request: Array(try d.readBytes(max: 4_096)),
          response: Array(try d.readBytes(max: 4_096)), entry: try Self.entry(&d)))
    default: throw d.error(.outOfRange)
    }
    try d.expectEnd()
  }

  private static func entry(_ d: inout CBORDecoder) throws(CBORError) -> LoggedEntry? {
    if d.readNullIfPresent() { return nil }
    try d.readArrayHead(exactly: 5)
    let envelope = Array(try d.readBytes(max: 4_096))
    guard let salt = Salt(Array(try d.readBytes(exactly: 16))) else { throw d.error(.outOfRange) }
    try d.readArrayHead(exactly: 4)
    var digests: [Digest32] = []
    for _ in 0..<4 { digests.append(try d.readDigest()) }
    let leaf = try d.readUInt()
    var path: [Digest32] = []
    for _ in 0..<(try d.readArrayHead(max: 64)) { path.append(try d.readDigest()) }
    return LoggedEntry(
      envelope: envelope, salt: salt, digests: digests, leaf: leaf, path: path)
  }

  private static func encode(_ place: SegmentProof, to e: inout CBOREncoder) {
    e.arrayHead(9)
    e.encode(place.segment.first)
    e.encode(place.segment.last)
    e.encode(place.segment.lastHash)
    e.encode(place.segment.root)
    e.encode(place.segment.context)
    e.encode(bytes: place.signature)
    e.encode(place.seq)
    e.encode(place.hash)
    e.arrayHead(place.path.count)
    for hash in place.path { e.encode(hash) }
  }

  private static func place(
    _ d: inout CBORDecoder, _ programme: ProgrammeID, _ origin: OriginID
  ) throws(CBORError) -> SegmentProof {
    try d.readArrayHead(exactly: 9)
    let segment = Segment(
      programme: programme, origin: origin, first: try d.readUInt(), last: try d.readUInt(),
      lastHash: try d.readDigest(), root: try d.readDigest(),
      context: try d.readDigest())
    let signature = Array(try d.readBytes(exactly: 64))
    let seq = try d.readUInt()
    let hash = try d.readDigest()
    var path: [Digest32] = []
    for _ in 0..<(try d.readArrayHead(max: 64)) { path.append(try d.readDigest()) }
    return SegmentProof(
      segment: segment, signature: signature, seq: seq, hash: hash, path: path)
  }
}
