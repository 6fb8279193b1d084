internal import Crypto
internal import Foundation
internal import NIOSSL
internal import SwiftASN1
public import SyncCore
internal import X509

/// The hub's own certificate: self-signed, made once by `init`, known by its key (identity §4).
///
/// The pin in the invite replaces names and dates, so the certificate is valid from 1970 to 9999
/// and names no host: a hub may move, and clocks may be wrong.
public struct TLSIdentity: Sendable, Hashable {
  /// The certificate, DER.
  public let certificate: [UInt8]
  /// The P-256 private key, PKCS #8 DER.
  public let key: [UInt8]
  /// SHA-256 of the certificate's SubjectPublicKeyInfo, DER.
  public let pin: Digest32

  /// The name in every certificate; nothing resolves it (RFC 6761 §6.4).
  static let neutralName = "yarrow-hub.invalid"

  /// Makes a key and its certificate.
  ///
  /// - Throws: ``HubServerError`` with `badCertificate` if the result could not be read back.
  public static func mint() throws -> TLSIdentity { try mint(P256.Signing.PrivateKey()) }

  /// Another certificate for a key, with the same pin.
  static func mint(_ key: P256.Signing.PrivateKey) throws -> TLSIdentity {
    let name = try DistinguishedName { CommonName(neutralName) }
    let certificate = try Certificate(
      version: .v3,
      serialNumber: .init(),
      publicKey: .init(key.publicKey),
      notValidBefore: Date(timeIntervalSince1970: 0),
      notValidAfter: endOfTime,
      issuer: name,
      subject: name,
      signatureAlgorithm: .ecdsaWithSHA256,
      extensions: try Certificate.Extensions {
        Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
        try ExtendedKeyUsage([.serverAuth])
        SubjectAlternativeNames([.dnsName(neutralName)])
      },
      issuerPrivateKey: .init(key))
    let bytes = try certificate.serializeAsPEM().derBytes
    return TLSIdentity(
      certificate: bytes, key: Array(key.derRepresentation), pin: try pin(ofCertificate: bytes))
  }

  /// 9999-12-31T23:59:59Z: what RFC 5280 §4.1.2.5 gives a certificate without an end.
  static let endOfTime = Date(timeIntervalSince1970: 253_402_300_799)

  /// The pin of a certificate: SHA-256 over its SubjectPublicKeyInfo.
  public static func pin(ofCertificate der: [UInt8]) throws -> Digest32 {
    do {
      return Hash.sha256(
        try NIOSSLCertificate(bytes: der, format: .der).extractPublicKey().toSPKIBytes())
    } catch {
      throw HubServerError(
        .badCertificate, "The hub's certificate cannot be read; restore the home from a backup.")
    }
  }
}
