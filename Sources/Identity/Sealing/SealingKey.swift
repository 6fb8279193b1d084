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
  ///
  /// Each of the two hashes is given its input in one piece: handing on a piece costs as much as
  /// hashing it.
  private static func authenticate(
    _ message: UnsafeRawBufferPointer, _ last: UInt8? = nil, key: UnsafeRawBufferPointer
  ) -> SHA256Digest {
    precondition(key.count <= blockBytes, "a longer key is hashed first")
    let innerBytes = message.count + (last == nil ? 0 : 1)
    return withUnsafeTemporaryAllocation(
      byteCount: blockBytes + max(innerBytes, SHA256.byteCount), alignment: 16
    ) { joined in
      defer { clear(joined) }
      let block = UnsafeMutableRawBufferPointer(rebasing: joined[..<blockBytes])
      let rest = UnsafeMutableRawBufferPointer(rebasing: joined[blockBytes...])
      block.copyMemory(from: key)
      block[key.count...].initializeMemory(as: UInt8.self, repeating: 0)
      for index in block.indices { block[index] ^= 0x36 }
      rest.copyMemory(from: message)
      if let last { rest[message.count] = last }
      let inner = hash(joined, blockBytes + innerBytes)
      for index in block.indices { block[index] ^= 0x36 ^ 0x5c }
      inner.withUnsafeBytes { rest.copyMemory(from: $0) }
      return hash(joined, blockBytes + SHA256.byteCount)
    }
  }

  private static func hash(_ bytes: UnsafeMutableRawBufferPointer, _ count: Int) -> SHA256Digest {
    var state = SHA256()
    state.update(bufferPointer: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
    return state.finalize()
  }

  /// Apart, so that it is not taken for a store that nobody reads.
  @inline(never)
  private static func clear(_ block: UnsafeMutableRawBufferPointer) {
    block.initializeMemory(as: UInt8.self, repeating: 0)
  }
}
