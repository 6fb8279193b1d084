import Crypto
import Foundation
import HubServer
import Identity
import Logging
import ReplicaStore
import ServiceLifecycle
import SyncCore

/// A hub in a directory of its own, served on loopback by this process.
struct ServedHub {
  let directory = NSTemporaryDirectory() + "readme-\(UUID().uuidString)"
  let authority: SigningKeyPair
  private let home: HubHome
  private let key = SymmetricKey(size: .bits256)

  init() throws {
    home = HubHome(directory + "/hub")
    try FileManager.default.createDirectory(atPath: home.path, withIntermediateDirectories: true)
    var generator = SystemRandomNumberGenerator()
    authority = SigningKeyPair(using: &generator)
    let tls = try TLSIdentity.mint()
    _ = try HubStore.found(
      home: home, key: key,
      HubStore.Founding(
        programmeName: "delta", url: "https://127.0.0.1:8443", areas: ["north"],
        authority: authority, recovery: OpeningKeyPair(using: &generator).publicKey,
        signing: SigningKeyPair(using: &generator), tlsCertificate: tls.certificate,
        tlsKey: tls.key, tlsPin: tls.pin), now: { Int64(Date().timeIntervalSince1970) })
  }

  func remove() { try? FileManager.default.removeItem(atPath: directory) }

  private struct Runner: Service {
    let service: HubService
    let announce: @Sendable (HubService.Announcement) -> Void
    func run() async throws { try await service.run(stopOnSignals: false, announce: announce) }
  }

  /// Serves on a free port while `body` runs, and names that port in the invites.
  func serving(_ body: () async throws -> Void) async throws {
    var logger = Logger(label: "readme")
    logger.logLevel = .critical
    let service = try HubService(
      home: home, key: key, listen: ListenAddress("127.0.0.1:0"), logger: logger)
    let (announcements, continuation) = AsyncStream.makeStream(of: HubService.Announcement.self)
    let group = ServiceGroup(
      services: [Runner(service: service) { continuation.yield($0) }], logger: logger)
    let stopped = Task {
      defer { continuation.finish() }
      try await group.run()
    }
    guard let announced = await announcements.first(where: { _ in true }) else {
      try await stopped.value
      throw HubServerError(.stopping, "The server ended before it was ready.")
    }
    do {
      _ = try send(.setURL("https://\(announced.address)"))
      try await body()
    } catch {
      await group.triggerGracefulShutdown()
      try? await stopped.value
      throw error
    }
    await group.triggerGracefulShutdown()
    try await stopped.value
  }

  /// A home with a passphrase, made for a new invite.
  func device(_ name: String, role: String, passphrase: [UInt8]) throws -> Replica {
    let lines = try send(.invite(role: role, areas: ["north"], label: name, expiresIn: 3_600))
    guard case .invited(let text)? = lines.first else { throw StoreError(.damaged, "no invite") }
    let home = DeviceHome(directory + "/" + name)
    return try Replica.create(
      in: home, key: home.create(passphrase: passphrase, cost: .tiny), invite: Invite(text: text))
  }

  func send(_ request: ControlRequest) throws -> [ControlResponse] {
    try HubControl(home: home) { key }.send(request)
  }
}
