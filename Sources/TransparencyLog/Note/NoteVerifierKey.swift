internal import Crypto
internal import SyncCore

/// What a signature line of a note is; the raw value is the byte that C2SP assigned (hub-log §3.3).
public enum SignatureType: UInt8, Sendable, Hashable {
  /// Ed25519 over the note's text.
  case ed25519 = 0x01
  /// Ed25519 over `cosignature/v1`, a time and the note's text.
  case cosignature = 0x04
}

/// A public key that may sign notes, with its name and what its signatures are (hub-log §3.3).
public struct NoteVerifierKey: Sendable, Hashable {
  public let name: KeyName
  public let type: SignatureType
  /// Ed25519, 32 bytes.
  public let publicKey: [UInt8]
  /// First four bytes of SHA-256(name ‖ 0x0A ‖ type ‖ public key), big-endian.
  public let keyID: UInt32

  /// Takes a public key of 32 bytes.
  ///
  /// - Throws: `malformed-key`.
  public init(
    name: KeyName, type: SignatureType, publicKey: [UInt8]
  ) throws(TransparencyLogError) {
    guard publicKey.count == 32 else { throw TransparencyLogError(.malformedKey) }
    self.name = name
    self.type = type
    self.publicKey = publicKey
    keyID = Hash.sha256(name.utf8 + [0x0A, type.rawValue] + publicKey).withUnsafeBytes {
      UInt32(bigEndian: $0.loadUnaligned(as: UInt32.self))
    }
  }

  /// Reads `name+key id+base64(type ‖ public key)`, the id as eight lower-case hexadecimal digits.
  ///
  /// - Throws: `malformed-key`, `invalid-key-name`, `invalid-base64`, `unsupported-signature-type`,
  ///   `wrong-key-id`.
  public init(text: String) throws(TransparencyLogError) {
    guard text.utf8.count <= KeyName.bytesMax + 64 else { throw TransparencyLogError(.tooLong) }
    // The base64 may itself hold plus signs.
    let parts = text.utf8.split(separator: 0x2B, maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[1].count == 8 else { throw TransparencyLogError(.malformedKey) }
    guard let name = String(parts[0]) else { throw TransparencyLogError(.invalidKeyName) }
    guard let material = Base64.decode(ArraySlice(parts[2])) else {
      throw TransparencyLogError(.invalidBase64)
    }
    guard material.count == 33 else { throw TransparencyLogError(.malformedKey) }
    guard let type = SignatureType(rawValue: material[0]) else {
      throw TransparencyLogError(.unsupportedSignatureType)
    }
    try self.init(name: KeyName(name), type: type, publicKey: Array(material.dropFirst()))
    guard Array(parts[1]) == Array(keyIDText.utf8) else { throw TransparencyLogError(.wrongKeyID) }
  }

  /// `name+key id+base64(type ‖ public key)`.
  public var text: String {
    let material = Base64.encode([type.rawValue] + publicKey)
    return "\(name.text)+\(keyIDText)+\(String(decoding: material, as: UTF8.self))"
  }

  private var keyIDText: String {
    withUnsafeBytes(of: keyID.bigEndian) { Array($0).hex }
  }

  /// Whether these 64 bytes are this key's Ed25519 signature over a message.
  func isValid(_ signature: some Collection<UInt8>, for message: [UInt8]) -> Bool {
    guard signature.count == 64,
      let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey)
    else { return false }
    return key.isValidSignature(Array(signature), for: message)
  }
}
