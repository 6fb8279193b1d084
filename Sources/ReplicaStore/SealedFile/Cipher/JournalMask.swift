import Crypto

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Hides page numbers and checksums between the pages of a journal (at-rest §6.2).
///
/// A keystream by byte offset: block n is HMAC-SHA256(mask key, journal salt | n). The salt is drawn
/// for every journal, so that two journals never share a keystream; the checksums, which are sums of
/// page bytes, would otherwise show their difference.
struct JournalMask {
  /// Under the key, fed with the salt: each block goes on from here.
  private let salted: HMAC<SHA256>
  private var cachedIndex: UInt64?
  private var cached = [UInt8](repeating: 0, count: SHA256.byteCount)

  init(key: SymmetricKey, salt: [UInt8]) {
    var salted = HMAC<SHA256>(key: key)
    salted.update(data: salt)
    self.salted = salted
  }

  /// XORs the keystream for `offset...` into `bytes`. Its own inverse.
  mutating func apply(to bytes: UnsafeMutableRawBufferPointer, offset: UInt64) {
    for index in bytes.indices {
      let position = offset + UInt64(index)
      let block = position / UInt64(SHA256.byteCount)
      if block != cachedIndex { load(block) }
      bytes[index] ^= cached[Int(position % UInt64(SHA256.byteCount))]
    }
  }

  private mutating func load(_ block: UInt64) {
    var mac = salted
    withUnsafeBytes(of: block.bigEndian) { mac.update(data: $0) }
    let code = mac.finalize()
    code.withUnsafeBytes { bytes in
      for index in 0..<SHA256.byteCount { cached[index] = bytes[index] }
    }
    cachedIndex = block
  }
}
