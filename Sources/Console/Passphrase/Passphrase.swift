internal import Foundation
internal import Glibc

/// A passphrase as UTF-8 in normal form C, in memory that is overwritten when it is let go.
///
/// Normal form C because keyboards differ in how they compose é; without it, a passphrase typed on
/// another computer would be another passphrase.
public final class Passphrase: @unchecked Sendable {
  // Sendable by proof: the buffer is written only in `init` and `deinit`.
  private let buffer: UnsafeMutableRawBufferPointer

  /// What a file or a terminal may hold, in bytes before normalisation.
  public static let bytesMax = 1_024

  /// Nil unless the bytes are 1…1024 bytes of valid UTF-8 without control characters.
  ///
  /// - Parameter bytes: overwritten with zeros here.
  public init?(consuming bytes: inout [UInt8]) {
    defer { Self.erase(&bytes) }
    guard (1...Self.bytesMax).contains(bytes.count), UTF8Check.firstInvalid(bytes) == nil,
      !bytes.contains(where: { $0 < 0x20 || $0 == 0x7F })
    else { return nil }
    if bytes.allSatisfy({ $0 < 0x80 }) {
      buffer = .allocate(byteCount: bytes.count, alignment: 1)
      buffer.copyBytes(from: bytes)
    } else {
      // Strings made here cannot be overwritten; they live for the length of this block.
      var normal = Array(
        String(decoding: bytes, as: UTF8.self).precomposedStringWithCanonicalMapping.utf8)
      buffer = .allocate(byteCount: normal.count, alignment: 1)
      buffer.copyBytes(from: normal)
      Self.erase(&normal)
    }
  }

  deinit {
    explicit_bzero(buffer.baseAddress!, buffer.count)
    buffer.deallocate()
  }

  /// The bytes, for as long as the closure runs; copy them nowhere that lives longer.
  public func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try body(UnsafeRawBufferPointer(buffer))
  }

  /// How many characters a person typed.
  public var characterCount: Int {
    withBytes { bytes in String(decoding: bytes, as: UTF8.self).count }
  }

  func equals(_ other: Passphrase) -> Bool {
    buffer.count == other.buffer.count && zip(buffer, other.buffer).allSatisfy { $0 == $1 }
  }

  static func erase(_ bytes: inout [UInt8]) {
    bytes.withUnsafeMutableBytes {
      if let start = $0.baseAddress { explicit_bzero(start, $0.count) }
    }
  }
}
