internal import NIOCore
internal import NIOSSL
internal import SyncCore

/// TLS as the hub speaks it: 1.3 only, one certificate, no client certificates (sync §6).
enum ServerTLS {
  /// - Parameters:
  ///   - certificate: DER.
  ///   - key: DER or PEM.
  ///   - pin: what invites say; a certificate of another key is refused before it is served.
  static func configuration(
    certificate: [UInt8], key: [UInt8], pin: Digest32
  ) throws -> TLSConfiguration {
    guard try TLSIdentity.pin(ofCertificate: certificate) == pin else {
      throw HubServerError(
        .badCertificate,
        "The hub's certificate is not the one that its invites name; restore the home from a backup."
      )
    }
    do {
      let isPEM = key.starts(with: Array("-----".utf8))
      var tls = TLSConfiguration.makeServerConfiguration(
        certificateChain: [.certificate(try NIOSSLCertificate(bytes: certificate, format: .der))],
        privateKey: .privateKey(try NIOSSLPrivateKey(bytes: key, format: isPEM ? .pem : .der)))
      tls.minimumTLSVersion = .tlsv13
      tls.applicationProtocols = ["http/1.1"]
      // A device that is cut off does not say goodbye; waiting for it would hold up a stop.
      tls.shutdownTimeout = .seconds(1)
      return tls
    } catch let error as HubServerError {
      throw error
    } catch {
      throw HubServerError(
        .badCertificate, "The hub's TLS key cannot be used; restore the home from a backup.")
    }
  }
}
