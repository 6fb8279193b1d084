internal import AsyncHTTPClient
public import Identity
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
public import ReplicaStore
public import SyncCore

/// HTTPS to one hub, known by its key: names, dates and authorities do not matter (sync §6).
///
/// One connection is used again and again. Call ``close()`` when done.
public actor HTTPSTransport: HubTransport {
  static let mediaType = "application/yarrow-sync"
  /// Short: after an outage a new attempt finds the line before the pauses of an old one end.
  static let connectTimeout = TimeAmount.seconds(8)
  /// Without a byte from the hub after the request, or room for one of ours. A line that is dead
  /// is noticed sooner (``DeadLine``); this is for a hub that is.
  private static let idleTimeout = TimeAmount.seconds(90)
  /// A hub closes idle connections; what fails later than this failed on its way.
  private static let closedIdle = Duration.seconds(1)
  /// What is longer is not sent again without asking first what the hub has.
  private static let resentBytesMax = 4 << 10
  /// One exchange, on the slowest line that the hub bears.
  private static let exchangeTimeout = TimeAmount.minutes(75)

  private let address: HubAddress
  private let pin: Digest32
  private let bytesMax: Int
  private let keep: @Sendable ([UInt8]) -> Void
  private var kept: HubCertificate?
  private var line: Line?

  private struct Line {
    let client: HTTPClient
    /// Whether the certificate comes from an earlier run rather than from the hub just now.
    let isFromKept: Bool
    var isProven = false
  }

  /// - Parameters:
  ///   - pin: SHA-256 of the SubjectPublicKeyInfo of the hub's certificate.
  ///   - certificate: what an earlier transport kept; saves a handshake, proves nothing.
  ///   - keep: is given the hub's certificate once it was seen.
  ///   - address: where the hub listens.
  ///   - limits: bounds on a message.
  public init(
    address: HubAddress, pin: Digest32, certificate: [UInt8]? = nil, limits: Limits = .specified,
    keep: @escaping @Sendable ([UInt8]) -> Void = { _ in }
  ) {
    self.address = address
    self.pin = pin
    bytesMax = limits.messageBytesMax
    self.keep = keep
    kept = certificate.flatMap { HubCertificate(kept: $0, pin: pin) }
  }

  /// To the hub of a replica.
  ///
  /// - Parameters:
  ///   - moved: where the hub is now, if not where the replica knows it; its key is the same.
  ///   - replica: says which hub, and by which key it is known.
  /// - Throws: ``SyncFailure`` with `badAddress`; `StoreError` with `noHome`.
  public init(_ replica: Replica, at moved: HubAddress? = nil) throws {
    let reach = try replica.hubReach()
    guard let address = moved ?? HubAddress(reach.url) else { throw SyncFailure(.badAddress) }
    self.init(
      address: address, pin: reach.tlsPin, certificate: try replica.hubCertificate(),
      keep: { try? replica.keep(hubCertificate: $0) })
  }

  /// Ends the connection. The transport may be used again.
  public func close() async {
    guard let line else { return }
    self.line = nil
    try? await line.client.shutdown()
  }

  public func exchange(
    _ message: [UInt8]
  ) async throws -> (bytes: [UInt8], hubTime: Int64?) {
    while true {
      let line = try await openLine()
      let began = ContinuousClock.now
      do {
        let answer = try await send(message, over: line.client)
        self.line?.isProven = true
        return answer
      } catch let failure as SyncFailure {
        throw failure
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        await close()
        if line.isProven, error as? HTTPClientError == .remoteConnectionClosed,
          ContinuousClock.now - began < Self.closedIdle, message.count < Self.resentBytesMax
        {
          continue
        }
        guard error is NIOSSLError else { throw SyncFailure(.unreachable(retryAfter: nil)) }
        guard line.isFromKept else { throw SyncFailure(.wrongPin) }
        // The hub may have a new certificate for the same key.
        kept = nil
      }
    }
  }

  private func openLine() async throws -> Line {
    if let line { return line }
    let certificate: HubCertificate
    let isFromKept = kept != nil
    if let kept {
      certificate = kept
    } else {
      certificate = try await HubCertificate.fetch(from: address, pin: pin)
      kept = certificate
      keep(certificate.der)
    }
    let made = Line(client: try client(trusting: certificate), isFromKept: isFromKept)
    line = made
    return made
  }

  private func client(trusting certificate: HubCertificate) throws -> HTTPClient {
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.minimumTLSVersion = .tlsv13
    tls.trustRoots = .certificates([try NIOSSLCertificate(bytes: certificate.der, format: .der)])
    tls.certificateVerification = .noHostnameVerification
    tls.shutdownTimeout = .seconds(1)
    var configuration = HTTPClient.Configuration(
      tlsConfiguration: tls, redirectConfiguration: .disallow,
      timeout: .init(
        connect: Self.connectTimeout, read: Self.idleTimeout, write: Self.idleTimeout),
      proxy: nil, ignoreUncleanSSLShutdown: false, decompression: .disabled)
    configuration.httpVersion = .http1Only
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.http1_1ConnectionDebugInitializer = { DeadLine.watch($0) }
    return HTTPClient(
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: configuration)
  }

  private func send(
    _ message: [UInt8], over client: HTTPClient
  ) async throws -> (bytes: [UInt8], hubTime: Int64?) {
    let base = address.text.hasSuffix("/") ? String(address.text.dropLast()) : address.text
    var request = HTTPClientRequest(url: base + "/v1/exchange")
    request.method = .POST
    request.body = .bytes(ByteBuffer(bytes: message))
    let response = try await client.execute(request, timeout: Self.exchangeTimeout)
    guard response.status == .ok else {
      let later = response.headers.first(name: "retry-after").flatMap { Int($0) }
      throw SyncFailure(HTTPStatus.failure(Int(response.status.code), retryAfter: later))
    }
    guard response.headers[canonicalForm: "content-type"].allSatisfy({ $0 == Self.mediaType }) else {
      throw SyncFailure(.badAnswer)
    }
    do {
      let body = try await response.body.collect(upTo: bytesMax)
      return (
        Array(body.readableBytesView),
        response.headers.first(name: "date").flatMap { HTTPDate.seconds($0) }
      )
    } catch is NIOTooManyBytesError {
      throw SyncFailure(.badAnswer)
    }
  }
}
