import Forms
import GRDB
import Identity
import SyncCore
import SyncWire
import Testing

@testable import ReplicaStore

/// A hub that is gone with all its backups (sync §10).
@Suite struct LostHubTests {
  private static func told(_ text: String) -> Answers {
    Village.report(["summary": .value(.text(text))])
  }

  @Test func `a hub made anew holds every report once the laptops have joined it again`() throws {
    let old = try Village()
    let liaison = try old.join(.liaison, ["north"], name: "liaison")
    let office = try old.join(.caseWorker, ["north"], name: "office")
    let lost = try old.join(.liaison, ["north"], name: "lost")
    try old.admit(office, areas: ["north"])
    try old.sync(liaison)
    let report = try liaison.record(form: "report", answers: Self.told("before"))
    _ = try lost.record(form: "report", answers: Self.told("of a laptop that is gone"))
    try old.sync(liaison)
    try old.sync(lost)
    try old.sync(office)
    _ = try office.edit(report.record, answers: Answers(["channel": .value(.text("phone"))]))
    try old.sync(office)
    _ = try liaison.record(form: "report", answers: Self.told("never sent"))
    try old.hub.db.close()

    let new = try Village(succeeding: old, by: try office.statements())
    #expect(new.hub.hubEpoch == 2)
    try new.follow(liaison, .liaison, ["north"])
    #expect(try liaison.status().received == 0)
    for replica in [liaison, office, liaison, office] {
      if replica === office { try? new.follow(office, .caseWorker, ["north"]) }
      try new.sync(replica)
    }
    for replica in [liaison, office] {
      let status = try replica.status()
      #expect(status.pending == 0 && status.received == status.saved && status.hubEpoch == 2)
      #expect(status.alarms.map(\.code) == ["hub-restored"])
      #expect(try replica.verify().problems == [])
    }
    #expect(try new.hub.status().records == 2)
    #expect(try new.hub.verify().problems == [])
    // Admitted by the old hub's time, a reader still; what only the lost laptop wrote it has too.
    #expect(try new.texts("summary", in: office) == ["before", "never sent", "of a laptop that is gone"])
    #expect(try liaison.show(report.record).state["channel"]?.value == .text("phone"))
  }

  @Test func `an invite alone changes nothing of a member, whoever wrote it`() throws {
    let village = try Village()
    let liaison = try village.join(.liaison, ["north"], name: "liaison")
    let reach = try liaison.hubReach()
    var generator: any RandomNumberGenerator = SystemRandomNumberGenerator()
    let thief = SigningKeyPair(using: &generator)
    let address = try #require(HubAddress("https://thief.example:8443"))
    let forged = try Invite(
      programmeName: "delta", programme: liaison.programme, hubLogKey: thief.publicKey,
      tlsPin: Hash.sha256(Array("thief".utf8)), address: address, role: .liaison,
      secret: InviteSecret(using: &generator), expires: 4_000_000_000)
    let key = try liaison.home.unlock(passphrase: Array("correct horse".utf8))
    let reopened = try Replica.create(in: liaison.home, key: key, invite: forged)
    #expect(try reopened.hubReach().url == reach.url)
    #expect(try reopened.hubReach().tlsPin == reach.tlsPin)
    #expect(try reopened.hubReach().hubKey == reach.hubKey)
    #expect(try reopened.isNews(forged))

    // The thief's hub answers with the true hub's statement, and with one of its own making.
    let sent = try reopened.joinRequest(with: forged)
    let membership = Membership(
      version: 1, role: .liaison, areas: ["north"], programmeAreas: ["north"],
      url: "https://thief.example:8443")
    let true1 = try #require(village.hub.hubStatement)
    let own = SignedStatement(
      Statement(
        .hub(
          HubStatement(
            logKey: thief.publicKey, tlsPin: forged.tlsPin, lastSize: 0, lastRoot: .zero)),
        version: 2), signedBy: thief)
    for (statement, epoch) in [(true1, 1 as UInt64), (own.encoded, 2)] {
      let answer = MessageSigning.sign(
        MessageFrame.encode(
          JoinResponse.member(
            membership, token: [UInt8](repeating: 1, count: 16), hubEpoch: epoch,
            hubStatement: statement)),
        by: thief, programme: liaison.programme.id, answering: Hash.sha256(sent.bytes))
      #expect(throws: (any Error).self) { _ = try reopened.receiveJoin(answer, to: sent) }
    }
    #expect(try reopened.hubReach().tlsPin == reach.tlsPin)
    #expect(try reopened.status().hubEpoch == 1)
    try village.sync(reopened)
  }

  @Test func `an older hub of the programme, and one beside the present one, are refused`() throws {
    let old = try Village()
    let liaison = try old.join(.liaison, ["north"], name: "liaison")
    let book = try liaison.statements()
    let new = try Village(succeeding: old, by: book)
    let beside = try Village(succeeding: old, by: book)
    try new.follow(liaison, .liaison, ["north"])
    #expect(throws: SyncRefusal.self) { try old.follow(liaison, .liaison, ["north"]) }
    #expect(throws: SyncRefusal.self) { try beside.follow(liaison, .liaison, ["north"]) }
    #expect(try liaison.hubReach().hubKey == new.hub.keys.signing.publicKey)
    #expect(throws: StoreError.self) {
      _ = try Village(authority: old.authority, beginning: .lostHub(book, epoch: 1))
    }
  }

  @Test func `a file of statements is whole, the authority's, or refused`() throws {
    let village = try Village()
    let liaison = try village.join(.liaison, ["north"], name: "liaison")
    let held = try liaison.statements()
    let file = StatementFile(held)
    var book = StatementBook(programme: held.programme)
    let read = try StatementFile(file.encoded)
    try read.merge(into: &book, programme: liaison.programme)
    #expect(book.statements == held.statements)
    for cut in [0, 1, 20, file.encoded.count / 2, file.encoded.count - 1] {
      #expect(throws: CBORError.self) { _ = try StatementFile(Array(file.encoded.prefix(cut))) }
    }
    #expect(throws: CBORError.self) { _ = try StatementFile(file.encoded + [0]) }
    var altered = file.encoded
    altered[altered.count - 1] ^= 1
    #expect(throws: IdentityError.self) {
      var book = StatementBook(programme: held.programme)
      try StatementFile(altered).merge(into: &book, programme: liaison.programme)
    }
  }
}
