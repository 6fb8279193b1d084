internal import Crypto
internal import SyncCore

/// The key of one record (identity §5): who may write the record seals its sections with it.
///
/// Derive it once per record and keep it for all of its sections. Equality takes constant time.
public struct RecordKey: Sendable, Equatable {
  private let key: SymmetricKey

  init(_ key: SymmetricKey) { self.key = key }

  /// Takes exactly 32 bytes, as a record grant carries them; nil for any other number.
  public init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == 32 else { return nil }
    key = SymmetricKey(data: Array(bytes))
  }

  /// The secret bytes: for record grants, and for storage inside an encrypted home.
  public var stored: [UInt8] { key.withUnsafeBytes { Array($0) } }

  /// The key of one section. A salt is random and belongs to one section, so this key is used once.
  func sectionKey(salt: Salt, part: SensitivityClass) -> SymmetricKey {
    SealingKey.derive(key, salt: salt, info: SectionSealer.tag + [part.rawValue])
  }

  /// The salt of a file with this hash: another one in every record (attachments §4).
  func attachmentSalt(of content: Digest32) -> Salt {
    let derived = SealingKey.derive(
      key, salt: Bytes16(prefixOf: content),
      info: Array("yarrow.attachment-salt/1\0".utf8) + content.bytes)
    return derived.withUnsafeBytes { Salt(UnsafeRawBufferPointer(rebasing: $0.prefix(16)))! }
  }

  /// The key of the one file that has this salt.
  func attachmentKey(salt: Salt) -> SymmetricKey {
    SealingKey.derive(key, salt: salt, info: Array("yarrow.attachment/1\0".utf8))
  }
}

extension RecordKey: CustomStringConvertible {
  public var description: String { "RecordKey" }
}
