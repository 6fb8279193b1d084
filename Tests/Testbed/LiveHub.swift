package import Crypto
internal import Foundation
package import HubServer
package import Identity
internal import Logging
package import ReplicaStore
package import ServiceLifecycle
package import SyncClient
package import SyncCore

/// A hub's home in a directory of its own, and a server on loopback when asked.
package final class LiveHub: Sendable {
  package static let hubKey = SymmetricKey(data: [UInt8](repeating: 5, count: 32))
  package static let deviceKey = SymmetricKey(data: [UInt8](repeating: 6, count: 32))

  package let directory: String
  package let home: HubHome
  package let authority: SigningKeyPair
  package let tls: TLSIdentity

  package init(in subdirectory: String = "hub") throws {
    directory = NSTemporaryDirectory() + "live-\(UUID().uuidString)"
    home = HubHome(directory + "/" + subdirectory)
    try FileManager.default.createDirectory(atPath: home.path, withIntermediateDirectories: true)
    var generator: any RandomNumberGenerator = SystemRandomNumberGenerator()
    authority = SigningKeyPair(using: &generator)
    tls = try TLSIdentity.mint()
    _ = try HubStore.found(
      home: home, key: Self.hubKey,
      HubStore.Founding(
        programmeName: "delta", url: "https://127.0.0.1:8443", areas: ["north", "south"],
        authority: authority, beginning: .programme(recovery: OpeningKeyPair(using: &generator).publicKey),
        signing: SigningKeyPair(using: &generator), tlsCertificate: tls.certificate,
        tlsKey: tls.key, tlsPin: tls.pin), now: { Int64(Date().timeIntervalSince1970) })
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  /// What a test sees of a running server.
  package struct Serving: Sendable {
    package let hub: LiveHub
    package let announcement: HubService.Announcement
    package let group: ServiceGroup
    package let stopped: Task<Void, any Error>

    package var address: HubAddress {
      guard let address = HubAddress("https://127.0.0.1:\(announcement.address.port)") else {
        fatalError("a loopback address is an address")
      }
      return address
    }

    package func transport(pin: Digest32? = nil, certificate: [UInt8]? = nil) -> HTTPSTransport {
      HTTPSTransport(address: address, pin: pin ?? hub.tls.pin, certificate: certificate)
    }

    package func control() throws -> HubControl { try hub.control() }

    package func stop() async throws {
      await group.triggerGracefulShutdown()
      try await stopped.value
    }
  }

  private struct Runner: Service {
    let service: HubService
    let announce: @Sendable (HubService.Announcement) -> Void
    func run() async throws { try await service.run(stopOnSignals: false, announce: announce) }
  }

  /// Serves while `body` runs.
  @discardableResult
  package func serving<T>(
    _ limits: ServiceLimits = ServiceLimits(), _ body: (Serving) async throws -> T
  ) async throws -> T {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let service = try HubService(
      home: home, key: Self.hubKey, listen: ListenAddress("127.0.0.1:0"), limits: limits,
      logger: logger)
    let (announcements, continuation) = AsyncStream.makeStream(of: HubService.Announcement.self)
    let group = ServiceGroup(
      services: [Runner(service: service) { continuation.yield($0) }], logger: logger)
    let stopped = Task {
      defer { continuation.finish() }
      try await group.run()
    }
    guard let announcement = await announcements.first(where: { _ in true }) else {
      try await stopped.value
      throw HubServerError(.stopping, "The server ended before it was ready.")
    }
    let serving = Serving(
      hub: self, announcement: announcement, group: group, stopped: stopped)
    do {
      let result = try await body(serving)
      try await serving.stop()
      return result
    } catch {
      try? await serving.stop()
      throw error
    }
  }

  package func control() throws -> HubControl { try HubControl(home: home) { Self.hubKey } }

  /// A replica made for a new invite.
  ///
  /// - Parameter passphrase: opens its home again later; without one the key is ``deviceKey``.
  package func device(
    _ role: String, _ areas: [String], name: String, passphrase: [UInt8]? = nil
  ) throws -> Replica {
    let lines = try control().send(
      .invite(role: role, areas: areas, label: name, expiresIn: 3_600))
    guard case .invited(let text)? = lines.first else {
      throw HubServerError(.control, "no invite")
    }
    let home = DeviceHome(directory + "/" + name)
    if passphrase == nil {
      try FileManager.default.createDirectory(
        atPath: home.evidencePath, withIntermediateDirectories: true)
    }
    let key = try passphrase.map { try home.create(passphrase: $0, cost: .tiny) } ?? Self.deviceKey
    return try Replica.create(in: home, key: key, invite: try Invite(text: text))
  }
}
