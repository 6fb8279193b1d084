internal import Crypto
public import SyncCore
public import SyncWire

/// Seals and opens the sensitive and identity sections of entries (identity §5).
///
/// Both are pure functions of their arguments: the randomness is in the section's salt.
public struct SectionSealer: Sendable {
  private let deflate: Deflate
  private let inflate: Inflate
  private let limits: Limits

  static let tag = Array("yarrow.section/1\0".utf8)
  private static let authenticationTagBytes = 16
  private static let zeroNonce = [UInt8](repeating: 0, count: 12)
  private static let nonce: ChaChaPoly.Nonce = {
    guard let nonce = try? ChaChaPoly.Nonce(data: zeroNonce) else {
      preconditionFailure("a nonce has 12 bytes")
    }
    return nonce
  }()
  /// The encoding of no field at all.
  private static let emptyMap: [UInt8] = [0xa0]

  /// With the shipped dictionary.
  public static let shipped = SectionSealer()

  public init(
    deflate: Deflate = Deflate(
      dictionary: PresetDictionary.v1, level: 6, memoryLevel: 5),
    inflate: Inflate = .shipped, limits: Limits = .specified
  ) {
    self.deflate = deflate
    self.inflate = inflate
    self.limits = limits
  }

  /// Packs, pads and seals a section's canonical bytes.
  ///
  /// - Parameters:
  ///   - content: encoded field writes (entry §1.3), not the empty map.
  ///   - part: `sensitive` or `identity`.
  ///   - salt: the section's own salt (entry §2.2), never used for another content.
  ///   - record: whose section it is.
  ///   - key: the record's own key (identity §5).
  /// - Returns: ciphertext ‖ tag, the section's bytes in the entry.
  public func seal(
    _ content: [UInt8], part: SensitivityClass, record: RecordID, salt: Salt, key: RecordKey
  ) throws(IdentityError) -> [UInt8] {
    guard part.isSealed else { throw IdentityError(.sectionNotSealed) }
    guard !content.isEmpty, content != Self.emptyMap else { throw IdentityError(.sectionEmpty) }
    guard content.count <= limits.sealedSectionBytesMax else {
      throw IdentityError(.sectionTooLong)
    }
    var plain = PackedSection.pack(content, with: deflate)
    Padding.add(to: &plain)
    guard plain.count + Self.authenticationTagBytes <= limits.sealedSectionBytesMax else {
      throw IdentityError(.sectionTooLong)
    }
    guard
      let box = try? ChaChaPoly.seal(
        plain, using: key.sectionKey(salt: salt, part: part), nonce: Self.nonce,
        authenticating: Self.associated(record, part))
    else { preconditionFailure("ChaCha20-Poly1305 seals anything this short") }
    return Array(box.combined.dropFirst(Self.zeroNonce.count))
  }

  /// Opens a sealed section and gives the content that was sealed.
  ///
  /// The writer may have been hostile: decode the content as field writes before using it.
  public func open(
    _ sealed: [UInt8], part: SensitivityClass, record: RecordID, salt: Salt, key: RecordKey
  ) throws(IdentityError) -> [UInt8] {
    guard part.isSealed else { throw IdentityError(.sectionNotSealed) }
    guard sealed.count <= limits.sealedSectionBytesMax,
      Padding.isAllowed(sealed.count - Self.authenticationTagBytes)
    else { throw IdentityError(.sealedLength) }
    guard let box = try? ChaChaPoly.SealedBox(combined: Self.zeroNonce + sealed),
      let plain = try? ChaChaPoly.open(
        box, using: key.sectionKey(salt: salt, part: part),
        authenticating: Self.associated(record, part))
    else { throw IdentityError(.sealedNotOpened) }
    guard let packed = Padding.remove(from: Array(plain)) else {
      throw IdentityError(.sealedPadding)
    }
    let content = try PackedSection.unpack(
      packed, with: inflate, limit: limits.sealedSectionBytesMax)
    guard !content.isEmpty, content != Self.emptyMap else { throw IdentityError(.sectionEmpty) }
    return content
  }

  private static func associated(_ record: RecordID, _ part: SensitivityClass) -> [UInt8] {
    tag + record.bytes + [part.rawValue]
  }
}
