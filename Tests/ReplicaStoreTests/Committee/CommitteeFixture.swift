import Crypto
import Identity
import SyncCore
import Testbed
import TransparencyLog

@testable import ReplicaStore

/// A small programme with a log, and releases of it.
struct CommitteeFixture {
  static let policyText = """
    # A policy for tests.
    policy: 1
    threshold: 10
    bands: [5, 10, 20]
    disclose:
      report: [status, received_month, closure_days, services]
      referral:
        - state
        - requested_month
    text:
      en: >-
        What is shown,
        and why.
      ar: "ما يُعرض"
    """
  static let reportForm = """
    form: report
    version: 3
    title: {en: Report, fr: "Signalement: un"}
    area: district
    summary: [status, district]
    fields:
      - {name: status, type: select_one, class: operational, choices: s}
      - name: dates
        type: group
        fields:
          - name: received_month
            type: calculate
            class: operational
            calculation: "month(${received_at})"
          - {name: received_at, type: datetime, class: coded}
      - {name: closure_days, type: integer, class: operational}
      - {name: services, type: select_multiple, class: operational}
      - {name: channel, type: text, class: operational}
      - {name: district, type: text, class: coded}
      - name: story
        type: text
        hint:
          en: |
            Fields: two lines,
            - name: none
    """
  /// The lists that a reference to ``reportForm`` names beside it.
  static let lists = Array("lists:\n  s: [{code: new, label: {en: New}}]\n".utf8)
  static let referralForm = """
    form: referral
    version: 1
    title: {en: Referral}
    fields:
      - {name: state, type: text, class: operational}
      - {name: requested_month, type: text, class: operational}
    """
  static let classes: [String: [String: SensitivityClass]] = [
    "report": [
      "status": .operational, "received_month": .operational, "closure_days": .operational,
      "services": .operational, "channel": .operational, "district": .coded,
      "received_at": .coded, "story": .identity,
    ],
    "referral": ["state": .operational, "requested_month": .operational],
  ]

  var random: SplitMix64
  let authority: SigningKeyPair
  let hubKey: Curve25519.Signing.PrivateKey
  let programme: ProgrammeIdentity
  let origin: OriginID
  var leaves: [Digest32] = []
  var nodes: [NodeAddress: Digest32] = [:]
  var range = CompactRange()

  init(seed: UInt64) throws {
    random = SplitMix64(seed: seed)
    authority = SigningKeyPair(seed: random.bytes(32))!
    hubKey = try Curve25519.Signing.PrivateKey(rawRepresentation: random.bytes(32))
    programme = ProgrammeIdentity(authority: authority.publicKey)
    origin = Digest32(random.bytes(32))!
  }

  // MARK: Statements

  func signed(_ body: StatementBody, _ version: UInt64) -> [UInt8] {
    SignedStatement(Statement(body, version: version), signedBy: authority).encoded
  }

  func policyStatement(_ text: String = Self.policyText) -> [UInt8] {
    signed(.policy(Array(text.utf8)), 1)
  }

  func formStatement(_ name: String) -> [UInt8]? {
    switch name {
    case "report": formStatement(name, Self.reference, version: 3)
    case "referral": formStatement(name, Array(Self.referralForm.utf8), version: 1)
    default: nil
    }
  }

  func formStatement(_ name: String, _ text: [UInt8], version: UInt64) -> [UInt8] {
    signed(.form(.init(name: name, yaml: text)), version)
  }

  /// What the statement of `report` holds; `referral` is signed with its YAML.
  static let reference = ShippedFormReference(form: Array(reportForm.utf8), lists: lists).line

  static func shippedText(_ name: String) -> [UInt8]? {
    name == "report" ? Array(reportForm.utf8) : nil
  }

  var hubStatement: [UInt8] {
    signed(
      .hub(
        HubStatement(
          logKey: SigningPublicKey(Array(hubKey.publicKey.rawRepresentation))!,
          tlsPin: Digest32([UInt8](repeating: 7, count: 32))!, lastSize: 0, lastRoot: .zero,
          openingKey: OpeningPublicKey([UInt8](repeating: 9, count: 32)))), 1)
  }

  // MARK: The log

  mutating func append(_ data: Digest32) {
    leaves.append(data)
    var made: [MerkleNode] = []
    range.append(leaf: MerkleTree.leafHash(data)) { made.append($0) }
    for node in made { nodes[node.address] = node.hash }
  }

  mutating func appendForeign(_ count: Int) {
    for _ in 0..<count { append(Digest32(random.bytes(32))!) }
  }

  func checkpoint(time: UInt64 = 1_700_000_000) throws -> SignedCheckpoint {
    try SignedCheckpoint(
      signing: Checkpoint(
        origin: LogOrigin(programme: programme.id, epoch: 1), size: range.end, root: range.root!),
      with: NoteSigner(hubKey), at: time)
  }

  // MARK: Entries

  /// An entry of the one origin; a record of its own unless one is given.
  mutating func entry(
    _ kind: EntryKind = .create, form: String = "report", record: RecordID? = nil,
    operational: FieldWrites, coded: FieldWrites = [("district", .assign(.text("north-district")))]
  ) throws -> Entry {
    let salt = Salt(random.bytes(16))!
    let envelope = Envelope(
      programme: programme.id, origin: origin, seq: 2, previous: Digest32(random.bytes(32))!,
      record: kind.startsRecord ? salt.createdRecord : record ?? Salt(random.bytes(16))!,
      area: "hidden-area", form: form, formVersion: 3, kind: kind, claimed: 1_699_999_999,
      epoch: 1, seenSize: 0, seenRoot: .zero)
    return try Entry(
      envelope: envelope, rootSalt: salt, operational: encodeFieldWrites(operational),
      coded: coded.isEmpty ? .absent : .present(encodeFieldWrites(coded)),
      sensitive: .present(Array("sealed-narrative".utf8) + random.bytes(40)), identity: .absent)
  }

  /// Reports, referrals, changes to them, and one entry for each reason to withhold.
  mutating func entries(reports: Int = 24) throws -> [(entry: Entry, withheld: WithheldReason?)] {
    var all: [(Entry, WithheldReason?)] = []
    for n in 0..<reports {
      let created = try entry(operational: [
        ("status", .assign(.text(n % 3 == 0 ? "closed" : "new"))),
        ("received_month", .assign(.text("2026-0\(1 + n % 2)"))),
        ("channel", .assign(.text("unlisted-channel"))),
        ("services", .set(add: ["shelter", "legal"])),
        ("note#0.text", .assign(.text("unlisted-repeat"))),
      ])
      all.append((created, nil))
      guard n % 4 == 0 else { continue }
      all.append(
        (
          try entry(
            .amend, record: created.envelope.record,
            operational: [
              ("status", .assign(.text("triaged"), replacing: [created.hash])),
              ("closure_days", .assign(.integer(Int64(n) * 1_000 - 7))),
            ], coded: []), nil
        ))
    }
    let first = all[0].0.envelope.record
    all.append(
      (
        try entry(
          form: "referral",
          operational: [
            ("state", .assign(.text("sent"))), ("requested_month", .assign(.cleared)),
          ], coded: []), nil
      ))
    all.append(
      (
        try entry(
          .withdraw, record: first,
          operational: [("reason", .assign(.text("unlisted-reason"), replacing: [all[0].0.hash]))]),
        nil
      ))
    all.append((try entry(.epoch, form: "yarrow.epoch", operational: []), nil))
    all.append((try entry(.move, record: first, operational: []), nil))
    all.append((try entry(.erase, record: first, operational: []), nil))
    all.append((try entry(form: "person", operational: [("status", .assign(.text("x")))]), nil))
    all.append((try entry(operational: [("channel", .assign(.text("unlisted-channel")))]), nil))
    all.append(
      (try entry(operational: [("status", .assign(.text("unlisted-faulty")))]), .quarantined))
    all.append((try entry(operational: [("status", .assign(.text("refused")))]), .consent))
    return all
  }

  // MARK: Releases

  func builder(_ policy: String = Self.policyText) throws -> ReleaseBuilder {
    ReleaseBuilder(policy: try DisclosurePolicy(yaml: Array(policy.utf8))) { form, field in
      Self.classes[form]?[field]
    }
  }

  /// Logs a release and gives it its proof.
  mutating func logged(_ release: ReleasePackage) throws -> ReleasePackage {
    append(release.head.leaf)
    return try attached(release, index: range.end - 1)
  }

  func attached(_ release: ReleasePackage, index: UInt64) throws -> ReleasePackage {
    try release.attaching(
      .init(
        checkpoint: try checkpoint(),
        inclusion: InclusionProof(index: index, size: range.end, from: nodes),
        hubStatement: hubStatement))
  }

  /// A first release of a log with some foreign leaves, and the history of three checkpoints.
  mutating func release(reports: Int = 24) throws -> (ReleasePackage, CheckpointHistory) {
    appendForeign(3)
    let first = try checkpoint()
    var builder = try builder()
    for (entry, withheld) in try entries(reports: reports) {
      append(entry.hash)
      try builder.add(ReleaseCandidate(entry), withheld: withheld)
    }
    let unlogged = try builder.release(
      programme: programme.id, number: 1, previous: nil, policyStatement: policyStatement(),
      formStatement: formStatement, shippedText: Self.shippedText, sharedLists: Self.lists)
    append(unlogged.head.leaf)
    let index = range.end - 1
    appendForeign(2)
    let second = try checkpoint()
    let release = try attached(unlogged, index: index)
    appendForeign(4)
    let third = try checkpoint()
    let seen = [first, second, third]
    let proofs = try zip(seen, seen.dropFirst()).map {
      try ConsistencyProof(
        oldSize: $0.checkpoint.size, newSize: $1.checkpoint.size, from: nodes)
    }
    return (
      release, CheckpointHistory(checkpoints: seen, proofs: proofs, hubStatements: [hubStatement])
    )
  }

  var trust: CommitteeTrust { CommitteeTrust(programme: programme) }
}
