import Crypto
import CryptoExtras

/// Hides the page number, commit size and checksums of a WAL frame header (at-rest §7.2).
///
/// SQLite writes a frame again at the same offset under the same salts: after a rollback, and when a
/// page spilled twice in one transaction. A keystream would show the difference of the two checksums,
/// so the sixteen bytes are one block of a tweaked block cipher instead:
/// `AES(mask, P ⊕ T) ⊕ T` with `T = AES(tweak, salts | offset)`. Two versions show only whether they
/// are equal.
struct FrameMask {
  let maskKey: SymmetricKey
  let tweakKey: SymmetricKey

  enum Direction { case conceal, reveal }

  /// Transforms bytes 0..<8 and 16..<24 of the 24-byte header in place; bytes 8..<16 are the salts.
  func apply(_ direction: Direction, to header: UnsafeMutableRawPointer, offset: UInt64) -> Bool {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 32) { scratch in
      scratch.initialize(repeating: 0)
      let raw = UnsafeMutableRawBufferPointer(scratch)
      var tweak = UnsafeMutableBufferPointer(rebasing: scratch[0..<16])
      var block = UnsafeMutableBufferPointer(rebasing: scratch[16..<32])
      raw.baseAddress!.copyMemory(from: header + 8, byteCount: 8)
      raw.storeBytes(of: offset.bigEndian, toByteOffset: 8, as: UInt64.self)
      (raw.baseAddress! + 16).copyMemory(from: header, byteCount: 8)
      (raw.baseAddress! + 24).copyMemory(from: header + 16, byteCount: 8)
      do {
        try AES.permute(&tweak, key: tweakKey)
        for index in 0..<16 { block[index] ^= tweak[index] }
        switch direction {
        case .conceal: try AES.permute(&block, key: maskKey)
        case .reveal: try AES.inversePermute(&block, key: maskKey)
        }
      } catch {
        return false
      }
      for index in 0..<16 { block[index] ^= tweak[index] }
      header.copyMemory(from: raw.baseAddress! + 16, byteCount: 8)
      (header + 16).copyMemory(from: raw.baseAddress! + 24, byteCount: 8)
      return true
    }
  }
}
