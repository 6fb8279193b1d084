/// Compresses to raw deflate (RFC 1951) after a preset dictionary (wire-format §4).
///
/// Safe to use from any thread. Each call makes one stream that decodes alone.
public final class Deflate: Sendable {
  private let pool: ContextPool<DeflateContext>

  /// With the shipped dictionary, for sections and messages.
  public static let shipped = Deflate(dictionary: PresetDictionary.v1)

  /// - Parameters:
  ///   - dictionary: up to 32,768 bytes that the reader has too.
  ///   - level: 0 (stored) to 9 (smallest), as zlib counts. At 9 it looks at four times as many places, and a
  ///     push of 10,000 reports is as long.
  ///   - memoryLevel: 1 to 9, as zlib counts. Short contents gain nothing above 5 and large ones
  ///     little above 8, while every call pays for the state it resets.
  public init(dictionary: [UInt8], level: Int = 8, memoryLevel: Int = 8) {
    precondition(dictionary.count <= PresetDictionary.byteCountMax, "deflate sees only 32 KiB back")
    precondition((0...9).contains(level) && (1...9).contains(memoryLevel), "no such zlib level")
    pool = ContextPool {
      DeflateContext(dictionary: dictionary, level: level, memoryLevel: memoryLevel)
    }
  }

  public func compress(_ content: [UInt8]) -> [UInt8] {
    pool.withContext { $0.compress(content) }
  }
}
