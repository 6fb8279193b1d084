public import Crypto
internal import Foundation
internal import Hummingbird
internal import HummingbirdCore
internal import HummingbirdTLS
internal import Identity
public import Logging
internal import NIOCore
public import ReplicaStore
internal import ServiceLifecycle
public import SyncCore
internal import Synchronization
internal import UnixSignals

/// The hub as a server: exchanges over HTTPS, administration over a local socket (sync §6).
///
/// While it runs it holds the home's lock, so no other process opens the store.
public struct HubService: Sendable {
  private let store: HubStore
  private let lock: HomeLock
  private let listen: ListenAddress?
  private let limits: ServiceLimits
  private let logger: Logger
  private let sequencer: Sequencer<HubJob>

  /// Opens the home and takes its lock.
  ///
  /// - Parameters:
  ///   - listen: nil listens on every interface at the port of the hub's address.
  ///   - logger: gets counts, durations, codes, and eight digits of an origin; nothing personal.
  ///   - home: made by `init`.
  ///   - key: the 32 bytes that seal its store.
  ///   - limits: on connections, times and memory.
  /// - Throws: ``HubServerError`` with `homeInUse`; `StoreError`.
  public init(
    home: HubHome, key: SymmetricKey, listen: ListenAddress? = nil,
    limits: ServiceLimits = ServiceLimits(), logger: Logger
  ) throws {
    try self.init(
      home: home, key: key, listen: listen, limits: limits, logger: logger,
      now: { Int64(Date().timeIntervalSince1970) })
  }

  package init(
    home: HubHome, key: SymmetricKey, listen: ListenAddress?, limits: ServiceLimits,
    logger: Logger, now: @escaping @Sendable () -> Int64
  ) throws {
    guard let lock = try HomeLock(home) else {
      throw HubServerError(
        .homeInUse, "Another process serves the hub at \(home.path); stop it first.")
    }
    let store = try HubStore(home: home, key: key, now: now)
    self.store = store
    self.lock = lock
    self.listen = listen
    self.limits = limits
    self.logger = logger
    sequencer = Sequencer { try store.commit($0) } afterwards: {
      // What was acknowledged is in the log: a disk that fails here fails the next batch.
      do { try store.shortenLog() } catch {
        logger.error("checkpoint failed", metadata: ["reason": "\(ExchangeService.reason(error))"])
      }
    }
  }

  /// What ``HubService/run(stopOnSignals:announce:)`` says when it is ready.
  public struct Announcement: Sendable, Hashable {
    /// With the port that was bound.
    public let address: ListenAddress
    public let tlsPin: Digest32

    /// `listening https://ADDR:PORT pin sha256/BASE64`
    public var line: String {
      "listening https://\(address) pin sha256/\(Data(tlsPin.bytes).base64EncodedString())"
    }
  }

  /// Serves until a signal or a graceful stop of the surrounding task; exchanges that are being
  /// worked on are answered before this returns.
  ///
  /// - Parameters:
  ///   - signals: whether SIGTERM and SIGINT stop it.
  ///   - announce: called once, when connections are taken. Writes the line to stdout unless told
  ///     otherwise.
  public func run(
    stopOnSignals signals: Bool = true,
    announce: @escaping @Sendable (Announcement) -> Void = Self.writeLine
  ) async throws {
    let address = try listen ?? ListenAddress(portOf: hubAddress())
    let control = try ControlServer(
      home: store.home,
      handler: ControlHandler(store: store, isServing: true) { [sequencer] body in
        try sequencer.exclusively(body)
      }, logger: logger)
    let pin = store.keys.tlsPin
    let unopened = Mutex<(any Error)?>(nil)
    let peers = PeerTable(limits)
    let application = Application(
      responder: ExchangeResponder(
        exchanges: ExchangeService(
          store: store, sequencer: sequencer, limits: limits, logger: logger),
        admission: Admission(limits), peers: peers,
        messageBytesMax: store.limits.messageBytesMax),
      server: try server(peers),
      configuration: ApplicationConfiguration(
        address: .hostname(address.host, port: address.port), serverName: nil,
        // Beyond the table's limit only for as long as a close takes.
        availableConnectionsDelegate: .maximum(limits.connectionsMax + 64, logger: logger)),
      onServerRunning: { channel in
        // The operator is answered when devices are, and not before.
        do { try control.open() } catch {
          unopened.withLock { $0 = error }
          try? await channel.close()
          return
        }
        announce(
          Announcement(
            address: ListenAddress(
              host: address.host, port: channel.localAddress?.port ?? address.port),
            tlsPin: pin))
      },
      logger: quiet)
    var configuration = ServiceGroupConfiguration(
      // Stopped from the last to the first: the operator's socket outlives the exchanges.
      services: [control, application],
      gracefulShutdownSignals: signals ? [.sigterm, .sigint] : [], logger: quiet)
    configuration.maximumGracefulShutdownDuration = .seconds(limits.stopSeconds)
    logger.info("serving", metadata: ["epoch": "\(store.hubEpoch)"])
    do {
      try await ServiceGroup(configuration: configuration).run()
    } catch let error as IOError {
      throw HubServerError(
        .badAddress,
        "The hub cannot listen on \(address): \(String(cString: strerror(error.errnoCode))).")
    } catch {
      throw unopened.withLock { $0 } ?? error
    }
    logger.info("stopped")
    withExtendedLifetime(lock) {}
  }

  /// The framework's own words go to the log only when they are warnings.
  private var quiet: Logger {
    var logger = logger
    logger.logLevel = max(logger.logLevel, .warning)
    return logger
  }

  private func hubAddress() throws -> HubAddress {
    guard let address = HubAddress(try store.status().url) else {
      throw HubServerError(.badAddress, "The hub's address is not one; set it with url set.")
    }
    return address
  }

  private func server(_ peers: PeerTable) throws -> HTTPServerBuilder {
    let tls = try ServerTLS.configuration(
      certificate: store.keys.tlsCertificate, key: store.keys.tlsKey, pin: store.keys.tlsPin)
    let limits = limits
    return HTTPServerBuilder { responder in
      let http = HTTP1Channel(
        responder: responder,
        configuration: .init(
          httpDecoderConfiguration: .init(
            maxHeaderFieldSize: 4 << 10, maxHeaderListSize: 8 << 10, maxHeaderFieldCount: 32)))
      return GuardedChannel(base: try TLSChannel(http, tlsConfiguration: tls), limits: limits,
        peers: peers)
    }
  }

  /// Writes the announcement to standard output at once.
  @Sendable public static func writeLine(_ announcement: Announcement) {
    FileHandle.standardOutput.write(Data((announcement.line + "\n").utf8))
  }
}
