import Crypto
import Identity
import SyncCore
import Testbed
import Testing
import TransparencyLog

@testable import ReplicaStore

@Suite struct CommitteeTrustTests {
  /// The verdict on a release as some hub might hand it out.
  private func verdict(
    _ release: ReleasePackage, _ fixture: CommitteeFixture, _ trust: CommitteeTrust? = nil
  ) throws -> CommitteeReport {
    let bytes = try CommitteeFile.bytes(release, history: CheckpointHistory(of: release))
    return CommitteeFile.verify(bytes: bytes, trust: trust ?? fixture.trust)
  }

  /// Builds under one policy and ships another: a hub that shows what it was not allowed to.
  private func lying(
    _ fixture: inout CommitteeFixture, builtWith policy: String, shipped: String,
    classes: [String: [String: SensitivityClass]] = CommitteeFixture.classes
  ) throws -> ReleasePackage {
    var builder = ReleaseBuilder(policy: try DisclosurePolicy(yaml: Array(policy.utf8))) {
      classes[$0]?[$1]
    }
    for (entry, withheld) in try fixture.entries(reports: 3) {
      fixture.append(entry.hash)
      try builder.add(ReleaseCandidate(entry), withheld: withheld)
    }
    let forms = fixture
    return try fixture.logged(
      try builder.release(
        programme: fixture.programme.id, number: 1, previous: nil,
        policyStatement: fixture.policyStatement(shipped), formStatement: forms.formStatement,
        shippedText: CommitteeFixture.shippedText, sharedLists: CommitteeFixture.lists))
  }

  @Test func `a hub that shows a field the signed policy does not list is found out`() throws {
    var fixture = try CommitteeFixture(seed: 31)
    let honest = CommitteeFixture.policyText
    let loose = honest.replacing("closure_days,", with: "closure_days, channel,")
    let lie = try lying(&fixture, builtWith: loose, shipped: honest)
    let report = try verdict(lie, fixture)
    #expect(report.outcome == .damaged)
    #expect(report.problems.contains { $0.code == .policy && $0.table == "field" })
    var other = try CommitteeFixture(seed: 31)
    let allowed = try lying(&other, builtWith: loose, shipped: loose)
    #expect(try verdict(allowed, other).ok, "the same fields under a policy that lists them")
  }

  @Test func `a policy cannot make a coded field operational`() throws {
    var fixture = try CommitteeFixture(seed: 32)
    let loose = CommitteeFixture.policyText.replacing("services]", with: "services, district]")
    var classes = CommitteeFixture.classes
    classes["report"]?["district"] = .operational
    // The hub puts a coded answer among the operational ones and has the policy list it.
    var builder = ReleaseBuilder(policy: try DisclosurePolicy(yaml: Array(loose.utf8))) {
      [classes] in classes[$0]?[$1]
    }
    let entry = try fixture.entry(operational: [("district", .assign(.text("north")))])
    try builder.add(ReleaseCandidate(entry))
    let forms = fixture
    let release = try fixture.logged(
      try builder.release(
        programme: fixture.programme.id, number: 1, previous: nil,
        policyStatement: fixture.policyStatement(loose), formStatement: forms.formStatement,
        shippedText: CommitteeFixture.shippedText, sharedLists: CommitteeFixture.lists))
    let report = try verdict(release, fixture)
    #expect(report.problems.map(\.table) == ["field"])
    let refused = #expect(throws: CommitteeError.self) {
      _ = try DisclosurePolicy(yaml: Array(loose.utf8)) { CommitteeFixture.classes[$0]?[$1] }
    }
    #expect(refused?.code == .policyRefused)
  }

  @Test func `a release hides a field that its form does not call operational, though the policy lists it`()
    throws
  {
    var fixture = try CommitteeFixture(seed: 41)
    var builder = try fixture.builder(
      CommitteeFixture.policyText.replacing("services]", with: "services, district]"))
    let entry = try fixture.entry(operational: [
      ("status", .assign(.text("new"))), ("district", .assign(.text("north"))),
    ])
    try builder.add(ReleaseCandidate(entry))
    let release = try builder.release(
      programme: fixture.programme.id, number: 1, previous: nil, policyStatement: [],
      formStatement: fixture.formStatement, shippedText: CommitteeFixture.shippedText,
      sharedLists: CommitteeFixture.lists)
    #expect(release.entries.map { $0.fields.map(\.name) } == [["status"]])
  }

  @Test func `statements of another authority count for nothing`() throws {
    var fixture = try CommitteeFixture(seed: 33)
    let (release, history) = try fixture.release(reports: 3)
    let bytes = try CommitteeFile.bytes(release, history: history)
    let stranger = try CommitteeFixture(seed: 34)
    let report = CommitteeFile.verify(bytes: bytes, trust: stranger.trust)
    #expect(report.outcome == .damaged)
    #expect(report.problems.contains { $0.code == .statement })
  }

  @Test func `another root at a size that this home has seen is two histories`() throws {
    var fixture = try CommitteeFixture(seed: 35)
    let (release, history) = try fixture.release(reports: 3)
    let bytes = try CommitteeFile.bytes(release, history: history)
    let seen = history.checkpoints[1].checkpoint
    var trust = fixture.trust
    trust.checkpoints = [
      try Checkpoint(
        origin: seen.origin, size: seen.size, root: Digest32(fixture.random.bytes(32))!)
    ]
    #expect(CommitteeFile.verify(bytes: bytes, trust: trust).outcome == .twoHistories)
    trust.checkpoints = [
      try Checkpoint(origin: seen.origin, size: seen.size + 100, root: seen.root)
    ]
    let unconnected = CommitteeFile.verify(bytes: bytes, trust: trust)
    #expect(unconnected.outcome == .matches)
    #expect(unconnected.doesNotShow.contains(.otherView))
    #expect(!unconnected.shows.contains(.historyConsistent))
    trust.checkpoints.append(seen)
    let connected = CommitteeFile.verify(bytes: bytes, trust: trust)
    #expect(connected.outcome == .matches)
    #expect(connected.shows.contains(.historyConsistent))
    #expect(!connected.doesNotShow.contains(.otherView))
    trust.releases = [.init(number: 1, leaf: release.head.leaf)]
    #expect(CommitteeFile.verify(bytes: bytes, trust: trust).outcome == .matches)
    trust.releases = [.init(number: 1, leaf: seen.root)]
    #expect(CommitteeFile.verify(bytes: bytes, trust: trust).outcome == .twoHistories)
  }

  @Test func `checkpoints of two epochs that the authority signed are a restore, not a lie`() throws
  {
    var fixture = try CommitteeFixture(seed: 40)
    let (release, history) = try fixture.release(reports: 3)
    let hub = HubStatement(
      logKey: SigningPublicKey(Array(fixture.hubKey.publicKey.rawRepresentation))!,
      tlsPin: Digest32(fixture.random.bytes(32))!, lastSize: 4, lastRoot: fixture.leaves[0])
    var restored = history
    restored.hubStatements.append(fixture.signed(.hub(hub), 2))
    restored.checkpoints.append(
      try SignedCheckpoint(
        signing: Checkpoint(
          origin: LogOrigin(programme: fixture.programme.id, epoch: 2), size: 3,
          root: fixture.leaves[0]), with: NoteSigner(fixture.hubKey), at: 1_800_000_000))
    let bytes = try CommitteeFile.bytes(release, history: restored)
    let report = CommitteeFile.verify(bytes: bytes, trust: fixture.trust)
    #expect(report.outcome == .restored)
    #expect(report.doesNotShow.contains(.beforeRestore))
    let (theirs, _) = try IndependentVerifier.run(bytes, fixture)
    #expect(theirs.outcome == "restored")
    // Without the authority's word for the second epoch there is no file to make.
    restored.hubStatements.removeLast()
    #expect(throws: CommitteeError.self) {
      try CommitteeFile.bytes(release, history: restored)
    }
  }

  @Test func `two releases of one number with different rows have different leaves`() throws {
    var fixture = try CommitteeFixture(seed: 36)
    let entries = try fixture.entries(reports: 3)
    func release(withholding first: Bool) throws -> ReleasePackage {
      var builder = try fixture.builder()
      for (place, (entry, withheld)) in entries.enumerated() {
        let more: WithheldReason? = place == (first ? 0 : 2) ? .consent : nil
        try builder.add(ReleaseCandidate(entry), withheld: withheld ?? more)
      }
      return try builder.release(
        programme: fixture.programme.id, number: 1, previous: nil,
        policyStatement: fixture.policyStatement(), formStatement: fixture.formStatement,
        shippedText: CommitteeFixture.shippedText, sharedLists: CommitteeFixture.lists)
    }
    let one = try release(withholding: true)
    let two = try release(withholding: false)
    #expect(one.leaves == two.leaves)
    #expect(one.withheld == two.withheld)
    #expect(one.head.leaf != two.head.leaf)
  }

  @Test func `a release reads back as it was written, and no changed byte passes for it`() throws {
    var fixture = try CommitteeFixture(seed: 37)
    let (release, _) = try fixture.release(reports: 3)
    let bytes = release.encoded
    #expect(try ReleasePackage(encoded: bytes) == release)
    for length in stride(from: 0, to: bytes.count, by: 97) {
      #expect(throws: ReleaseError.self) { try ReleasePackage(encoded: Array(bytes[..<length])) }
    }
    let seed = UInt64.random(in: 0...UInt64.max)
    print("seed \(seed)")
    var random = SplitMix64(seed: seed)
    for _ in 0..<200 {
      var changed = bytes
      let place = Int.random(in: bytes.indices, using: &random)
      changed[place] ^= UInt8.random(in: 1...255, using: &random)
      guard let read = try? ReleasePackage(encoded: changed) else { continue }
      // Whatever still reads is another release, and says so when it is checked.
      #expect(read != release)
      let history = CheckpointHistory(of: read)
      guard let file = try? CommitteeFile.bytes(read, history: history) else { continue }
      #expect(!CommitteeFile.verify(bytes: file, trust: fixture.trust).ok, "byte \(place)")
    }
  }

  @Test func `an entry whose parts do not lead to its hash is not released`() throws {
    var fixture = try CommitteeFixture(seed: 38)
    let entry = try fixture.entry(operational: [("status", .assign(.text("new")))])
    var builder = try fixture.builder()
    var candidate = try ReleaseCandidate(entry)
    candidate.coded = candidate.envelope
    #expect(throws: ReleaseError(.entryMismatch)) { try builder.add(candidate) }
    try builder.add(ReleaseCandidate(entry))
    #expect(throws: ReleaseError(.repeated)) {
      try builder.add(entry.hash, withheld: .consent)
    }
  }

  @Test func `long text, text that steers a terminal and bytes stay hidden even when listed`()
    throws
  {
    var fixture = try CommitteeFixture(seed: 39)
    for value in [
      FieldValue.text(String(repeating: "a", count: 65)), .text("\u{1b}[2J"), .text("é"),
      .bytes([1, 2]),
    ] {
      let entry = try fixture.entry(operational: [("status", .assign(value))])
      var builder = try fixture.builder()
      try builder.add(ReleaseCandidate(entry))
      let release = try builder.release(
        programme: fixture.programme.id, number: 1, previous: nil, policyStatement: [],
        formStatement: fixture.formStatement, shippedText: { _ in nil }, sharedLists: nil)
      #expect(release.entries.isEmpty)
      #expect(release.sharedLists == nil)
      #expect(release.withheld == [.init(reason: .noListedField, count: 1)])
    }
  }
}

@Suite struct DisclosurePolicyTests {
  private func policy(_ text: String) throws -> DisclosurePolicy {
    try DisclosurePolicy(yaml: Array(text.utf8)) { CommitteeFixture.classes[$0]?[$1] }
  }

  @Test func `a policy reads as written`() throws {
    let policy = try policy(CommitteeFixture.policyText)
    #expect(policy.threshold == 10)
    #expect(policy.disclose["referral"] == ["state", "requested_month"])
    #expect(policy.text["en"] == "What is shown, and why.")
    #expect(!policy.lists("channel", of: "report"))
    #expect(
      [0, 4, 5, 9, 10, 23].map(policy.band(of:)) == ["0-4", "0-4", "5-9", "5-9", "10", "23"])
    let wide = try DisclosurePolicy(threshold: 30, bands: [7], disclose: [:])
    #expect([6, 7, 29, 30].map(wide.band(of:)) == ["0-6", "7-29", "7-29", "30"])
    let bare = try DisclosurePolicy(threshold: 5, bands: [], disclose: [:])
    #expect([0, 4, 5].map(bare.band(of:)) == ["0-4", "0-4", "5"])
  }

  @Test(arguments: [
    ("threshold: 10", "threshold: 4"), ("threshold: 10", "threshold: ten"),
    ("threshold: 10\n", ""), ("bands: [5, 10, 20]", "bands: [10, 5]"),
    ("bands: [5, 10, 20]", "bands: [2, 10]"), ("bands: [5, 10, 20]", "bands: 5"),
    ("policy: 1", "policy: 2"), ("policy: 1", "policy: 1\nextra: 1"),
    ("policy: 1", "policy: 1\npolicy: 1"), ("closure_days", "no_such_field"),
    ("closure_days", "district"), ("closure_days", "note#0.text"), ("closure_days", "status"),
    ("  report:", "  person:"), ("disclose:", "disclose: &a"),
    ("[status,", "[[[[[[[[[[[status,"),
  ])
  func `a policy that says too much, too little or something else is refused`(
    find: String, replace: String
  ) throws {
    #expect(throws: CommitteeError.self) {
      try policy(CommitteeFixture.policyText.replacing(find, with: replace))
    }
  }

  @Test func `the shipped policy lists only operational fields of the shipped forms`() throws {
    let script = try #require(IndependentVerifier.script)
    let shipped = script.replacing("Tools/verify/committee.py", with: "Sources/ShippedData/")
    var classes: [String: [String: SensitivityClass]] = [:]
    let yaml = try CommitteeFile.read(shipped + "policy/default.yaml")
    for form in try DisclosurePolicy(yaml: yaml).disclose.keys {
      let bytes = try CommitteeFile.read(shipped + "forms/\(form).yaml")
      let read = try #require(FormClasses.read(bytes))
      classes[form] = read
    }
    let policy = try DisclosurePolicy(yaml: yaml) { classes[$0]?[$1] }
    #expect(policy.lists("status", of: "report"))
    #expect(policy.text.keys.sorted() == ["ar", "en", "es", "fr"])
  }

  @Test func `a form gives the class of each field, nested ones too, and no class is identity`() {
    let classes = FormClasses.read(Array(CommitteeFixture.reportForm.utf8))
    #expect(classes?["received_month"] == .operational)
    #expect(classes?["received_at"] == .coded)
    #expect(classes?["story"] == .identity)
    #expect(classes?["none"] == nil)
    #expect(FormClasses.read(Array("fields: [{name: a, class: open}]".utf8)) == nil)
    #expect(FormClasses.read(Array("fields: [{name: a}, {name: a}]".utf8)) == nil)
  }
}
