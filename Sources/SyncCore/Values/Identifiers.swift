/// Sixteen bytes held inline: the shape of record ids, programme ids and salts.
public struct Bytes16: Sendable, Hashable, Comparable {
  public let high: UInt64
  public let low: UInt64

  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Takes exactly sixteen bytes; nil for any other count.
  public init?(_ bytes: some Collection<UInt8>) {
    let read =
      bytes.withContiguousStorageIfAvailable { Self(UnsafeRawBufferPointer($0)) }
      ?? Array(bytes).withUnsafeBytes { Self($0) }
    guard let read else { return nil }
    self = read
  }

  /// Takes exactly sixteen bytes of memory; nil for any other number.
  public init?(_ memory: UnsafeRawBufferPointer) {
    guard memory.count == 16 else { return nil }
    high = UInt64(bigEndian: memory.loadUnaligned(as: UInt64.self))
    low = UInt64(bigEndian: memory.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
  }

  /// Reads 32 hexadecimal digits; nil for anything else.
  public init?(hex: String) {
    guard let bytes = [UInt8](hex: hex) else { return nil }
    self.init(bytes)
  }

  /// The first half of a digest.
  public init(prefixOf digest: Digest32) {
    self = digest.withUnsafeBytes { raw in
      Bytes16(
        high: UInt64(bigEndian: raw.loadUnaligned(as: UInt64.self)),
        low: UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }
  }

  public var bytes: [UInt8] { withUnsafeBytes { [UInt8]($0) } }

  /// The sixteen bytes, for the time of the call and without an allocation.
  public func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var parts = (high.bigEndian, low.bigEndian)
    return try Swift.withUnsafeBytes(of: &parts, body)
  }

  /// 32 lower-case hexadecimal digits.
  public var hex: String { bytes.hex }

  public static func < (a: Self, b: Self) -> Bool {
    a.high != b.high ? a.high < b.high : a.low < b.low
  }
}

/// A record: 16 bytes derived from the root salt of the entry that created it (entry §2.3).
public typealias RecordID = Bytes16
/// A deployment: the first 16 bytes of a hash of its authority's public key (identity §1).
public typealias ProgrammeID = Bytes16
/// 16 random bytes, once per entry, or one derived from them (entry §2.2).
public typealias Salt = Bytes16
/// SHA-256 of an installation's Ed25519 public key (identity §1).
public typealias OriginID = Digest32
/// The hash that names an entry everywhere (entry §2.5).
public typealias EntryHash = Digest32

extension Collection<UInt8> {
  /// Lower-case hexadecimal digits, two a byte.
  public var hex: String {
    func digit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 0x30 + nibble : 0x57 + nibble }
    return String(unsafeUninitializedCapacity: count * 2) { text in
      var at = 0
      for byte in self {
        text[at] = digit(byte >> 4)
        text[at + 1] = digit(byte & 15)
        at += 2
      }
      return at
    }
  }
}

extension [UInt8] {
  /// Reads pairs of hexadecimal digits; nil for anything else.
  public init?(hex: String) {
    let utf8 = Array(hex.utf8)
    guard utf8.count % 2 == 0 else { return nil }
    func nibble(_ c: UInt8) -> UInt8? {
      switch c {
      case 0x30...0x39: c - 0x30
      case 0x61...0x66: c - 0x61 + 10
      case 0x41...0x46: c - 0x41 + 10
      default: nil
      }
    }
    self = []
    reserveCapacity(utf8.count / 2)
    for i in stride(from: 0, to: utf8.count, by: 2) {
      guard let a = nibble(utf8[i]), let b = nibble(utf8[i + 1]) else { return nil }
      append(a << 4 | b)
    }
  }
}

extension Bytes16: Hashed {
  public func update(_ hasher: inout DomainHasher) {
    hasher.update(high)
    hasher.update(low)
  }
}

extension Bytes16: CustomStringConvertible {
  public var description: String { hex }
}

extension Digest32 {
  /// 64 lower-case hexadecimal digits.
  public var hex: String { description }
}
