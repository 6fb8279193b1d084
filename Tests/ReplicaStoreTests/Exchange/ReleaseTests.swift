import Forms
import Identity
import SyncCore
import SyncWire
import Testbed
import Testing
import TransparencyLog

@testable import ReplicaStore

/// From what liaisons record to a file that a committee checked, with nothing in between left out.
@Suite struct ReleaseTests {
  /// Words that were put into coded, sensitive and identity answers, and nowhere else.
  private static let canaries = [
    "canaryvalley", "canary-told", "canary-place", "canary-contact", "canary-closure",
    "2026-03-01T09", "2026-03-04T10",
  ]

  private struct Scene {
    let village: Village
    let liaison, office, watch: Replica
  }

  private func scene() throws -> Scene {
    let village = try Village(areas: ["canaryvalley", "south"])
    let liaison = try village.join(.liaison, ["canaryvalley"], name: "liaison")
    let office = try village.join(.caseWorker, ["canaryvalley"], name: "office")
    try village.admit(office, areas: ["canaryvalley"])
    let watch = try village.join(.committee, [], name: "watch")
    try village.sync(liaison)
    return Scene(village: village, liaison: liaison, office: office, watch: watch)
  }

  private func record(_ count: Int, _ scene: Scene) throws -> [RecordID] {
    let answers = Village.report(
      [
        "summary": .value(.text("canary-told")), "place_text": .value(.text("canary-place")),
        "contact_rules_text": .value(.text("canary-contact")),
      ], district: "canaryvalley")
    let records = try (0..<count).map { _ in
      try scene.liaison.record(form: "report", answers: answers).record
    }
    try scene.village.sync(scene.liaison)
    try scene.village.sync(scene.office)
    return records
  }

  private func close(_ record: RecordID, _ scene: Scene) throws {
    _ = try scene.office.edit(
      record,
      answers: Answers([
        "status": .value(.text("Closed")), "closure_reason": .value(.text("goals_met")),
        "closed_at": .value(.text("2026-03-04T10:00:00Z")),
        "closure_details": .value(.text("canary-closure")),
      ]))
    try scene.village.sync(scene.office)
  }

  /// Fetches a release in parts, as the committee's device does; 0 for the newest.
  private func pull(_ scene: Scene, number: UInt64 = 0) throws -> ReleasePackage {
    var bytes: [UInt8] = []
    while true {
      let request = try scene.watch.releaseRequest(number: number, offset: UInt64(bytes.count))
      let answer = try #require(try scene.village.answer(request.bytes))
      let part = try scene.watch.receiveRelease(answer, to: request)
      bytes += part.bytes
      guard UInt64(bytes.count) < part.total, !part.bytes.isEmpty else { break }
    }
    return try ReleasePackage(encoded: bytes)
  }

  private func expectNoCanary(_ bytes: [UInt8]) {
    for word in Self.canaries {
      let found = bytes.contains(Array(word.utf8))
      #expect(!found, "\(word)")
    }
  }

  @Test func `a committee gets a file of what liaisons recorded, and it checks`() throws {
    let scene = try scene()
    let records = try record(3, scene)
    try close(records[0], scene)
    let made = try scene.village.hub.makeRelease()
    let release = try pull(scene)
    #expect(release.number == 1)
    #expect(release.entries.count == made.disclosed)
    #expect(made.disclosed == 4, "three reports and the closing of one")
    #expect(made.entries == made.disclosed + made.withheld)
    #expect(release.formTexts == [ShippedForms.source("report")])
    #expect(release.sharedLists == ShippedForms.sharedLists)
    expectNoCanary(release.encoded)

    let folder = try TemporaryFolder()
    let path = folder.path + "/release.sqlite"
    try CommitteeFile.write(release, history: CheckpointHistory(of: release), to: path)
    let bytes = try CommitteeFile.read(path)
    expectNoCanary(bytes)

    // The device has not synced since, so it knows of no checkpoint that the file holds.
    let apart = try CommitteeFile.verify(path, trust: scene.watch.committeeTrust())
    #expect(apart.problems == [])
    #expect(apart.ok)
    #expect(apart.shown == UInt64(made.disclosed))
    #expect(apart.withheldCount == UInt64(made.withheld))
    #expect(apart.doesNotShow.contains(.otherView))
    try scene.village.sync(scene.watch)
    let seen = try CommitteeFile.verify(path, trust: scene.watch.committeeTrust())
    #expect(seen.problems == [])
    #expect(seen.shows.contains(.historyConsistent))

    let database = try MemoryDatabase(bytes)
    #expect(
      try database.column(
        "SELECT answer FROM answers WHERE question = 'status' ORDER BY answer")
        == ["Closed", "new", "new", "new"])
    #expect(
      try database.column("SELECT answer FROM answers WHERE question = 'closure_reason'")
        == ["goals_met"])
    #expect(
      Set(try database.column("SELECT answer FROM answers WHERE question = 'received_month'"))
        == ["2026-03"])
    #expect(try database.column("SELECT name FROM form") == ["report"])
    let (theirs, status) = try IndependentVerifier.run(
      bytes, authority: scene.village.authority.publicKey)
    #expect(theirs.problems.map { "\($0.table) \($0.row ?? -1) \($0.code)" } == [])
    #expect(status == 0)
  }

  @Test func `what is in quarantine is counted by a release, and not shown`() throws {
    let scene = try scene()
    let held = try scene.liaison.record(
      form: "report", answers: Village.report(district: "south")
    ).record
    let shown = try record(1, scene)
    #expect(try scene.village.hub.quarantine().map(\.reason) == ["scope"])
    _ = try scene.village.hub.makeRelease()
    try scene.village.sync(scene.watch)
    let release = try pull(scene)
    #expect(Set(release.entries.map(\.record)) == Set(shown) && !shown.contains(held))
    #expect(release.withheld.first { $0.reason == .quarantined }?.count == 1)
  }

  @Test func `a second release holds what came after the first, and the first still checks`() throws
  {
    let scene = try scene()
    let records = try record(2, scene)
    _ = try scene.village.hub.makeRelease()
    let first = try pull(scene)
    try scene.watch.remember(first)
    #expect(throws: StoreError.self, "nothing new but the release itself") {
      try scene.village.hub.makeRelease()
    }
    try close(records[1], scene)
    _ = try record(2, scene)
    let made = try scene.village.hub.makeRelease()
    let second = try pull(scene)
    #expect(second.number == 2)
    #expect(second.previous?.number == 1)
    #expect(second.previous?.index == first.log?.inclusion.index)
    #expect(second.entries.count == made.disclosed)
    #expect(made.disclosed == 3)
    #expect(Set(first.leaves).isDisjoint(with: second.leaves))
    expectNoCanary(second.encoded)
    try scene.village.sync(scene.watch)
    for release in [first, second] {
      let file = try CommitteeFile.bytes(release, history: CheckpointHistory(of: release))
      let report = CommitteeFile.verify(bytes: file, trust: try scene.watch.committeeTrust())
      #expect(report.problems == [])
      #expect(report.ok)
    }
    #expect(try pull(scene, number: 1) == first)
  }

  @Test func `one changed byte of the file, or another release of its number, is found`() throws {
    let scene = try scene()
    _ = try record(2, scene)
    _ = try scene.village.hub.makeRelease()
    let release = try pull(scene)
    let bytes = try CommitteeFile.bytes(release, history: CheckpointHistory(of: release))
    var trust = try scene.watch.committeeTrust()
    #expect(CommitteeFile.verify(bytes: bytes, trust: trust).ok)
    let seed = UInt64.random(in: 0...UInt64.max)
    print("seed \(seed)")
    var random = SplitMix64(seed: seed)
    for _ in 0..<16 {
      let offset = Int.random(in: bytes.indices, using: &random)
      var changed = bytes
      changed[offset] ^= UInt8.random(in: 1...255, using: &random)
      #expect(!CommitteeFile.verify(bytes: changed, trust: trust).ok, "byte \(offset)")
    }
    try scene.watch.remember(release)
    trust = try scene.watch.committeeTrust()
    #expect(trust.releases == [.init(number: 1, leaf: release.head.leaf)])
    #expect(CommitteeFile.verify(bytes: bytes, trust: trust).ok)
    trust.releases = [.init(number: 1, leaf: .zero)]
    #expect(CommitteeFile.verify(bytes: bytes, trust: trust).outcome == .twoHistories)
  }
}
