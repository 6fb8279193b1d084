import SyncCore
import Testing

@testable import Identity

@Suite struct AttachmentSealingTests {
  private let key = RecordKey([UInt8](repeating: 7, count: 32))!
  private let record = RecordID(high: 1, low: 2)

  private func content(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
  }

  private func open(_ sealed: SealedAttachment, key: RecordKey? = nil) throws -> [UInt8] {
    try AttachmentSealer.open(sealed.manifest, key: key ?? self.key) { sealed.chunks[$0] }
  }

  @Test(arguments: [1, 15, 16, 255, 16_383, 16_384, 16_385, 100_000])
  func `a file comes back as it was, in as many chunks as its length says`(_ count: Int) throws {
    let sealed = try AttachmentSealer.seal(content(count), record: record, key: key)
    #expect(try open(sealed) == content(count))
    #expect(sealed.chunks.count == AttachmentSealer.chunkCount(ofBytes: count))
    #expect(sealed.chunks.indices.allSatisfy { sealed.manifest.holds(sealed.chunks[$0], at: $0) })
    #expect(AttachmentManifest(record: record, encoded: sealed.manifest.encoded) == sealed.manifest)
  }

  @Test func `the largest file fits into the chunks that there may be, and one byte more does not`()
    throws
  {
    #expect(
      AttachmentSealer.chunkCount(ofBytes: AttachmentLimits.bytesMax) == AttachmentLimits.chunksMax)
    #expect(throws: IdentityError.self) {
      try AttachmentSealer.seal(
        [UInt8](repeating: 0, count: AttachmentLimits.bytesMax + 1), record: record, key: key)
    }
    #expect(throws: IdentityError.self) { try AttachmentSealer.seal([], record: record, key: key) }
  }

  @Test func `one content is the same chunks in one record, and shows itself in no other`() throws {
    let first = try AttachmentSealer.seal(content(40_000), record: record, key: key)
    let again = try AttachmentSealer.seal(content(40_000), record: record, key: key)
    #expect(first.manifest == again.manifest)
    let elsewhere = RecordID(high: 3, low: 4)
    let other = try AttachmentSealer.seal(
      content(40_000), record: elsewhere, key: RecordKey([UInt8](repeating: 8, count: 32))!)
    #expect(other.manifest.salt != first.manifest.salt)
    #expect(Set(other.manifest.chunks).isDisjoint(with: first.manifest.chunks))
    // Even under one key, which two records never have.
    let moved = try AttachmentSealer.seal(content(40_000), record: elsewhere, key: key)
    #expect(Set(moved.manifest.chunks).isDisjoint(with: first.manifest.chunks))
    #expect(moved.manifest.address != first.manifest.address)
  }

  @Test func `lengths of nearly the same are alike`() throws {
    let a = try AttachmentSealer.seal(content(100_000), record: record, key: key)
    let b = try AttachmentSealer.seal(content(100_300), record: record, key: key)
    #expect(a.chunks.map(\.count) == b.chunks.map(\.count))
  }

  @Test func `chunks that were changed, swapped, left out or given to another record don't open`()
    throws
  {
    let sealed = try AttachmentSealer.seal(content(50_000), record: record, key: key)
    func refused(_ manifest: AttachmentManifest?, _ chunks: [[UInt8]]) throws {
      let manifest = try #require(manifest)
      #expect(throws: (any Error).self) {
        try AttachmentSealer.open(manifest, key: key) { chunks[$0] }
      }
    }
    var flipped = sealed.chunks
    flipped[1][5] ^= 1
    try refused(sealed.manifest, flipped)
    // Also where somebody wrote a manifest that fits what was changed.
    func manifest(_ chunks: [[UInt8]], record: RecordID) -> AttachmentManifest? {
      AttachmentManifest(
        record: record, salt: sealed.manifest.salt,
        chunks: chunks.map(AttachmentManifest.address(ofChunk:)))
    }
    try refused(manifest(flipped, record: record), flipped)
    var swapped = sealed.chunks
    swapped.swapAt(0, 1)
    try refused(manifest(swapped, record: record), swapped)
    let short = Array(sealed.chunks.dropLast())
    try refused(manifest(short, record: record), short)
    try refused(manifest(sealed.chunks, record: RecordID(high: 9, low: 9)), sealed.chunks)
    #expect(throws: (any Error).self) {
      try open(sealed, key: RecordKey([UInt8](repeating: 8, count: 32))!)
    }
    #expect(manifest(sealed.chunks, record: record)?.address == sealed.manifest.address)
  }

  @Test func `a manifest has whole addresses, at least one and no more than a file may have`() {
    #expect(AttachmentManifest(record: record, encoded: [UInt8](repeating: 0, count: 16)) == nil)
    #expect(AttachmentManifest(record: record, encoded: [UInt8](repeating: 0, count: 47)) == nil)
    #expect(AttachmentManifest(record: record, encoded: [UInt8](repeating: 0, count: 48)) != nil)
    let most = AttachmentLimits.manifestBytesMax
    #expect(AttachmentManifest(record: record, encoded: [UInt8](repeating: 0, count: most)) != nil)
    #expect(
      AttachmentManifest(record: record, encoded: [UInt8](repeating: 0, count: most + 32)) == nil)
  }

  @Test func `a set of chunks has one form`() {
    let set = ChunkSet(count: 11, all: [0, 3, 10])
    #expect(set.bytes == [0b1001, 0b100])
    #expect(ChunkSet(count: 11, bytes: set.bytes)?.indices == [0, 3, 10])
    #expect(ChunkSet(count: 11, bytes: [0, 0b1000]) == nil)
    #expect(ChunkSet(count: 11, bytes: [0]) == nil)
    #expect(!set.contains(11) && !set.contains(-1))
  }
}
