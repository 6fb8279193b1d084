/// A SHA-256 digest, or any other 32 bytes that name a thing: an entry hash, a tree node, an
/// origin (hub-log §1).
///
/// The bytes lie inline, in memory order, so that a digest costs no allocation. The order of
/// digests is the order of their bytes, the order in which the specification sorts hashes.
public struct Digest32: Sendable, Hashable {
  private var word0, word1, word2, word3: UInt64

  /// Number of bytes in a digest.
  public static let byteCount = 32

  /// Thirty-two zero bytes. No SHA-256 digest that anyone knows of has this value.
  public static let zero = Digest32(word0: 0, word1: 0, word2: 0, word3: 0)

  private init(word0: UInt64, word1: UInt64, word2: UInt64, word3: UInt64) {
    self.word0 = word0
    self.word1 = word1
    self.word2 = word2
    self.word3 = word3
  }

  /// Takes exactly 32 bytes; nil for any other number.
  public init?(_ bytes: some Collection<UInt8>) {
    var value = Self.zero
    let complete =
      bytes.withContiguousStorageIfAvailable { value.copy(from: UnsafeRawBufferPointer($0)) }
      ?? Array(bytes).withUnsafeBytes { value.copy(from: $0) }
    guard complete else { return nil }
    self = value
  }

  /// Takes exactly 32 bytes of memory; nil for any other number.
  public init?(_ memory: UnsafeRawBufferPointer) {
    var value = Self.zero
    guard value.copy(from: memory) else { return nil }
    self = value
  }

  /// Reads 64 hexadecimal digits in lower case; nil for anything else.
  public init?(hex: some StringProtocol) {
    var value = Self.zero
    var count = 0
    var high: UInt8 = 0
    for character in hex.utf8 {
      let nibble: UInt8
      switch character {
      case 0x30...0x39: nibble = character - 0x30
      case 0x61...0x66: nibble = character - 0x61 + 10
      default: return nil
      }
      guard count < 2 * Self.byteCount else { return nil }
      if count.isMultiple(of: 2) {
        high = nibble << 4
      } else {
        let byte = high | nibble
        withUnsafeMutableBytes(of: &value) { $0[count / 2] = byte }
      }
      count += 1
    }
    guard count == 2 * Self.byteCount else { return nil }
    self = value
  }

  /// The 32 bytes, for the time of the call and without a copy.
  public func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var copy = self
    return try Swift.withUnsafeBytes(of: &copy, body)
  }

  /// A copy of the 32 bytes.
  public var bytes: [UInt8] { withUnsafeBytes { [UInt8]($0) } }

  private mutating func copy(from source: UnsafeRawBufferPointer) -> Bool {
    guard source.count == Self.byteCount else { return false }
    Swift.withUnsafeMutableBytes(of: &self) { $0.copyMemory(from: source) }
    return true
  }
}

extension Digest32: Comparable {
  public static func < (a: Self, b: Self) -> Bool {
    if a.word0 != b.word0 { return a.word0.bigEndian < b.word0.bigEndian }
    if a.word1 != b.word1 { return a.word1.bigEndian < b.word1.bigEndian }
    if a.word2 != b.word2 { return a.word2.bigEndian < b.word2.bigEndian }
    return a.word3.bigEndian < b.word3.bigEndian
  }
}

extension Digest32: CustomStringConvertible {
  /// 64 hexadecimal digits in lower case.
  public var description: String {
    String(unsafeUninitializedCapacity: 2 * Self.byteCount) { text in
      withUnsafeBytes { bytes in
        for (index, byte) in bytes.enumerated() {
          text[2 * index] = Self.digit(byte >> 4)
          text[2 * index + 1] = Self.digit(byte & 15)
        }
      }
      return 2 * Self.byteCount
    }
  }

  private static func digit(_ nibble: UInt8) -> UInt8 {
    nibble < 10 ? 0x30 + nibble : 0x61 + nibble - 10
  }
}
