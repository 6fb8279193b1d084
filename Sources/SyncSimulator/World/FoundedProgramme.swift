internal import Crypto
internal import GRDB
internal import Identity
internal import ReplicaStore
internal import SyncCore

/// A programme that was founded and whose members have joined, as disk images: every world begins
/// with a copy, so that keys are minted and forms read once a process.
final class FoundedProgramme: Sendable {
  enum Kind: Sendable, Hashable { case liaison, reader, waiting, committee }

  struct Member: Sendable {
    let kind: Kind
    let areas: [String]

    var role: Membership.Role {
      switch kind {
      case .liaison: .liaison
      case .reader, .waiting: .caseWorker
      case .committee: .committee
      }
    }
  }

  static let areas = ["north", "south"]
  /// Two readers of equal scope stand among them, and one whom the authority never named.
  static let members = [
    Member(kind: .liaison, areas: ["north"]), Member(kind: .reader, areas: ["north", "south"]),
    Member(kind: .liaison, areas: ["south"]), Member(kind: .reader, areas: ["north", "south"]),
    Member(kind: .liaison, areas: ["north"]), Member(kind: .committee, areas: []),
    Member(kind: .liaison, areas: ["north", "south"]), Member(kind: .reader, areas: ["south"]),
    Member(kind: .waiting, areas: ["north"]), Member(kind: .liaison, areas: ["south"]),
    Member(kind: .committee, areas: []),
  ]

  static let withDigests = Result { try FoundedProgramme(realKeys: false) }
  static let withRealKeys = Result { try FoundedProgramme(realKeys: true) }

  static let fileKey = SymmetricKey(data: [UInt8](repeating: 5, count: 32))

  let authority: SigningKeyPair
  let hub: DiskImage
  let devices: [DiskImage]
  let identities: [DevicePublicIdentity]

  static func surroundings(_ source: SeededSource, realKeys: Bool) -> Surroundings {
    Surroundings(
      random: source.source,
      signatures: realKeys ? Ed25519Scheme() as any SignatureScheme : DigestSignatures(),
      wrapping: realKeys
        ? SeededHPKE(source.source) as any KeyWrapping : DigestWrapping(source.source),
      disk: DiskVFS.disk)
  }

  private init(realKeys: Bool) throws {
    let world = DiskMounts.newWorld()
    let source = SeededSource(seed: 0, purpose: 100)
    let surroundings = Self.surroundings(source, realKeys: realKeys)
    var keys = SeededGenerator(seed: 0, purpose: 101)
    let authority = SigningKeyPair(using: &keys)
    let signer = surroundings.signatures.signer(authority)
    let recovery = OpeningKeyPair(using: &keys)
    let now: @Sendable () -> Int64 = { WorldClock.start }
    let hubDisk = SimulatedDisk(mount: world + "/hub", seed: 0, purpose: 102)
    var hub: HubStore? = try HubStore.found(
      home: HubHome(hubDisk.mount), key: Self.fileKey,
      HubStore.Founding(
        programmeName: "delta", url: "https://127.0.0.1:8443", areas: Self.areas,
        authority: authority, beginning: .programme(recovery: recovery.publicKey), signing: SigningKeyPair(using: &keys),
        opening: OpeningKeyPair(using: &keys),
        tlsCertificate: [1], tlsKey: [2], tlsPin: Hash.sha256([3])), now: now,
      surroundings: surroundings)
    let visit = SignedStatement(
      Statement(
        .form(FormStatement(name: VisitForm.name, yaml: VisitForm.yaml(version: 1))), version: 1),
      signedBy: signer)
    try hub?.run { try $0.add(visit) }

    var disks: [SimulatedDisk] = []
    var replicas: [Replica] = []
    for (index, member) in Self.members.enumerated() {
      let invite = try hub!.run {
        try $0.invite(
          role: member.role, areas: member.areas, label: "member \(index)", expiresIn: 3_600)
      }
      let disk = SimulatedDisk(mount: world + "/\(index)", seed: 0, purpose: 110)
      var environment = Replica.Environment(now: now)
      environment.surroundings = surroundings
      let replica = try Replica.create(
        in: DeviceHome(disk.mount), key: Self.fileKey, invite: invite, environment: environment)
      let outgoing = try replica.joinRequest()
      guard let answer = try hub!.answerDirectly(outgoing.bytes),
        try replica.receiveJoin(answer, to: outgoing) == nil
      else { throw SimulationError("member \(index) could not join") }
      if member.kind == .reader {
        let statement = SignedStatement(
          Statement(
            .reader(
              ReaderStatement(
                state: .active, role: .caseWorker, keys: replica.identity.publicIdentity,
                areas: member.areas)), version: 1), signedBy: signer)
        try hub!.run { try $0.add(statement) }
      }
      disks.append(disk)
      replicas.append(replica)
    }
    for replica in replicas { try hub!.syncDirectly(replica) }
    identities = replicas.map(\.identity.publicIdentity)
    for replica in replicas { try replica.db.close() }
    try hub!.db.close()
    hub = nil
    replicas = []
    self.authority = authority
    self.hub = hubDisk.snapshot()
    devices = disks.map { $0.snapshot() }
  }
}

extension HubStore {
  /// One message and its answer, at once; nil when the hub refuses it without a word.
  func answerDirectly(_ message: [UInt8]) throws -> [UInt8]? {
    switch try intake(message) {
    case .refused: return nil
    case .answer(let bytes): return bytes
    case .ready(let prepared): return try prepared.layOut().bytes
    case .work(let exchange):
      try commit([exchange.job])
      try exchange.job.result()
      return try answer(exchange)
    }
  }

  func syncDirectly(_ replica: Replica) throws {
    for _ in 0..<50 {
      let sent = try replica.nextRequest(byteBudget: 500_000, pushBytesMax: 500_000)
      guard let answer = try answerDirectly(sent.bytes) else {
        guard try replica.sayInFull(after: sent) else { break }
        continue
      }
      if try replica.receive(answer, to: sent).next == .complete { return }
    }
    throw SimulationError("a member of the founded programme could not sync")
  }
}

/// A simulation that could not be run: a mistake of its own, not a finding.
package struct SimulationError: Error, CustomStringConvertible {
  package let description: String
  init(_ description: String) { self.description = description }
}
