internal import Crypto
public import SyncCore

/// A file as it lies on disks and goes over lines: sealed chunks, and what they are.
public struct SealedAttachment: Sendable {
  public let manifest: AttachmentManifest
  public let chunks: [[UInt8]]
}

/// Seals and opens files of a record (attachments §4).
///
/// The salt follows from record key and content. So the same file in the same record is the same
/// chunks, whoever attaches it, and in another record it is others; and no key ever meets two contents.
public enum AttachmentSealer {
  private static let tag = Array("yarrow.chunk/1\0".utf8)

  /// - Parameters:
  ///   - content: the file, 1 to `AttachmentLimits.bytesMax` bytes.
  ///   - record: whose file it is.
  ///   - key: the record's own key (identity §5).
  public static func seal(
    _ content: [UInt8], record: RecordID, key: RecordKey
  ) throws(IdentityError) -> SealedAttachment {
    guard !content.isEmpty else { throw IdentityError(.sectionEmpty) }
    guard content.count <= AttachmentLimits.bytesMax else { throw IdentityError(.sectionTooLong) }
    let salt = key.attachmentSalt(of: Hash.sha256(content))
    let fileKey = key.attachmentKey(salt: salt)
    var plain = content
    Padding.add(to: &plain)
    let starts = Array(stride(from: 0, to: plain.count, by: AttachmentLimits.chunkBytes))
    let chunks = starts.enumerated().map { index, start in
      let end = min(start + AttachmentLimits.chunkBytes, plain.count)
      guard
        let box = try? ChaChaPoly.seal(
          plain[start..<end], using: fileKey, nonce: nonce(index),
          authenticating: associated(record, index, of: starts.count))
      else { preconditionFailure("ChaCha20-Poly1305 seals anything this short") }
      return Array(box.combined.dropFirst(12))
    }
    guard
      let manifest = AttachmentManifest(
        record: record, salt: salt, chunks: chunks.map(AttachmentManifest.address(ofChunk:)))
    else { preconditionFailure("a file within its limit has no more chunks than it may") }
    return SealedAttachment(manifest: manifest, chunks: chunks)
  }

  /// The file itself. Whoever may write the record may have made it: what it holds is not to be
  /// trusted, only that it is what that entry meant.
  ///
  /// - Parameters:
  ///   - manifest: of the file, whose chunks it names.
  ///   - key: of the record whose file it is (identity §5).
  ///   - chunk: gives each sealed chunk, in order.
  public static func open<Failure: Error>(
    _ manifest: AttachmentManifest, key: RecordKey, chunk: (Int) throws(Failure) -> [UInt8]
  ) throws -> [UInt8] {
    let fileKey = key.attachmentKey(salt: manifest.salt)
    var plain: [UInt8] = []
    plain.reserveCapacity(manifest.chunks.count * AttachmentLimits.chunkBytes)
    for index in manifest.chunks.indices {
      let sealed = try chunk(index)
      guard manifest.holds(sealed, at: index),
        let box = try? ChaChaPoly.SealedBox(combined: Array(nonce(index)) + sealed),
        let part = try? ChaChaPoly.open(
          box, using: fileKey,
          authenticating: associated(manifest.record, index, of: manifest.chunks.count))
      else { throw IdentityError(.sealedNotOpened) }
      plain += part
    }
    guard let content = Padding.remove(from: plain), !content.isEmpty else {
      throw IdentityError(.sealedPadding)
    }
    return Array(content)
  }

  /// Chunks of a file of this many bytes.
  public static func chunkCount(ofBytes count: Int) -> Int {
    (Padding.length(for: count + 1) + AttachmentLimits.chunkBytes - 1) / AttachmentLimits.chunkBytes
  }

  private static func nonce(_ index: Int) -> ChaChaPoly.Nonce {
    let number = UInt32(index)
    guard
      let nonce = try? ChaChaPoly.Nonce(
        data: [UInt8](repeating: 0, count: 8) + withUnsafeBytes(of: number.bigEndian) { Array($0) })
    else { preconditionFailure("a nonce has 12 bytes") }
    return nonce
  }

  private static func associated(_ record: RecordID, _ index: Int, of count: Int) -> [UInt8] {
    var bytes = tag + record.bytes
    for number in [UInt32(index), UInt32(count)] {
      withUnsafeBytes(of: number.bigEndian) { bytes += $0 }
    }
    return bytes
  }
}
