internal import SyncCore

extension Invite {
  private static let textPrefix = "YARROW1-"
  private static let checksumBytes = 4

  /// Most letters that a text may have, white space included.
  public static let textBytesMax = 4_096

  /// What a person is given, letter for letter or as a QR code: upper case, digits and one hyphen.
  public var text: String {
    Self.textPrefix + Base32.encode(encoded + Self.checksum(encoded[...]))
  }

  /// Reads an invite as a person pastes or types it: in any case, broken over lines.
  ///
  /// Tells apart what a person can do something about: not an invite, cut short, a wrong letter.
  public init(text: some StringProtocol) throws(IdentityError) {
    guard text.utf8.count <= Self.textBytesMax else { throw IdentityError(.inviteTooLong) }
    let letters = text.utf8.filter { ![0x20, 0x09, 0x0a, 0x0b, 0x0c, 0x0d].contains($0) }
    let prefix = Array(Self.textPrefix.utf8)
    let beginning = letters.prefix(prefix.count).map { (0x61...0x7a).contains($0) ? $0 - 32 : $0 }
    guard beginning == prefix else {
      throw IdentityError(
        prefix.starts(with: beginning) && !beginning.isEmpty ? .inviteTruncated : .inviteNotOne)
    }
    guard let (bytes, isExact) = Base32.decode(letters[prefix.count...]) else {
      throw IdentityError(.inviteAltered)
    }
    let content = bytes.dropLast(Self.checksumBytes)
    guard isExact, !content.isEmpty, bytes.suffix(Self.checksumBytes) == Self.checksum(content)[...]
    else { throw IdentityError(Self.isCutShort(bytes) ? .inviteTruncated : .inviteAltered) }
    try self.init(encoded: Array(content))
  }

  private static func checksum(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    Array(Hash.sha256(domain: "yarrow.invite/1", bytes).bytes.prefix(checksumBytes))
  }

  /// Whether the encoding says that there was more, checksum included.
  private static func isCutShort(_ bytes: [UInt8]) -> Bool {
    var d = CBORDecoder(bytes)
    do {
      _ = try d.skipItem()
      return bytes.count - d.offset < checksumBytes
    } catch { return error.code == .truncated }
  }
}
