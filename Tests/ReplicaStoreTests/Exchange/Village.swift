import Crypto
import Foundation
import Forms
import Identity
import SyncCore
import SyncWire
import Synchronization

@testable import ReplicaStore

/// A hub and some devices in one process, with a clock of their own, in a directory that goes with
/// them.
final class Village {
  let directory: String
  let hub: HubStore
  let authority: SigningKeyPair
  let recovery: OpeningKeyPair
  let clock = Clock()

  final class Clock: Sendable {
    private let seconds = Mutex<Int64>(1_772_000_000)
    var now: Int64 { seconds.withLock { $0 } }
    func advance(_ by: Int64) { seconds.withLock { $0 += by } }
  }

  static let hubKey = SymmetricKey(data: [UInt8](repeating: 7, count: 32))

  /// - Parameters:
  ///   - lost: the village whose hub is gone: its authority goes on with this one.
  ///   - book: what is known of that authority's statements.
  convenience init(succeeding lost: Village, by book: StatementBook) throws {
    let epoch = (book.hub()?.epoch ?? 0) + 1
    try self.init(authority: lost.authority, beginning: .lostHub(book, epoch: epoch))
  }

  init(
    areas: [String] = ["north", "south"], limits: Limits = .specified,
    authority known: SigningKeyPair? = nil, beginning: HubStore.Founding.Beginning? = nil
  ) throws {
    directory = NSTemporaryDirectory() + "village-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: directory + "/hub", withIntermediateDirectories: true)
    var generator: any RandomNumberGenerator = SystemRandomNumberGenerator()
    authority = known ?? SigningKeyPair(using: &generator)
    recovery = OpeningKeyPair(using: &generator)
    let clock = clock
    hub = try HubStore.found(
      home: HubHome(directory + "/hub"), key: Self.hubKey,
      HubStore.Founding(
        programmeName: "delta", url: "https://127.0.0.1:8443", areas: areas, authority: authority,
        beginning: beginning ?? .programme(recovery: recovery.publicKey), signing: SigningKeyPair(using: &generator),
        tlsCertificate: [1], tlsKey: [2], tlsPin: Hash.sha256(Array("pin".utf8))), limits: limits,
      now: { clock.now })
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  /// A new device that joined with an invite.
  func join(_ role: Membership.Role, _ areas: [String], name: String) throws -> Replica {
    let invite = try hub.run { writer in
      try writer.invite(role: role, areas: areas, label: name, expiresIn: 3_600)
    }
    let home = DeviceHome(directory + "/" + name)
    let key = try home.create(passphrase: Array("correct horse".utf8), cost: .tiny)
    let clock = clock
    let replica = try Replica.create(
      in: home, key: key, invite: invite, environment: .init(now: { clock.now }))
    let outgoing = try replica.joinRequest()
    guard let answer = try answer(outgoing.bytes) else { throw Refused() }
    if let refusal = try replica.receiveJoin(answer, to: outgoing) { throw refusal.asError }
    try sync(replica)
    return replica
  }

  /// A member of another hub of this programme comes with an invite to this one.
  func follow(_ replica: Replica, _ role: Membership.Role, _ areas: [String]) throws {
    let invite = try hub.run { writer in
      try writer.invite(role: role, areas: areas, label: "again", expiresIn: 3_600)
    }
    let outgoing = try replica.joinRequest(with: invite)
    guard let answer = try answer(outgoing.bytes) else { throw Refused() }
    if let refusal = try replica.receiveJoin(answer, to: outgoing) { throw refusal.asError }
  }

  struct Refused: Error {}

  /// One message to the hub and its answer; nil when the hub refuses it without a word.
  func answer(_ message: [UInt8]) throws -> [UInt8]? {
    switch try hub.intake(message) {
    case .refused: return nil
    case .answer(let bytes): return bytes
    case .ready(let prepared): return try prepared.layOut().bytes
    case .work(let exchange):
      try hub.commit([exchange.job])
      try exchange.job.result()
      return try hub.answer(exchange)
    }
  }

  /// What an answer to a device's request says.
  func response(
    _ answer: [UInt8], to message: [UInt8], of replica: Replica
  ) throws -> SyncResponse {
    let state = try replica.deviceState()
    return try MessageFrame(syncResponse: answer, limits: .specified).syncResponse(
      ResponseContext(
        programme: replica.programme.id, hubEpoch: state.hubEpoch, answering: Hash.sha256(message),
        claimed: state.acknowledged), limits: .specified)
  }

  /// Syncs until nothing is left; returns the exchanges made and the bytes of their bodies.
  @discardableResult
  func sync(_ replica: Replica, pushBytesMax: Int = 500_000) throws -> (rounds: Int, up: Int, down: Int) {
    var rounds = 0
    var up = 0
    var down = 0
    while true {
      _ = try replica.refreshSealing()
      let outgoing = try replica.nextRequest(byteBudget: 700_000, pushBytesMax: pushBytesMax)
      guard let answer = try answer(outgoing.bytes) else {
        guard try replica.sayInFull(after: outgoing) else { throw Refused() }
        rounds += 1
        continue
      }
      rounds += 1
      up += outgoing.bytes.count
      down += answer.count
      let received = try replica.receive(answer, to: outgoing)
      switch received.next {
      case .complete:
        if try !replica.refreshSealing() { return (rounds, up, down) }
      case .again, .epochChanged, .retryInFull: break
      case .recovering, .busy, .revoked: return (rounds, up, down)
      }
      if rounds > 200 { throw Refused() }
    }
  }

  /// The authority names a device as a reader.
  func admit(_ replica: Replica, areas: [String], role: ReaderStatement.Role = .caseWorker, version: UInt64 = 1, state: ReaderStatement.State = .active) throws {
    let statement = SignedStatement(
      Statement(
        .reader(
          ReaderStatement(
            state: state, role: role, keys: replica.identity.publicIdentity, areas: areas)),
        version: version), signedBy: authority)
    try hub.run { writer in try writer.add(statement) }
  }

  static func report(_ extra: [String: Answer] = [:], district: String = "north") -> Answers {
    var fields: [String: Answer] = [
      "district": .value(.text(district)), "received_at": .value(.text("2026-03-01T09:00:00Z")),
      "channel": .value(.text("in_person")),
    ]
    for (name, answer) in extra { fields[name] = answer }
    return Answers(fields)
  }
}

extension JoinResponse.Refusal {
  struct Failure: Error { let refusal: JoinResponse.Refusal }
  var asError: Failure { Failure(refusal: self) }
}
