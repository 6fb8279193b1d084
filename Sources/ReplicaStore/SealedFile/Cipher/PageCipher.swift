import Crypto

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Seals and opens single pages for one open file (at-rest §4).
///
/// Not thread-safe: SQLite serialises the calls on one file handle.
final class PageCipher {
  private let key: SymmetricKey
  /// domain (16) | kind (1) | zeros (7) | position (8) | context (24)
  private let associated: UnsafeMutableRawBufferPointer
  private var nonceHigh: UInt32
  private var nonceLow: UInt64

  private static let positionOffset = 24
  private static let contextOffset = 32
  static let contextBytes = 24

  /// Draws the random start of this file's nonces (at-rest §4.3).
  init(kind: SealedKind, key: SymmetricKey) {
    let associated = UnsafeMutableRawBufferPointer.allocate(
      byteCount: Self.contextOffset + Self.contextBytes, alignment: 8)
    associated.initializeMemory(as: UInt8.self, repeating: 0)
    SealedFormat.domain.withUTF8Buffer { domain in
      associated.copyMemory(from: UnsafeRawBufferPointer(domain))
    }
    associated[16] = kind.rawValue
    var system = SystemRandomNumberGenerator()
    self.key = key
    self.associated = associated
    nonceHigh = system.next()
    nonceLow = system.next()
  }

  deinit { associated.deallocate() }

  /// Binds the page to what identifies its journal or log, beside its position.
  func setContext(_ body: (UnsafeMutableRawBufferPointer) -> Void) {
    body(UnsafeMutableRawBufferPointer(rebasing: associated[Self.contextOffset...]))
  }

  /// Seals `page` into `sealed`. Both have the page's size and do not overlap.
  ///
  /// The last 32 bytes of `page` are not stored; the caller has made sure that they are zero.
  func seal(
    _ page: UnsafeRawPointer, into sealed: UnsafeMutableRawPointer, position: UInt64
  ) -> Bool {
    setPosition(position)
    (nonceLow, nonceHigh) = Self.successor(nonceLow, nonceHigh)
    let tail = sealed + SealedFormat.nonceOffset
    tail.storeBytes(of: nonceHigh.bigEndian, as: UInt32.self)
    (tail + 4).storeBytes(of: nonceLow.bigEndian, as: UInt64.self)
    do {
      let box = try AES.GCM.seal(
        UnsafeRawBufferPointer(start: page, count: SealedFormat.contentBytes), using: key,
        nonce: AES.GCM.Nonce(
          data: UnsafeRawBufferPointer(start: tail, count: SealedFormat.nonceBytes)),
        authenticating: UnsafeRawBufferPointer(associated))
      guard let combined = box.combined else { return false }
      combined.withUnsafeBytes { bytes in
        let ciphertext = bytes.baseAddress! + SealedFormat.nonceBytes
        sealed.copyMemory(from: ciphertext, byteCount: SealedFormat.contentBytes)
        (sealed + SealedFormat.tagOffset).copyMemory(
          from: ciphertext + SealedFormat.contentBytes, byteCount: SealedFormat.tagBytes)
      }
    } catch {
      return false
    }
    (sealed + SealedFormat.versionOffset).storeBytes(
      of: UInt32(SealedFormat.version).littleEndian, as: UInt32.self)
    return true
  }

  /// Opens `page` in place and leaves its reserved bytes zero. On failure the page is zeroed.
  func open(_ page: UnsafeMutableRawPointer, position: UInt64) -> Bool {
    setPosition(position)
    let marker = (page + SealedFormat.versionOffset).loadUnaligned(as: UInt32.self)
    if UInt32(littleEndian: marker) == UInt32(SealedFormat.version) {
      do {
        let content = try AES.GCM.open(
          AES.GCM.SealedBox(
            nonce: AES.GCM.Nonce(
              data: UnsafeRawBufferPointer(
                start: page + SealedFormat.nonceOffset, count: SealedFormat.nonceBytes)),
            ciphertext: UnsafeRawBufferPointer(start: page, count: SealedFormat.contentBytes),
            tag: UnsafeRawBufferPointer(
              start: page + SealedFormat.tagOffset, count: SealedFormat.tagBytes)),
          using: key, authenticating: UnsafeRawBufferPointer(associated))
        content.withUnsafeBytes {
          page.copyMemory(from: $0.baseAddress!, byteCount: SealedFormat.contentBytes)
        }
        (page + SealedFormat.contentBytes).initializeMemory(
          as: UInt8.self, repeating: 0, count: SealedFormat.reservedBytes)
        return true
      } catch {}
    }
    page.initializeMemory(as: UInt8.self, repeating: 0, count: SealedFormat.pageSize)
    return false
  }

  private func setPosition(_ position: UInt64) {
    associated.storeBytes(
      of: position.bigEndian, toByteOffset: Self.positionOffset, as: UInt64.self)
  }

  /// The next 96-bit counter value, wrapping.
  static func successor(_ low: UInt64, _ high: UInt32) -> (UInt64, UInt32) {
    let (next, carry) = low.addingReportingOverflow(1)
    return (next, carry ? high &+ 1 : high)
  }
}
