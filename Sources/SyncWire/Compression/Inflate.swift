/// Decompresses one raw deflate stream (RFC 1951) after a preset dictionary (wire-format §4).
///
/// Safe to use from any thread. Memory grows with what comes out, never past the caller's limit.
public final class Inflate: Sendable {
  private let pool: ContextPool<InflateContext>

  /// With the shipped dictionary, for sections and messages.
  public static let shipped = Inflate(dictionary: PresetDictionary.v1)

  public init(dictionary: [UInt8]) {
    precondition(dictionary.count <= PresetDictionary.byteCountMax, "deflate sees only 32 KiB back")
    pool = ContextPool { InflateContext(dictionary: dictionary) }
  }

  /// Gives the content of exactly one stream that takes all of `compressed`.
  ///
  /// - Parameters:
  ///   - limit: most bytes the content may have.
  ///   - compressed: one raw deflate stream and nothing behind it.
  public func expand(
    _ compressed: ArraySlice<UInt8>, limit: Int
  ) throws(CompressionError) -> [UInt8] {
    precondition((0...1 << 30).contains(limit), "a limit is a small positive number")
    guard compressed.count <= 1 << 30 else { throw CompressionError(.tooLong) }
    return try pool.withContext { (context) throws(CompressionError) in
      try context.expand(compressed, limit: limit)
    }
  }

  public func expand(_ compressed: [UInt8], limit: Int) throws(CompressionError) -> [UInt8] {
    try expand(compressed[...], limit: limit)
  }
}
