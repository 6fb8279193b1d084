internal import Identity
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import SyncCore

/// The certificate of a hub, accepted for its key and nothing else (identity §4).
struct HubCertificate: Sendable, Hashable {
  let der: [UInt8]

  /// SHA-256 of the SubjectPublicKeyInfo.
  static func pin(of certificate: NIOSSLCertificate) throws -> Digest32 {
    Hash.sha256(try certificate.extractPublicKey().toSPKIBytes())
  }

  /// Takes a certificate that was kept earlier, if it has the pinned key.
  init?(kept der: [UInt8], pin: Digest32) {
    guard let certificate = try? NIOSSLCertificate(bytes: der, format: .der),
      (try? Self.pin(of: certificate)) == pin
    else { return nil }
    self.der = der
  }

  private init(der: [UInt8]) { self.der = der }

  /// Shakes hands once, to see the certificate; sends nothing.
  ///
  /// - Throws: ``SyncFailure`` with `wrongPin` or `unreachable`.
  static func fetch(from address: HubAddress, pin: Digest32) async throws -> HubCertificate {
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.minimumTLSVersion = .tlsv13
    tls.certificateVerification = .noHostnameVerification
    tls.applicationProtocols = ["http/1.1"]
    tls.shutdownTimeout = .seconds(1)
    let context = try NIOSSLContext(configuration: tls)
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let seen = loop.makePromise(of: HubCertificate.self)
    do {
      let channel = try await ClientBootstrap(group: loop)
        .connectTimeout(HTTPSTransport.connectTimeout)
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            let handler = try NIOSSLClientHandler(
              context: context, serverHostname: address.serverName,
              customVerificationCallback: { chain, verdict in
                seen.completeWith(Result { try judge(chain.first, pin: pin) })
                verdict.succeed(.failed)
              })
            try channel.pipeline.syncOperations.addHandler(handler)
          }
        }
        .connect(host: address.host, port: address.port).get()
      let timer = channel.eventLoop.scheduleTask(in: HTTPSTransport.connectTimeout) {
        channel.close(promise: nil)
      }
      channel.closeFuture.whenComplete { _ in
        timer.cancel()
        seen.fail(ChannelError.eof)
      }
      defer { channel.close(promise: nil) }
      return try await seen.futureResult.get()
    } catch {
      seen.fail(error)
      throw error as? SyncFailure ?? SyncFailure(.unreachable(retryAfter: nil))
    }
  }

  private static func judge(
    _ certificate: NIOSSLCertificate?, pin: Digest32
  ) throws -> HubCertificate {
    guard let certificate, try Self.pin(of: certificate) == pin else {
      throw SyncFailure(.wrongPin)
    }
    return HubCertificate(der: try certificate.toDERBytes())
  }
}

extension HubAddress {
  /// What stands in the handshake in clear: a name, never a number (RFC 6066 §3).
  var serverName: String? { (try? SocketAddress(ipAddress: host, port: port)) == nil ? host : nil }
}
