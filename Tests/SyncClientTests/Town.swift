import Crypto
import Forms
import Foundation
import Identity
import ReplicaStore
import SyncCore
import Synchronization

@testable import SyncClient

/// A hub in this process and devices around it, under one clock, in a directory that goes with them.
final class Town {
  final class Clock: Sendable {
    private let seconds = Mutex<Int64>(1_772_000_000)
    var now: Int64 { seconds.withLock { $0 } }
    func advance(days: Int64) { seconds.withLock { $0 += days * 86_400 } }
  }

  static let hubKey = SymmetricKey(data: [UInt8](repeating: 9, count: 32))
  static let deviceKey = SymmetricKey(data: [UInt8](repeating: 4, count: 32))

  let directory: String
  let authority: SigningKeyPair
  let clock = Clock()
  let hub: InMemoryHub
  var store: HubStore { hub.store }
  var hubHome: HubHome { HubHome(directory + "/hub") }

  init() throws {
    directory = NSTemporaryDirectory() + "town-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: directory + "/hub", withIntermediateDirectories: true)
    var generator: any RandomNumberGenerator = SystemRandomNumberGenerator()
    authority = SigningKeyPair(using: &generator)
    let clock = clock
    hub = InMemoryHub(
      try HubStore.found(
        home: HubHome(directory + "/hub"), key: Self.hubKey,
        HubStore.Founding(
          programmeName: "delta", url: "https://127.0.0.1:8443", areas: ["north", "south"],
          authority: authority, beginning: .programme(recovery: OpeningKeyPair(using: &generator).publicKey),
          signing: SigningKeyPair(using: &generator), tlsCertificate: [1], tlsKey: [2],
          tlsPin: Hash.sha256(Array("pin".utf8))), now: { clock.now }))
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  /// A replica with an invite; it has not joined yet.
  func device(_ role: Membership.Role, _ areas: [String], name: String) throws -> Replica {
    let invite = try store.run {
      try $0.invite(role: role, areas: areas, label: name, expiresIn: 3_600)
    }
    let home = DeviceHome(directory + "/" + name)
    try FileManager.default.createDirectory(
      atPath: home.evidencePath, withIntermediateDirectories: true)
    let clock = clock
    return try Replica.create(
      in: home, key: Self.deviceKey, invite: invite, environment: .init(now: { clock.now }))
  }

  func member(_ role: Membership.Role, _ areas: [String], name: String) async throws -> Replica {
    let replica = try device(role, areas, name: name)
    let client = client(replica)
    guard try await client.join() == nil else { throw SyncFailure(.notMember) }
    _ = try await client.sync()
    return replica
  }

  func client(_ replica: Replica) -> SyncClient {
    SyncClient(replica: replica, transport: InMemoryTransport(hub))
  }

  /// The authority names a device as a reader.
  func admit(_ replica: Replica, areas: [String]) throws {
    let statement = SignedStatement(
      Statement(
        .reader(
          ReaderStatement(
            state: .active, role: .caseWorker, keys: replica.identity.publicIdentity, areas: areas)),
        version: 1), signedBy: authority)
    try store.run { try $0.add(statement) }
  }

  static func report(_ extra: [String: Answer] = [:]) -> Answers {
    var fields: [String: Answer] = [
      "district": .value(.text("north")), "received_at": .value(.text("2026-03-01T09:00:00Z")),
      "channel": .value(.text("in_person")),
    ]
    for (name, answer) in extra { fields[name] = answer }
    return Answers(fields)
  }
}

/// A line on which a test writes what happens.
struct ScriptedTransport: HubTransport {
  let answer: @Sendable ([UInt8]) async throws -> [UInt8]

  func exchange(_ message: [UInt8]) async throws -> (bytes: [UInt8], hubTime: Int64?) {
    (try await answer(message), nil)
  }
}
