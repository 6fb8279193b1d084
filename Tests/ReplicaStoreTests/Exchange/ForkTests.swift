import Forms
import Foundation
import GRDB
import Identity
import SyncCore
import SyncWire
import Testing

@testable import ReplicaStore

/// Homes that were copied or put back (sync §8).
@Suite struct ForkTests {
  static func told(_ text: String) -> Answers {
    Village.report(["summary": .value(.text(text))])
  }

  /// Each of these has given all that it has, and has all; and every hash of theirs and of the hub's is right.
  static func expectWhole(
    _ replicas: [Replica], records: Int, in village: Village,
    at location: SourceLocation = #_sourceLocation
  ) throws {
    for replica in replicas {
      #expect(try replica.status().pending == 0, sourceLocation: location)
      #expect(try replica.status().records == records, sourceLocation: location)
      #expect(try replica.verify().problems == [], sourceLocation: location)
    }
    #expect(try village.hub.verify().problems == [], sourceLocation: location)
  }

  @Test func `two laptops with one home both keep what they wrote, and go on apart`() throws {
    let village = try Village()
    let office = try village.join(.caseWorker, ["north"], name: "office")
    try village.admit(office, areas: ["north"])
    let one = try village.join(.liaison, ["north"], name: "one")
    // Copied before its first sealed report: both copies start epoch 1, each with its own secret.
    let two = try village.copy(one, name: "two")
    let origin = one.identity.origin
    _ = try one.record(form: "report", answers: Self.told("first of one"))
    _ = try two.record(form: "report", answers: Self.told("first of two"))
    _ = try two.record(form: "report", answers: Self.told("second of two"))
    try village.sync(one)
    try village.sync(two)
    _ = try one.record(form: "report", answers: Self.told("second of one"))
    try village.sync(one)
    try village.sync(two)
    try village.sync(office)

    let all = ["first of one", "first of two", "second of one", "second of two"]
    #expect(try village.texts("summary", in: office) == all)
    // What the other copy sealed, this one has no key for; it has all the rest of it.
    for replica in [one, two] {
      let status = try replica.status()
      #expect(status.records == 4 && status.pending == 0)
      #expect(status.alarms.map(\.code) == ["home-copied"])
      #expect(try replica.verify().problems == [])
    }
    let origins = Set([origin, one.identity.origin, two.identity.origin])
    #expect(origins.count == 3)
    #expect(try village.hub.verify().problems == [])
    #expect(try village.hub.status().records == 4)
    let evidence = try village.hub.db.read { try Data.fetchAll($0, sql: "SELECT evidence FROM fork") }
    #expect(evidence.count == 1)
    guard case .fork(let proof) = try Evidence(encoded: Array(evidence[0])) else {
      Issue.record("the fork's evidence is of another kind")
      return
    }
    let verifier = try one.verifier()
    #expect(proof.isValid(verifier: verifier) && Hash.sha256(proof.publicKey) == origin)
    var twice = proof
    twice.other = proof.one
    #expect(!twice.isValid(verifier: verifier))

    // Afterwards each is a device like any other.
    for (replica, text) in [(one, "third of one"), (two, "third of two")] {
      _ = try replica.record(form: "report", answers: Self.told(text))
      try village.sync(replica)
      #expect(try replica.status().alarms.count == 1)
    }
    try village.sync(office)
    #expect(try office.status().records == 6)
    #expect(try office.verify().problems == [])
  }

  @Test func `a home put back from an image gets back what it wrote since, and says so`() throws {
    for writesSince in [false, true] {
      let village = try Village()
      let before = try village.join(.liaison, ["north"], name: "before")
      _ = try before.record(form: "report", answers: Village.report())
      try village.sync(before)
      let old = try village.copy(before, name: "old")
      let lost = try before.record(form: "report", answers: Village.report())
      let amended = try before.record(form: "report", answers: Village.report())
      try village.sync(before)
      try before.db.close()
      if writesSince { _ = try old.record(form: "report", answers: Village.report()) }

      try village.sync(old)
      #expect(old.identity.origin != before.identity.origin)
      #expect(try old.status().alarms.map(\.code) == ["home-copied"])
      #expect(try old.status().records == (writesSince ? 4 : 3))
      #expect(try old.status().pending == 0)
      #expect(try old.show(lost.record).line.isReceived)
      // Its own records stay its own to change.
      _ = try old.edit(amended.record, answers: Answers(["channel": .value(.text("phone"))]))
      try village.sync(old)
      #expect(try village.hub.quarantine().isEmpty)
      #expect(try old.verify().problems == [])
      #expect(try village.hub.verify().problems == [])
      #expect(try village.hub.status().forks == (writesSince ? 1 : 0))
    }
  }

  @Test func `a copy that wrote nothing still tells the other laptop`() throws {
    let village = try Village()
    let one = try village.join(.liaison, ["north"], name: "one")
    let two = try village.copy(one, name: "two")
    _ = try one.record(form: "report", answers: Village.report())
    try village.sync(one)
    try village.sync(two)
    #expect(try two.status().alarms.map(\.code) == ["home-copied"])
    #expect(try one.status().alarms.isEmpty)
    // Nothing contradicts anything, but another went on under this key.
    try village.sync(one)
    #expect(try one.status().alarms.map(\.code) == ["home-copied"])
    #expect(Set([one, two].map(\.identity.origin)).count == 2)
    #expect(try village.hub.status().forks == 0)
    #expect(try two.status().records == 1)
  }

  @Test func `a cut after any message of a succession loses nothing`() throws {
    for cut in 0..<7 {
      let village = try Village()
      let one = try village.join(.liaison, ["north"], name: "one")
      let two = try village.copy(one, name: "two")
      for _ in 0..<6 { _ = try one.record(form: "report", answers: Village.report()) }
      for _ in 0..<5 { _ = try two.record(form: "report", answers: Village.report()) }
      try village.sync(one, pushBytesMax: 600)
      for round in 0..<8 {
        if round == cut { try village.exchange(two, pushBytesMax: 600, losingAnswer: true) }
        // Refused by its old keys once the new ones stand: never.
        try village.exchange(two, pushBytesMax: 600)
      }
      try village.sync(two, pushBytesMax: 600)
      try village.sync(one, pushBytesMax: 600)
      #expect(try village.hub.status().records == 11, "cut \(cut)")
      try Self.expectWhole([one, two], records: 11, in: village)
      #expect(try village.hub.devices().count == 3)
    }
  }

  @Test func `a succession that comes once more, after a later one, takes nothing back`() throws {
    let village = try Village()
    let one = try village.join(.liaison, ["north"], name: "one")
    let two = try village.copy(one, name: "two")
    _ = try one.record(form: "report", answers: Village.report())
    _ = try two.record(form: "report", answers: Village.report())
    try village.sync(one)
    try village.exchange(two)
    let first = try two.nextRequest(byteBudget: 700_000, pushBytesMax: 500_000)
    let answer = try #require(try village.answer(first.bytes))
    // What is recorded before the answer comes makes a second one necessary, with a later head.
    _ = try two.record(form: "report", answers: Village.report())
    _ = try two.receive(answer, to: first)
    let before = two.identity.origin
    for _ in 0..<5 where two.identity.origin == before { try village.exchange(two) }
    #expect(two.identity.origin != before)
    _ = try village.answer(first.bytes)
    try village.sync(two)
    try village.sync(one)
    for replica in [one, two] {
      #expect(try replica.status().alarms.map(\.code) == ["home-copied"])
      #expect(try replica.status().received == replica.status().saved)
    }
    try Self.expectWhole([one, two], records: 3, in: village)
  }

  @Test func `copies of a home that had drawn its new keys each go on`() throws {
    let village = try Village()
    let one = try village.join(.liaison, ["north"], name: "one")
    let two = try village.copy(one, name: "two")
    _ = try one.record(form: "report", answers: Village.report())
    _ = try two.record(form: "report", answers: Village.report())
    try village.sync(one)
    try village.exchange(two)
    _ = try two.nextRequest(byteBudget: 700_000, pushBytesMax: 500_000)
    let three = try village.copy(two, name: "three")
    _ = try three.record(form: "report", answers: Village.report())
    for _ in 0..<2 { _ = try two.record(form: "report", answers: Village.report()) }
    try village.sync(two)
    _ = try two.record(form: "report", answers: Village.report())
    for replica in [two, three, two, three, one] { try village.sync(replica) }
    #expect(Set([one, two, three].map(\.identity.origin)).count == 3)
    try Self.expectWhole([one, two, three], records: 6, in: village)
  }

  /// Two homes that go on under the same new keys, from different places of the log that they had in
  /// common with a third; the second with nothing yet under the new ones.
  private static func twoUnderTheSameNewKeys(
    in village: Village, first: Int, second: Int
  ) throws -> (Replica, Replica) {
    let one = try village.join(.liaison, ["north"], name: "one")
    let two = try village.copy(one, name: "two")
    for replica in [one, two] { _ = try replica.record(form: "report", answers: Village.report()) }
    try village.sync(one)
    try village.exchange(two)
    _ = try two.nextRequest(byteBudget: 700_000, pushBytesMax: 500_000)
    let three = try village.copy(two, name: "three")
    try village.sync(two)
    for _ in 0..<first { _ = try two.record(form: "report", answers: Village.report()) }
    try village.sync(two)
    for _ in 0..<second { _ = try three.record(form: "report", answers: Village.report()) }
    for _ in 0..<9 where three.identity.origin == one.identity.origin {
      try village.exchange(three)
    }
    #expect(three.identity.origin == two.identity.origin)
    return (two, three)
  }

  @Test func `where a log begins may be settled by its first push`() throws {
    let village = try Village()
    let (two, three) = try Self.twoUnderTheSameNewKeys(in: village, first: 6, second: 2)
    // The hub has another entry of theirs at the seq of the head that this push names.
    _ = try three.record(form: "report", answers: Village.report())
    for replica in [three, two, three] { try village.sync(replica) }
    #expect(three.identity.origin != two.identity.origin)
    try Self.expectWhole([two, three], records: 11, in: village)
  }

  @Test func `a log that begins where another ended is handed over from there`() throws {
    let village = try Village()
    let (two, three) = try Self.twoUnderTheSameNewKeys(in: village, first: 1, second: 9)
    // More than one push: what the other wrote comes with the first answer, so the rest is handed over.
    for _ in 0..<9 { _ = try three.record(form: "report", answers: Village.report()) }
    try village.sync(three, pushBytesMax: 600)
    for replica in [two, three] { try village.sync(replica) }
    #expect(three.identity.origin != two.identity.origin)
    try Self.expectWhole([two, three], records: 21, in: village)
  }

  @Test func `who has another secret of an epoch seals nothing in what it cannot open`() throws {
    let village = try Village()
    let office = try village.join(.caseWorker, ["north"], name: "office")
    try village.admit(office, areas: ["north"])
    let one = try village.join(.liaison, ["north"], name: "one")
    let two = try village.copy(one, name: "two")
    // Each begins the first epoch of the one origin, with a secret of its own.
    let record = try one.record(form: "report", answers: Self.told("of one")).record
    let file = try AttachingTests.file(20_000)
    let note = try AttachingTests.note(one, on: record, file).record
    _ = try two.record(form: "report", answers: Self.told("of two"))
    for replica in [one, two, one, two, office] { try village.sync(replica) }
    let before = try two.status().saved
    #expect(try two.list().map(\.record).contains(note))
    for attempt in [
      { try two.edit(record, answers: Answers(["summary": .value(.text("again"))])) },
      { try two.edit(note, answers: Answers(["attachment": file.answer]), files: [file]) },
    ] {
      let error = #expect(throws: StoreError.self) { try attempt() }
      #expect(error?.code == .notOpenable)
    }
    #expect(try two.status().saved == before)
    // What is not sealed it may change; who has both secrets may change all, and its maker opens that.
    _ = try two.edit(record, answers: Answers(["channel": .value(.text("phone"))]))
    let other = try AttachingTests.file(30_000, 7)
    _ = try office.edit(note, answers: Answers(["attachment": other.answer]), files: [other])
    for replica in [two, office, one] { try village.sync(replica) }
    for pending in try office.filesToGive() {
      let sent = try office.uploadRequest(pending, lacking: nil, bytesMax: 1 << 20)
      _ = try office.receiveUpload(try #require(try village.answer(sent.bytes)), to: sent)
    }
    let pending = try #require(try one.filesToFetch().first)
    let sent = try one.downloadRequest(pending, byteBudget: 1 << 20)
    _ = try one.receiveDownload(try #require(try village.answer(sent.bytes)), to: sent)
    let line = try #require(try one.attachments(of: note).first { $0.descriptor.size == 30_000 })
    #expect(try one.content(of: line) == other.bytes)
  }

  @Test func `a record that one copy made and moved away stays with the other`() throws {
    let village = try Village()
    let one = try village.join(.caseWorker, ["north"], name: "one")
    let two = try village.copy(one, name: "two")
    _ = try one.record(form: "report", answers: Village.report())
    for replica in [one, two, one] { try village.sync(replica) }
    let record = try one.record(form: "report", answers: Village.report()).record
    for replica in [one, two] { try village.sync(replica) }
    _ = try one.move(record, to: "south")
    for replica in [one, two] { try village.sync(replica) }
    for replica in [one, two] { #expect(try replica.list().map(\.record).contains(record)) }
  }

  @Test func `a home that did not keep what came as its own asks for it once more`() throws {
    let village = try Village()
    let one = try village.join(.caseWorker, ["north"], name: "one")
    let two = try village.copy(one, name: "two")
    let alone = try village.join(.caseWorker, ["north"], name: "alone")
    _ = try one.record(form: "report", answers: Village.report())
    for replica in [one, two, one] { try village.sync(replica) }
    let record = try one.record(form: "report", answers: Village.report()).record
    for replica in [one, two, alone] { try village.sync(replica) }
    func ownItems(_ replica: Replica) throws -> Int? {
      try replica.read { try Int.fetchOne($0, sql: "SELECT count FROM stream WHERE name = 'own'") }
    }
    func reopened(_ replica: Replica, _ name: String) throws -> Replica {
      try replica.db.write { db in
        for row in try Row.fetchAll(db, sql: "SELECT id, coded FROM entry WHERE coded < x'80'") {
          let section = try CodedTables(replica, db).section(Array(row["coded"] as Data))
          try db.execute(
            sql: "UPDATE entry SET coded = ? WHERE id = ?",
            arguments: [Data(section ?? []), row["id"] as Int64])
        }
        try db.execute(
          sql: """
            DELETE FROM own_record;
            ALTER TABLE record_words RENAME TO form_report;
            ALTER TABLE record DROP COLUMN word_check;
            DROP TABLE search_instance;
            DROP TABLE coded_table;
            ALTER TABLE stream DROP COLUMN coming;
            PRAGMA user_version = 8
            """)
      }
      try replica.db.close()
      return try village.open(name)
    }
    _ = try one.assign(record, to: alone.identity.origin)
    for replica in [one, two, alone] { try village.sync(replica) }
    let items = try ownItems(alone)
    #expect(items ?? 0 > 0)
    let old = try reopened(two, "two")
    let other = try reopened(alone, "alone")
    // Nobody copied the other one, and what it has of its own stream it need not pay for again.
    #expect(try ownItems(old) == 0)
    #expect(try ownItems(other) == items)
    let alarms = try old.status().alarms.count
    try village.sync(old)
    #expect(try old.status().alarms.count == alarms)
    _ = try one.move(record, to: "south")
    for replica in [one, old, other] { try village.sync(replica) }
    #expect(try old.list().map(\.record).contains(record))
    #expect(try old.verify().problems == [])
  }
}
