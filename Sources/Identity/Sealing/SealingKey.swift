internal import Crypto
internal import SyncCore

/// HKDF with SHA-256 (RFC 5869) for keys of 32 bytes, the one length that sealing derives
/// (identity §5).
///
/// swift-crypto's own is for every length and hash, and allocates some thirty times for one key.
/// Three are derived for each report, which was more work than enciphering it.
enum SealingKey {
  private static let blockBytes = 64

  /// - Parameters:
  ///   - secret: the input key material.
  ///   - salt: names the one record or section that the key is for.
  ///   - info: what kind of key it is.
  static func derive(_ secret: SymmetricKey, salt: Bytes16, info: [UInt8]) -> SymmetricKey {
    let extracted = salt.withUnsafeBytes { salt in
      secret.withUnsafeBytes { authenticate($0, key: salt) }
    }
    // 32 bytes are one block of output, the first.
    let expanded = extracted.withUnsafeBytes { key in
      info.withUnsafeBytes { authenticate($0, UInt8(1), key: key) }
    }
    return SymmetricKey(data: expanded)
  }

  /// HMAC (RFC 2104) under a key of at most one block.
  private static func authenticate(
    _ message: UnsafeRawBufferPointer, _ last: UInt8? = nil, key: UnsafeRawBufferPointer
  ) -> SHA256Digest {
    precondition(key.count <= blockBytes, "a longer key is hashed first")
    return withUnsafeTemporaryAllocation(byteCount: blockBytes, alignment: 16) { block in
      defer { clear(block) }
      block.copyMemory(from: key)
      block[key.count...].initializeMemory(as: UInt8.self, repeating: 0)
      for index in block.indices { block[index] ^= 0x36 }
      var inner = SHA256()
      inner.update(bufferPointer: UnsafeRawBufferPointer(block))
      inner.update(bufferPointer: message)
      if let last { withUnsafeBytes(of: last) { inner.update(bufferPointer: $0) } }
      for index in block.indices { block[index] ^= 0x36 ^ 0x5c }
      var outer = SHA256()
      outer.update(bufferPointer: UnsafeRawBufferPointer(block))
      inner.finalize().withUnsafeBytes { outer.update(bufferPointer: $0) }
      return outer.finalize()
    }
  }

  /// Apart, so that it is not taken for a store that nobody reads.
  @inline(never)
  private static func clear(_ block: UnsafeMutableRawBufferPointer) {
    block.initializeMemory(as: UInt8.self, repeating: 0)
  }
}
