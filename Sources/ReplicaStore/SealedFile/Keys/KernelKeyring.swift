import CKeyring
public import Crypto

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The unlocked file key of one home, held by the Linux kernel until a timeout (at-rest §11.4).
///
/// It lies in the calling user's keyring, where every process of the same user id finds it and no
/// other does, and in kernel memory that is never swapped. Where the kernel or a sandbox offers no
/// keyring, nothing is held and callers ask for the passphrase.
public struct KernelKeyring: Sendable {
  private let description: String

  /// The longest that a key may be held: a day.
  public static let secondsMax: UInt32 = 86_400

  /// Possessor and owner: view, read, write, search, set attributes. Not link, so that the key
  /// cannot be moved to a keyring that outlives the session; nothing for group and others.
  private static let permissions: UInt32 = 0x2f2f_0000

  /// - Parameter home: the absolute path of the home, spelled the same way each time.
  public init(home: String) {
    let digest = SHA256.hash(data: Data(home.utf8))
    let digits = digest.prefix(16).map { byte in
      let text = String(byte, radix: 16)
      return text.utf8.count == 1 ? "0" + text : text
    }
    description = "yarrow:" + digits.joined()
  }

  /// Holds `key` for `seconds` (1 to ``secondsMax``, clamped), in place of one held before.
  ///
  /// Returns false where it cannot be held, or not with a timeout; then nothing is.
  public func hold(_ key: SymmetricKey, seconds: UInt32) -> Bool {
    guard key.bitCount == SealedFormat.keyBytes * 8 else { return false }
    drop()
    let limited = min(max(seconds, 1), Self.secondsMax)
    return key.withUnsafeBytes {
      yarrow_keyring_hold(description, $0.baseAddress, $0.count, limited, Self.permissions) > 0
    }
  }

  /// The held key, or nil: none, expired, revoked, or no keyring here.
  public func key() -> SymmetricKey? {
    guard let serial = search() else { return nil }
    return withUnsafeTemporaryAllocation(byteCount: SealedFormat.keyBytes, alignment: 8) { bytes in
      defer { explicitlyZero(bytes.baseAddress!, bytes.count) }
      guard yarrow_keyring_read(serial, bytes.baseAddress, bytes.count) == bytes.count else {
        return nil
      }
      return SymmetricKey(data: UnsafeRawBufferPointer(bytes))
    }
  }

  /// Revokes the held key for every process. Returns whether there was one.
  @discardableResult
  public func drop() -> Bool {
    guard let serial = search() else { return false }
    return yarrow_keyring_revoke(serial) == 0
  }

  private func search() -> Int32? {
    let serial = yarrow_keyring_search(description)
    return serial > 0 ? Int32(exactly: serial) : nil
  }
}
