/// Writes the deterministic CBOR subset of entry §1: shortest heads, definite lengths, no floats.
///
/// Callers give map keys in canonical order; `DeterministicMap` sorts them.
public struct CBOREncoder: Sendable {
  public private(set) var bytes: [UInt8]

  public init(reservingCapacity capacity: Int = 128) {
    bytes = []
    bytes.reserveCapacity(capacity)
  }

  public mutating func encode(_ value: UInt64) { head(0, value) }

  public mutating func encode(_ value: Int64) {
    if value >= 0 { head(0, UInt64(value)) } else { head(1, UInt64(bitPattern: ~value)) }
  }

  public mutating func encode(_ value: Bool) { bytes.append(value ? 0xf5 : 0xf4) }

  public mutating func encodeNull() { bytes.append(0xf6) }

  public mutating func encode(_ text: String) {
    var text = text
    text.withUTF8 {
      head(3, UInt64($0.count))
      bytes.append(contentsOf: $0)
    }
  }

  public mutating func encode(bytes value: some Collection<UInt8>) {
    head(2, UInt64(value.count))
    bytes.append(contentsOf: value)
  }

  public mutating func encode(_ digest: Digest32) {
    head(2, 32)
    append(digest)
  }

  /// Appends 32 raw bytes without a head.
  public mutating func append(_ digest: Digest32) {
    digest.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }

  /// Appends bytes that are already canonical CBOR.
  public mutating func append(encoded: some Collection<UInt8>) { bytes.append(contentsOf: encoded) }

  public mutating func arrayHead(_ count: Int) { head(4, UInt64(count)) }
  public mutating func mapHead(_ count: Int) { head(5, UInt64(count)) }
  public mutating func tagHead(_ tag: UInt64) { head(6, tag) }

  private mutating func head(_ major: UInt8, _ value: UInt64) {
    let m = major << 5
    switch value {
    case 0..<24: bytes.append(m | UInt8(value))
    case 24..<0x100:
      bytes.append(m | 24)
      bytes.append(UInt8(value))
    case 0x100..<0x1_0000:
      bytes.append(m | 25)
      bytes.append(UInt8(value >> 8))
      bytes.append(UInt8(truncatingIfNeeded: value))
    case 0x1_0000..<0x1_0000_0000:
      bytes.append(m | 26)
      for shift in stride(from: UInt64(24), through: 0, by: -8) {
        bytes.append(UInt8(truncatingIfNeeded: value >> shift))
      }
    default:
      bytes.append(m | 27)
      for shift in stride(from: UInt64(56), through: 0, by: -8) {
        bytes.append(UInt8(truncatingIfNeeded: value >> shift))
      }
    }
  }
}

/// Whether an encoded key sorts before another: bytewise, as RFC 8949 §4.2.1 orders map keys.
public func canonicallyPrecedes(_ a: some Collection<UInt8>, _ b: some Collection<UInt8>) -> Bool {
  a.lexicographicallyPrecedes(b)
}

/// Text keys in canonical order: shorter encodings first, then bytewise.
public func canonicalKeyOrder(_ a: String, _ b: String) -> Bool {
  let (x, y) = (a.utf8.count, b.utf8.count)
  guard x == y else { return x < y }
  let precedes = a.utf8.withContiguousStorageIfAvailable { first in
    b.utf8.withContiguousStorageIfAvailable { first.lexicographicallyPrecedes($0) }
  }
  return (precedes ?? nil) ?? a.utf8.lexicographicallyPrecedes(b.utf8)
}
