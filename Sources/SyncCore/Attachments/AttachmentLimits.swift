/// The sizes of sealed files (attachments §4). They are part of the format: a peer's limits don't
/// change them.
public enum AttachmentLimits {
  /// Plaintext of one chunk, in bytes; only the last chunk of a file may have less. A cut costs at
  /// most so much.
  public static let chunkBytes = 16 << 10
  /// What sealing adds to a chunk.
  public static let tagBytes = 16
  public static let sealedChunkBytesMax = chunkBytes + tagBytes
  public static let chunksMax = 2_048
  /// One file, in bytes: with its padding it fills all chunks.
  public static let bytesMax = chunksMax * chunkBytes - 1
  public static let manifestBytesMax = 16 + 32 * chunksMax
}
