import Forms
import Foundation
import GRDB
import Identity
import SyncCore
import Testing
import TransparencyLog

@testable import ReplicaStore

/// What a release withholds because a person said no (committee §3.6).
@Suite struct ConsentTests {
  private struct Scene {
    let village: Village
    let liaison, office: Replica

    init() throws {
      village = try Village(areas: ["north"])
      liaison = try village.join(.liaison, ["north"], name: "liaison")
      office = try village.join(.caseWorker, ["north"], name: "office")
      try village.sync(liaison)
    }

    func report() throws -> RecordID {
      try liaison.record(form: "report", answers: Village.report()).record
    }

    func consent(
      _ report: RecordID, _ state: String, purpose: String = "committee_statistics",
      recipient: String = "committee", _ extra: [String: Answer] = [:]
    ) throws -> RecordID {
      var fields: [String: Answer] = [
        "report": .value(.text(report.hex)), "purpose": .value(.text(purpose)),
        "recipient": .value(.text(recipient)), "state": .value(.text(state)),
      ]
      for (name, answer) in extra { fields[name] = answer }
      return try liaison.record(form: "consent", answers: Answers(fields)).record
    }

    func referral(_ report: RecordID) throws -> RecordID {
      try liaison.record(
        form: "need_referral",
        answers: Answers([
          "report": .value(.text(report.hex)), "state": .value(.text("draft")),
        ])
      ).record
    }

    /// Records that a release shows, and how many entries it withholds for consent.
    func release() throws -> (shown: Set<RecordID>, withheld: UInt64, bytes: ReleasePackage) {
      try village.sync(liaison)
      let made = try village.hub.makeRelease()
      let bytes = try village.hub.db.read { db in
        try Data.fetchOne(
          db, sql: "SELECT package FROM release WHERE number = ?", arguments: [Int64(made.number)])
      }
      let release = try ReleasePackage(encoded: Array(try #require(bytes)))
      let count = release.withheld.first { $0.reason == .consent }?.count ?? 0
      return (Set(release.entries.map(\.record)), count, release)
    }
  }

  @Test func `a report with a recorded no is withheld with all that belongs to it, and no other`()
    throws
  {
    let scene = try Scene()
    let refused = try scene.report()
    let referral = try scene.referral(refused)
    let asked = try scene.consent(refused, "refused")
    let granted = try scene.report()
    let kept = try scene.referral(granted)
    _ = try scene.consent(granted, "granted")
    let silent = try scene.report()
    // A no to something else is none to committees.
    let other = try scene.report()
    _ = try scene.consent(other, "refused", purpose: "law_enforcement", recipient: "authorities")

    let first = try scene.release()
    #expect(first.shown == [granted, kept, silent, other])
    #expect(first.withheld == 3, "the report, its referral, and the consent itself")
    let file = try CommitteeFile.bytes(first.bytes, history: CheckpointHistory(of: first.bytes))
    let programme = ProgrammeIdentity(authority: scene.village.authority.publicKey)
    let report = CommitteeFile.verify(bytes: file, trust: CommitteeTrust(programme: programme))
    #expect(report.problems == [])
    let (theirs, status) = try IndependentVerifier.run(
      file, authority: scene.village.authority.publicKey)
    #expect(theirs.problems.count == 0 && status == 0)
    #expect(!first.shown.contains(referral) && !first.shown.contains(asked))

    // What comes later about it is withheld too, until somebody records a yes in its place.
    _ = try scene.liaison.edit(refused, answers: Answers(["channel": .value(.text("phone"))]))
    let second = try scene.release()
    #expect(second.shown == [] && second.withheld == 1)
    _ = try scene.consent(
      refused, "granted", ["supersedes": .value(.text(asked.hex))])
    _ = try scene.liaison.edit(
      refused,
      answers: Answers([
        "status": .value(.text("Closed")), "closure_reason": .value(.text("goals_met")),
        "closed_at": .value(.text("2026-03-04T10:00:00Z")),
      ]))
    let third = try scene.release()
    #expect(third.shown == [refused] && third.withheld == 0)
  }

  @Test(arguments: [
    ("granted", nil, true), ("granted", "2026-02-24", false), ("granted", "2026-02-25", true),
    ("withdrawn", nil, false), ("expired", nil, false), ("not_possible", nil, false),
    ("not_asked", nil, false), ("unknown", nil, false), ("prefer_not_to_say", nil, false),
  ] as [(String, String?, Bool)])
  func `only a yes that has not run out is a yes`(
    _ state: String, _ expires: String?, _ isShown: Bool
  ) throws {
    let scene = try Scene()
    let report = try scene.report()
    let extra = expires.map { ["expires_on": Answer.value(.text($0))] } ?? [:]
    _ = try scene.consent(report, state, extra)
    #expect(try scene.release().shown.contains(report) == isShown)
  }

  @Test func `the ledger hears a no beside a yes, and a withdrawn yes, and forged replacements`() {
    func id(_ number: UInt64) -> RecordID { RecordID(high: 0, low: number) }
    func consent(
      _ number: UInt64, _ states: [String], replaces: [UInt64] = [], withdrawn: Bool = false
    ) -> ConsentLedger.Consent {
      ConsentLedger.Consent(
        record: id(number), report: id(100), supersedes: Set(replaces.map(id)),
        isWithdrawn: withdrawn, states: states, expires: [])
    }
    func isRefused(_ consents: ConsentLedger.Consent...) -> Bool {
      ConsentLedger.refused(consents, today: "2026-02-25") == [id(100)]
    }
    #expect(!isRefused())
    #expect(!isRefused(consent(1, ["granted"])))
    #expect(isRefused(consent(1, ["granted"]), consent(2, ["refused"])))
    #expect(isRefused(consent(1, ["granted", "refused"])), "contested")
    #expect(isRefused(consent(1, [])))
    #expect(isRefused(consent(1, ["granted"], withdrawn: true)))
    #expect(!isRefused(consent(1, ["refused"]), consent(2, ["granted"], replaces: [1])))
    #expect(isRefused(consent(1, ["refused"]), consent(2, ["granted"], replaces: [1], withdrawn: true)))
    #expect(isRefused(consent(1, ["refused"], replaces: [1])), "it cannot replace itself")
    #expect(isRefused(consent(1, ["refused"], replaces: [2]), consent(2, ["granted"], replaces: [1])))
  }
}
