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
  private static func told(_ text: String) -> Answers {
    Village.report(["summary": .value(.text(text))])
  }

  /// Each of these has given all that it has, and has all; and every hash of theirs and of the hub's is right.
  private static func expectWhole(
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

  @Test func `what is recorded while the origin is left is left behind nowhere`() throws {
    let village = try Village()
    let one = try village.join(.liaison, ["north"], name: "one")
    let two = try village.copy(one, name: "two")
    _ = try one.record(form: "report", answers: Village.report())
    _ = try two.record(form: "report", answers: Village.report())
    try village.sync(one)
    try village.exchange(two)
    // The succession is under way, and another process records under the old keys.
    let other = try village.open("two")
    let asked = try two.nextRequest(byteBudget: 700_000, pushBytesMax: 500_000)
    #expect(asked.kind == .succession)
    let late = try other.record(form: "report", answers: Village.report())
    _ = try two.receive(try #require(try village.answer(asked.bytes)), to: asked)
    #expect(late.origin == two.identity.origin)
    try village.sync(two)
    #expect(late.origin != two.identity.origin)
    // That process learns of the new keys when it writes.
    let later = try other.record(form: "report", answers: Village.report())
    #expect(later.origin == two.identity.origin)
    try village.sync(two)
    #expect(try village.hub.status().records == 4)
    #expect(try two.verify().problems == [])
  }

  @Test func `what is recorded while the hub is asked goes before it is asked again`() throws {
    let village = try Village()
    let one = try village.join(.liaison, ["north"], name: "one")
    let two = try village.copy(one, name: "two")
    for replica in [one, two] { _ = try replica.record(form: "report", answers: Village.report()) }
    try village.sync(one)
    try village.exchange(two)
    _ = try two.record(form: "report", answers: Village.report())
    // Unknown head; its log; and an answer that is lost.
    for _ in 0..<2 { try village.exchange(two) }
    #expect(try two.nextRequest(byteBudget: 1_000, pushBytesMax: 500_000).kind == .succession)
    _ = try two.record(form: "report", answers: Village.report())
    #expect(try two.nextRequest(byteBudget: 1_000, pushBytesMax: 500_000).kind == .handOver)
    try village.sync(two)
    #expect(two.identity.origin != one.identity.origin)
    try Self.expectWhole([two], records: 4, in: village)
  }

  @Test func `a person who goes on recording does not keep a home between two origins`() throws {
    let village = try Village()
    let one = try village.join(.liaison, ["north"], name: "one")
    let two = try village.copy(one, name: "two")
    let origin = one.identity.origin
    for replica in [one, two] { _ = try replica.record(form: "report", answers: Village.report()) }
    try village.sync(one)
    // Each time the hub is asked, there is something more that it does not know.
    for _ in 0..<6 where two.identity.origin == origin {
      _ = try? village.exchange(two)
      _ = try two.record(form: "report", answers: Village.report())
    }
    try village.sync(two)
    #expect(two.identity.origin != origin)
    #expect(try two.status().pending == 0)
    #expect(try two.verify().problems == [])
    #expect(try village.hub.status().records == two.list().count)
  }

  @Test func `a case worker that goes on waits for the authority, and reads on meanwhile`() throws {
    let village = try Village()
    let office = try village.join(.caseWorker, ["north"], name: "office")
    try village.admit(office, areas: ["north"])
    let liaison = try village.join(.liaison, ["north"], name: "liaison")
    let copy = try village.copy(office, name: "copy")
    _ = try office.record(form: "report", answers: Self.told("of the office"))
    try village.sync(office)
    try village.sync(copy)
    #expect(try copy.status().isWaiting)
    _ = try liaison.record(form: "report", answers: Self.told("of the liaison"))
    try village.sync(liaison)
    try village.sync(copy)
    #expect(try village.texts("summary", in: copy) == ["of the liaison"])
    try village.admit(copy, areas: ["north"])
    try village.sync(copy)
    #expect(try copy.status().isWaiting == false)
    // The office grants what it sealed to the new reader.
    try village.sync(office)
    try village.sync(copy)
    #expect(try village.texts("summary", in: copy) == ["of the liaison", "of the office"])
  }

  @Test func `without proof an origin stays, and the hub is accused`() throws {
    let village = try Village()
    let one = try village.join(.liaison, ["north"], name: "one")
    _ = try one.record(form: "report", answers: Village.report())
    try village.sync(one)
    let origin = one.identity.origin
    try one.beginClosing(.ownLogAhead(held: 9, here: 2))
    #expect(throws: SyncRefusal.alarm(.ownLogAhead(held: 9, here: 2))) { try village.sync(one) }
    #expect(one.identity.origin == origin)
    try village.sync(one)

    // A hub that enrols whoever asks must still show why.
    try one.beginClosing(nil)
    let asked = try one.nextRequest(byteBudget: 1_000, pushBytesMax: 1_000)
    let succession = try #require(asked.succession)
    let own = try #require(one.ownHashes(1...1)?.first)
    let segment = try #require(
      Segment(covering: [own], first: 1, programme: one.programme.id, origin: origin))
    let place = SegmentProof(
      segment: segment, signature: one.identity.signing.signature(over: segment).bytes, seq: 1,
      hash: own, path: [])
    var forged = place
    forged.hash = Hash.sha256([1])
    forged.segment.lastHash = forged.hash
    let membership = try village.hub.db.read { db in
      try village.hub.membership(
        try #require(try village.hub.device(origin, in: db)), in: db)
    }
    for proof in [
      ClosureProof.entry(place), .entry(forged),
      .succession(succession, signature: one.identity.signing.signature(over: succession).bytes),
    ] {
      let answer = SuccessionResponse.member(
        membership, token: Array(repeating: 1, count: 16), hubEpoch: 1, proof: proof)
      #expect(throws: SyncRefusal.self) { _ = try one.receiveSuccession(answer, to: succession) }
      #expect(one.identity.origin == origin)
    }
  }

  @Test func `who is revoked gets no successor, and takes its successors with it`() throws {
    let village = try Village()
    let one = try village.join(.liaison, ["north"], name: "one")
    let two = try village.copy(one, name: "two")
    let three = try village.copy(one, name: "three")
    let origin = one.identity.origin
    _ = try one.record(form: "report", answers: Village.report())
    try village.sync(one)
    try village.sync(two)
    #expect(try village.hub.devices().count == 2)
    try village.hub.run { try $0.revoke(origin, reason: "stolen") }
    #expect(try village.hub.devices().allSatisfy(\.device.isRevoked))
    #expect(try village.exchange(two)?.next == .revoked)
    try three.beginClosing(nil)
    let asked = try three.nextRequest(byteBudget: 1_000, pushBytesMax: 1_000)
    let refused = try three.receive(try #require(try village.answer(asked.bytes)), to: asked)
    #expect(refused.next == .revoked && three.identity.origin == origin)
  }

  @Test func `entries and records are found by an index`() throws {
    for steps in [ReplicaSchema.steps, HubSchema.steps] {
      let db = try DatabaseQueue()
      try SchemaMigration.run(steps, on: db, newer: "")
      func plan(_ sql: String, _ arguments: StatementArguments) throws -> [String] {
        try db.read {
          try Row.fetchAll($0, sql: "EXPLAIN QUERY PLAN \(sql)", arguments: arguments)
            .map { $0["detail"] as String }
        }
      }
      for (table, index) in [("entry", "entry_record"), ("record", "record_id")] {
        let found = try plan(
          "SELECT id FROM \(table) WHERE \(BytePrefix.equals("record"))", [Data([1])])
        #expect(found == ["SEARCH \(table) USING INDEX \(index) (<expr>=?)"])
      }
      let placed = try plan(
        "SELECT e.id \(EntryTable.atPlace)", [Data([1]), 1, Data([2])])
      let searches = [
        "SEARCH o USING COVERING INDEX sqlite_autoindex_origin_1 (origin=?)",
        "SEARCH e USING INDEX sqlite_autoindex_entry_1 (origin=? AND seq=?)",
      ]
      #expect(placed == searches)
    }
  }

  @Test func `what takes something back is found by an index of nothing else`() throws {
    let db = try DatabaseQueue()
    try SchemaMigration.run(ReplicaSchema.steps, on: db, newer: "")
    let plan = try db.read {
      try Row.fetchAll(
        $0,
        sql: """
          EXPLAIN QUERY PLAN
          SELECT max(seq) FROM entry WHERE origin = ? AND seq > ? AND \(TakingBack.condition())
          """, arguments: [1, 1]
      ).map { $0["detail"] as String }
    }
    #expect(plan.count == 1 && plan[0].contains("entry_taking_back (origin=? AND seq>?)"), "\(plan)")
  }

  @Test func `a store of version 1 keeps its entries and gets room for branches`() throws {
    for steps in [ReplicaSchema.steps, HubSchema.steps] {
      let db = try DatabaseQueue()
      try SchemaMigration.run([steps[0]], on: db, newer: "")
      try db.write { db in
        try db.execute(
          sql: "INSERT INTO origin(id, origin, public_key) VALUES (7, x'01', x'02')")
        try db.execute(
          sql: """
            INSERT INTO entry(origin, seq, hash, record, kind, form, claimed, envelope, salt,
              operational, coded, sensitive, identity, withheld, path, leaf, held)
            VALUES (7, 1, x'03', x'04', 1, 'report', 9, x'05', x'06', x'07', x'08', x'09', x'0a', x'0b',
              x'0c', 5, 'scope')
            """)
      }
      try SchemaMigration.run(steps, on: db, newer: "")
      let entry = try #require(
        try db.read {
          try Row.fetchOne($0, sql: "SELECT e.* \(EntryTable.atPlace)",
            arguments: [Data([1]), 1, Data([3])])
        })
      let numbers: [String: Int] = ["id": 1, "origin": 7, "seq": 1, "leaf": 5, "kind": 1, "claimed": 9]
      for (column, number) in numbers { #expect(entry[column] as Int == number) }
      let blobs: [String: UInt8] = [
        "hash": 3, "record": 4, "envelope": 5, "salt": 6, "operational": 7, "coded": 8, "sensitive": 9,
        "identity": 10, "withheld": 11, "path": 12,
      ]
      for (column, byte) in blobs { #expect(entry[column] as Data == Data([byte])) }
      #expect(entry["held"] as String == "scope" && entry["form"] as String == "report")
      #expect(entry["segment"] as Int? == nil && entry.count == 19)
      let kept = try db.read { db in
        (
          try Int.fetchOne(db, sql: "SELECT branch FROM origin WHERE id = 7"),
          try Int.fetchOne(db, sql: "SELECT count(*) FROM entry")
        )
      }
      #expect(kept == (0, 1))
      // References are checked again: a segment of no origin is refused.
      #expect(throws: DatabaseError.self) {
        try db.write { db in
          try db.execute(
            sql: """
              INSERT INTO segment(origin, first, last, last_hash, root, signature)
              VALUES (8, 1, 1, x'', x'', x'')
              """)
        }
      }
      #expect(throws: StoreError.self) {
        try SchemaMigration.run([steps[0]], on: db, newer: "A newer program made this.")
      }
    }
  }
}
