import Glibc
import Identity
import SyncCore

@testable import ReplicaStore
@testable import TransparencyLog

/// Inputs that no vector holds: releases and committees' files, made of a small programme.
enum Seeds {
  static let policy = """
    policy: 1
    threshold: 10
    bands: [5, 10]
    disclose:
      report: [status, received_month]
    text: {en: "What is shown, and why."}
    """
  static let form = """
    form: report
    version: 1
    title: {en: Report}
    area: district
    fields:
      - {name: status, type: text, class: operational, label: {en: Status}}
      - {name: received_month, type: text, class: operational, label: {en: Month}}
      - {name: district, type: select_one, choices: areas, class: coded, label: {en: District}}
    """

  /// An unlogged release of so many reports, with two that are withheld.
  static func release(reports: Int) -> ReleasePackage {
    let policyStatement = signed(.policy(Array(policy.utf8)))
    let formStatement = signed(.form(.init(name: "report", yaml: Array(form.utf8))))
    let classes: [String: SensitivityClass] = [
      "status": .operational, "received_month": .operational,
    ]
    var builder = ReleaseBuilder(policy: try! DisclosurePolicy(yaml: Array(policy.utf8))) {
      classes[$1]
    }
    for n in 0..<reports {
      try! builder.add(
        ReleaseCandidate(
          entry(n, [("status", .assign(.text("new"))), ("note", .assign(.text("not listed")))])))
    }
    try! builder.add(ReleaseCandidate(entry(100, [("note", .assign(.cleared))])))
    try! builder.add(Hash.sha256([1]), withheld: .consent)
    return try! builder.release(
      programme: Keys.programme.id, number: 1, previous: nil, policyStatement: policyStatement,
      formStatement: { $0 == "report" ? formStatement : nil }, shippedText: { _ in nil },
      sharedLists: nil)
  }

  private static func entry(_ n: Int, _ fields: FieldWrites) -> Entry {
    let salt = Salt(high: UInt64(n), low: 3)
    return try! Entry(
      envelope: Envelope(
        programme: Keys.programme.id, origin: Keys.device.publicKey.origin, seq: UInt64(n) + 2,
        previous: Hash.sha256([2]), record: salt.createdRecord, area: "north", form: "report",
        formVersion: 1, kind: .create, claimed: 1_750_000_000, epoch: 1, seenSize: 0,
        seenRoot: .zero), rootSalt: salt, operational: encodeFieldWrites(fields),
      coded: .present(encodeFieldWrites([("district", .assign(.text("north")))])),
      sensitive: .absent, identity: .absent)
  }

  private static func signed(_ body: StatementBody) -> [UInt8] {
    SignedStatement(Statement(body, version: 1), signedBy: Keys.authority).encoded
  }

  private static let hubStatement = signed(
    .hub(
      HubStatement(
        logKey: Keys.hub.publicKey, tlsPin: Hash.sha256([3]), lastSize: 0, lastRoot: .zero)))

  /// The release as the only leaf of a hub's log; nil for one of another programme.
  static func logged(_ release: ReleasePackage) -> ReleasePackage? {
    guard release.programme == Keys.programme.id, release.log == nil,
      let checkpoint = try? Checkpoint(
        origin: Keys.origin, size: 1, root: MerkleTree.leafHash(release.head.leaf)),
      let inclusion = try? InclusionProof(index: 0, size: 1, hashes: [])
    else { return nil }
    return try? release.attaching(
      .init(
        checkpoint: Keys.seal(checkpoint), inclusion: inclusion, hubStatement: hubStatement))
  }

  /// What a committee's file of a release is, byte for byte.
  static func file(_ release: ReleasePackage) -> [UInt8] {
    let logged = logged(release)!
    return try! CommitteeFile.bytes(logged, history: CheckpointHistory(of: logged))
  }

  static let checkpoint = try! Checkpoint(origin: Keys.origin, size: 1, root: Hash.sha256([4]))

  static let files: [[UInt8]] = [0, 1, 6].map { file(release(reports: $0)) }

  /// One folder for each target that needs some.
  static func write(to folder: String) {
    for reports in [0, 1, 6] {
      let unlogged = release(reports: reports)
      write(unlogged.encoded, "\(folder)/release", "of_\(reports)")
      write(logged(unlogged)!.encoded, "\(folder)/release", "logged_of_\(reports)")
      write(file(unlogged), "\(folder)/committee", "of_\(reports)")
    }
    write(Array(policy.utf8), "\(folder)/policy", "policy")
    write(Array(form.utf8), "\(folder)/policy", "form")
    write(Array(form.utf8), "\(folder)/form", "small")
    write(checkpoint.body, "\(folder)/checkpoint", "of_one")
    write(try! Keys.seal(checkpoint).note(of: Keys.log).bytes, "\(folder)/note", "of_one")
    for (number, proof) in Tree.proofs.enumerated() {
      write(proof, "\(folder)/proof", "\(number)")
    }
  }

  private static func write(_ bytes: [UInt8], _ folder: String, _ name: String) {
    mkdir(folder, 0o700)
    let file = fopen("\(folder)/\(name)", "w")
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
  }
}
