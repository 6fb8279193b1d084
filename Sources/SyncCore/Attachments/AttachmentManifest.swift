/// Of what chunks a sealed file is made (attachments §5). The hub holds it in the clear; it says how
/// long the file is, padded, and nothing else.
///
///     salt 16 | address of chunk 0, 32 | address of chunk 1, 32 | …
public struct AttachmentManifest: Sendable, Hashable {
  public let record: RecordID
  public let salt: Salt
  /// Hashes of the sealed chunks, in order; at least one.
  public let chunks: [Digest32]

  /// Nil for no chunk, and for more than a file may have.
  public init?(record: RecordID, salt: Salt, chunks: [Digest32]) {
    guard (1...AttachmentLimits.chunksMax).contains(chunks.count) else { return nil }
    self.record = record
    self.salt = salt
    self.chunks = chunks
  }

  /// Nil when the length is not that of a manifest.
  public init?(record: RecordID, encoded bytes: some Collection<UInt8>) {
    let bytes = Array(bytes)
    guard bytes.count <= AttachmentLimits.manifestBytesMax, bytes.count % 32 == 16,
      let salt = Salt(bytes.prefix(16))
    else { return nil }
    let chunks = stride(from: 16, to: bytes.count, by: 32).compactMap {
      Digest32(bytes[$0..<($0 + 32)])
    }
    self.init(record: record, salt: salt, chunks: chunks)
  }

  public var encoded: [UInt8] { salt.bytes + chunks.flatMap(\.bytes) }

  /// What a sealed section names the file by. It covers the record: no other one can be given it.
  public var address: Digest32 {
    var hasher = DomainHasher(domain: "yarrow.attachment/1")
    hasher.update(record)
    hasher.update(salt)
    for chunk in chunks { hasher.update(chunk) }
    return hasher.finish()
  }

  /// The hash of one sealed chunk.
  public static func address(ofChunk sealed: [UInt8]) -> Digest32 {
    Hash.sha256(domain: "yarrow.chunk/1", sealed)
  }

  /// Whether these bytes are the chunk at this place: by their hash, and by the one length that it
  /// can have there.
  public func holds(_ sealed: [UInt8], at index: Int) -> Bool {
    guard chunks.indices.contains(index) else { return false }
    let isLast = index == chunks.count - 1
    let lengths =
      isLast
      ? (AttachmentLimits.tagBytes + 1)...AttachmentLimits.sealedChunkBytesMax
      : AttachmentLimits.sealedChunkBytesMax...AttachmentLimits.sealedChunkBytesMax
    return lengths.contains(sealed.count) && Self.address(ofChunk: sealed) == chunks[index]
  }
}

/// Which chunks of a file are meant: one bit each, from the lowest bit of the first byte on
/// (attachments §7).
public struct ChunkSet: Sendable, Hashable {
  public let count: Int
  private(set) public var bytes: [UInt8]

  /// None of `count`.
  public init(count: Int) {
    self.count = count
    bytes = [UInt8](repeating: 0, count: (count + 7) / 8)
  }

  /// Nil for another length, and for bits that stand for no chunk.
  public init?(count: Int, bytes: [UInt8]) {
    guard count >= 0, bytes.count == (count + 7) / 8 else { return nil }
    if count % 8 != 0, let last = bytes.last, last >> (count % 8) != 0 { return nil }
    self.count = count
    self.bytes = bytes
  }

  public init(count: Int, all: some Sequence<Int>) {
    self.init(count: count)
    for index in all { insert(index) }
  }

  public mutating func insert(_ index: Int) {
    precondition((0..<count).contains(index), "a chunk that the file has not")
    bytes[index / 8] |= 1 << (index % 8)
  }

  public mutating func remove(_ index: Int) {
    precondition((0..<count).contains(index), "a chunk that the file has not")
    bytes[index / 8] &= ~(1 << (index % 8))
  }

  public func contains(_ index: Int) -> Bool {
    (0..<count).contains(index) && bytes[index / 8] >> (index % 8) & 1 == 1
  }

  /// Ascending.
  public var indices: [Int] { (0..<count).filter(contains) }
  public var isEmpty: Bool { bytes.allSatisfy { $0 == 0 } }
}
