internal import Crypto
internal import FoundationEssentials
public import SyncCore

/// What can be sealed into a bundle: requests one way, answers the other.
public protocol BundleContent: Sendable {
  /// Stands in the key schedule, so that a bundle of one kind is never read as the other.
  static var direction: UInt8 { get }
  var encoded: [UInt8] { get }
  init(encoded: ArraySlice<UInt8>, limits: Limits) throws(CBORError)
}

/// Seals messages into a file for one receiver, and opens such a file (bundle §2).
///
/// The file shows a version byte and noise. Until it is opened it is bytes from an enemy; what is
/// inside is signed, message by message, and the sealing says nothing about who made it.
public enum BundleSealer {
  /// The longest file, in bytes. A longer one is refused before it is read to its end.
  public static let bytesMax = 32 << 20
  /// Messages in one bundle.
  public static let messagesMax = 4_096
  /// What every bundle takes beside its padded content.
  static let headBytes = 33
  static let tagBytes = 16
  /// Below this all bundles have one size.
  static let paddedBytesMin = 4_096

  private static let version: UInt8 = 1
  private static let suite = HPKE.Ciphersuite.Curve25519_SHA256_ChachaPoly

  /// - Throws: `bundle-too-long` when it would be longer than a reader takes.
  public static func seal(
    _ content: some BundleContent, programme: ProgrammeID, to reader: OpeningPublicKey
  ) throws(IdentityError) -> [UInt8] {
    var plain = content.encoded
    let length = paddedLength(for: plain.count + 1)
    guard length <= bytesMax - headBytes - tagBytes else { throw IdentityError(.bundleTooLong) }
    plain.append(0x80)
    plain.append(contentsOf: repeatElement(0, count: length - plain.count))
    let info = info(type(of: content).direction, programme, reader)
    guard
      let recipient = try? Curve25519.KeyAgreement.PublicKey(rawRepresentation: reader.bytes),
      var sender = try? HPKE.Sender(
        recipientKey: recipient, ciphersuite: suite, info: Data(info)),
      let sealed = try? sender.seal(plain, authenticating: [version])
    else { preconditionFailure("HPKE seals any bytes to any key") }
    var file: [UInt8] = [version]
    file.reserveCapacity(headBytes + sealed.count)
    file += sender.encapsulatedKey
    file += sealed
    return file
  }

  /// - Throws: ``IdentityError`` with one of the words of bundle §2.
  public static func open<Content: BundleContent>(
    _ file: [UInt8], as kind: Content.Type, programme: ProgrammeID, with pair: OpeningKeyPair,
    limits: Limits = .specified
  ) throws(IdentityError) -> Content {
    guard file.count <= bytesMax else { throw IdentityError(.bundleTooLong) }
    guard file.first == version else { throw IdentityError(.bundleVersion) }
    let length = file.count - headBytes - tagBytes
    guard length >= paddedBytesMin, paddedLength(for: length) == length else {
      throw IdentityError(.bundleLength)
    }
    // A key of small order gives everybody the same secret (RFC 9180 §7.1.4).
    guard let encapsulated = OpeningPublicKey(file[1..<headBytes]),
      var recipient = try? HPKE.Recipient(
        privateKey: pair.key, ciphersuite: suite,
        info: Data(info(kind.direction, programme, pair.publicKey)),
        encapsulatedKey: Data(encapsulated.bytes)),
      let plain = try? recipient.open(file[headBytes...], authenticating: [version])
    else { throw IdentityError(.bundleNotOpened) }
    let padded = Array(plain)
    guard let marker = padded.lastIndex(where: { $0 != 0 }), padded[marker] == 0x80,
      paddedLength(for: marker + 1) == padded.count
    else { throw IdentityError(.bundlePadding) }
    do { return try Content(encoded: padded[..<marker], limits: limits) } catch {
      throw IdentityError(.bundleMalformed, encoding: error.code)
    }
  }

  /// Padmé lengths (identity §5), from a page on.
  static func paddedLength(for count: Int) -> Int {
    Padding.length(for: max(count, paddedBytesMin))
  }

  private static func info(
    _ direction: UInt8, _ programme: ProgrammeID, _ reader: OpeningPublicKey
  ) -> [UInt8] {
    Array("yarrow.bundle/1\0".utf8) + programme.bytes + [direction] + reader.bytes
  }
}
