import Forms
import Foundation
import GRDB
import SyncWire
import Identity
import SyncCore
import Testing

@testable import ReplicaStore

@Suite struct ScopeTests {
  @Test func `a liaison holds nothing of another liaison in the same area`() throws {
    let village = try Village()
    let one = try village.join(.liaison, ["north"], name: "one")
    let two = try village.join(.liaison, ["north"], name: "two")
    _ = try one.record(form: "report", answers: Village.report())
    try village.sync(one)
    try village.sync(two)
    #expect(try two.list().isEmpty)
  }

  @Test func `a case worker of one area holds nothing of another`() throws {
    let village = try Village()
    let liaison = try village.join(.liaison, ["north", "south"], name: "liaison")
    let south = try village.join(.caseWorker, ["south"], name: "south")
    try village.admit(south, areas: ["south"])
    _ = try liaison.record(form: "report", answers: Village.report(district: "north"))
    let seen = try liaison.record(form: "report", answers: Village.report(district: "south"))
    try village.sync(liaison)
    try village.sync(south)
    #expect(try south.list().map(\.record) == [seen.record])
    // One entry of a signed segment came without the others, proven by its path.
    #expect(try south.db.read { try EntryTable.count(ofRecord: seen.record, in: $0) } == 1)
  }

  @Test func `a report for an area that is not the liaison's is kept, held and shown to nobody`()
    throws
  {
    let village = try Village()
    let liaison = try village.join(.liaison, ["north"], name: "liaison")
    let office = try village.join(.caseWorker, ["south"], name: "office")
    try village.admit(office, areas: ["south"])
    let saved = try liaison.record(form: "report", answers: Village.report(district: "south"))
    // Who saves it is told, and need not wait for the hub's word.
    #expect(saved.foreignArea == "south")
    try village.sync(liaison)
    try village.sync(office)
    #expect(try office.list().isEmpty)
    #expect(try village.hub.quarantine().map(\.reason) == ["scope"])
    #expect(try liaison.list().map(\.state) == [.quarantined])
    #expect(try liaison.status().received == liaison.status().saved)
  }

  @Test func `a note goes where its report is, and its author is told when that is elsewhere`() throws {
    let village = try Village()
    let liaison = try village.join(.liaison, ["north"], name: "liaison")
    let office = try village.join(.caseWorker, ["north", "south"], name: "office")
    try village.admit(office, areas: ["north", "south"])
    let report = try liaison.record(form: "report", answers: Village.report())
    func note(_ replica: Replica) throws -> Saved {
      try replica.record(
        form: "note",
        answers: Answers([
          "report": .value(.text(report.record.hex)), "text": .value(.text("afraid")),
        ]))
    }
    #expect(report.foreignArea == nil)
    #expect(try note(liaison).foreignArea == nil)
    for replica in [liaison, office] { try village.sync(replica) }
    _ = try office.move(report.record, to: "south")
    for replica in [office, liaison] { try village.sync(replica) }
    #expect(try note(liaison).foreignArea == "south")
    for replica in [liaison, office] { try village.sync(replica) }
    #expect(try village.hub.quarantine().map(\.reason) == ["scope"])
    #expect(try note(office).foreignArea == nil)
  }

  @Test func `a moved record arrives whole in the new area and leaves the old`() throws {
    let village = try Village()
    let liaison = try village.join(.liaison, ["north"], name: "liaison")
    let north = try village.join(.caseWorker, ["north", "south"], name: "north")
    let south = try village.join(.caseWorker, ["south"], name: "south")
    try village.admit(north, areas: ["north", "south"])
    try village.admit(south, areas: ["south"])
    let saved = try liaison.record(form: "report", answers: Village.report())
    try village.sync(liaison)
    try village.sync(north)
    try village.sync(south)
    #expect(try south.list().isEmpty)
    let witness = try village.join(.caseWorker, ["north"], name: "witness")
    let reader = try village.join(.caseWorker, ["north"], name: "reader")
    try village.admit(witness, areas: ["north"])
    try village.sync(witness)
    try village.sync(reader)
    _ = try witness.edit(
      saved.record, answers: Answers(["channel": .value(.text("phone"))]))
    try village.sync(witness)
    #expect(try reader.list().count == 1)
    _ = try north.move(saved.record, to: "south")
    for replica in [north, south, witness, reader] { try village.sync(replica) }
    // Whoever wrote in it keeps it in sight; whoever only read it does not.
    #expect(try witness.list().map(\.record) == [saved.record])
    #expect(try reader.list().isEmpty)
    #expect(try south.list().map(\.record) == [saved.record])
    #expect(try south.show(saved.record).state.area == "south")
    #expect(try village.hub.verify().problems == [])
  }

  /// Between the tombstone and the end of the record that came back an answer may end.
  @Test(arguments: 3...5, ["north", "west"])
  func `a record that left one area and came to another of the reader's is whole`(
    _ itemsMax: Int, _ last: String
  ) throws {
    var limits = Limits.specified
    limits.deliveriesPerResponseMax = itemsMax
    let village = try Village(areas: ["north", "south", "west"], limits: limits)
    let liaison = try village.join(.liaison, ["north"], name: "liaison")
    let office = try village.join(.caseWorker, ["north", "south", "west"], name: "office")
    let reader = try village.join(.caseWorker, ["north", "west"], name: "reader")
    let record = try liaison.record(form: "report", answers: Village.report()).record
    _ = try liaison.edit(record, answers: Answers(["channel": .value(.text("phone"))]))
    for replica in [liaison, office, reader] { try village.sync(replica) }
    _ = try office.move(record, to: "south")
    try village.sync(office)
    _ = try office.move(record, to: last)
    try village.sync(office)
    try village.sync(reader)
    func entries(_ replica: Replica) throws -> Set<EntryHash> {
      Set(try replica.db.read { try EntryTable.entries(ofRecord: record, coded: CodedTables(replica, $0), in: $0).map(\.hash) })
    }
    #expect(try entries(reader) == entries(office))
    #expect(try reader.show(record).state.area == last)
    // And it can leave again.
    _ = try office.move(record, to: "south")
    for replica in [office, reader] { try village.sync(replica) }
    #expect(try entries(reader) == [])
  }

  @Test func `who had a record adds to it after it moved on, and cannot fetch it back`() throws {
    let village = try Village()
    let liaison = try village.join(.liaison, ["north"], name: "liaison")
    let office = try village.join(.caseWorker, ["north", "south"], name: "office")
    let before = try village.join(.caseWorker, ["north"], name: "before")
    let never = try village.join(.caseWorker, ["south"], name: "never")
    let kept = try liaison.record(form: "report", answers: Village.report()).record
    let moved = try liaison.record(form: "report", answers: Village.report()).record
    for replica in [liaison, office, before] { try village.sync(replica) }
    _ = try office.move(moved, to: "south")
    try village.sync(office)
    let edit = try before.edit(moved, answers: Answers(["channel": .value(.text("phone"))]))
    _ = try before.move(moved, to: "south")
    _ = try before.assign(moved, to: before.identity.origin)
    for replica in [before, never] { try village.sync(replica) }
    #expect(try village.hub.quarantine().map(\.reason) == ["scope", "scope"])
    let seen = try never.db.read { try EntryTable.entries(ofRecord: moved, coded: CodedTables(never, $0), in: $0).map(\.hash) }
    #expect(seen.contains(edit.hash) && seen.count == 3)
    #expect(try never.list().map(\.record) == [moved])
    // A move back into the area of who was out of reach brings what it held back, but for the move:
    // its author had not seen where the record went, and it must not undo what somebody decided since.
    _ = try office.move(moved, to: "north")
    try village.sync(office)
    #expect(try village.hub.quarantine().map(\.reason) == ["scope"])
    try village.sync(office)
    #expect(try office.show(moved).state.area == "north")
    #expect(try before.list().contains { $0.record == kept })
    #expect(try village.hub.verify().problems == [])
  }

  @Test func `an answer about a record counts in the area where the hub has it, not where it says`()
    throws
  {
    let village = try Village()
    let liaison = try village.join(.liaison, ["north"], name: "liaison")
    let both = try village.join(.caseWorker, ["north", "south"], name: "both")
    let south = try village.join(.caseWorker, ["south"], name: "south")
    let saved = try liaison.record(form: "report", answers: Village.report())
    for replica in [liaison, both] { try village.sync(replica) }
    // Only this replica knows of the move; the hub never had the record in the south.
    _ = try both.move(saved.record, to: "south")
    let moved = try both.db.read { try both.load(saved.record, $0) }
    _ = try south.write { author in
      var content = LogAuthor.Content()
      content.add("channel", .assign(.text("phone")), .coded)
      return try south.change(moved, kind: .amend, content: content, version: 1, &author)
    }
    try village.sync(south)
    #expect(try village.hub.quarantine().map(\.reason) == ["scope"])
    try village.sync(liaison)
    #expect(try liaison.show(saved.record).state["channel"]?.value == .text("in_person"))
  }

  @Test func `a push whose segment its author did not sign is refused, and nothing of it is kept`()
    throws
  {
    let village = try Village()
    let liaison = try village.join(.liaison, ["north"], name: "liaison")
    _ = try liaison.record(form: "report", answers: Village.report())
    let out = try liaison.nextRequest(byteBudget: 700_000, pushBytesMax: 500_000)
    var request = try #require(out.request)
    request.push?.signature[0] ^= 1
    // The message around it is signed as it should be.
    let message = MessageSigning.sign(
      MessageFrame.encode(request), by: liaison.identity.signing, programme: liaison.programme.id)
    #expect(try village.answer(message) == nil)
    #expect(try village.hub.status().records == 0)
    #expect(try village.answer(out.bytes) != nil)
    #expect(try village.hub.status().records == 1)
  }

  @Test func `an assigned record comes with its key only when the authority named the assignee`()
    throws
  {
    let village = try Village()
    let author = try village.join(.liaison, ["north"], name: "author")
    let helper = try village.join(.liaison, ["north"], name: "helper")
    let office = try village.join(.caseWorker, ["north"], name: "office")
    try village.admit(office, areas: ["north"])
    try village.sync(author)
    let text = Village.report(["summary": .value(.text("Only for those who help."))])
    let first = try author.record(form: "report", answers: text)
    let second = try author.record(form: "report", answers: text)
    try village.sync(author)
    try village.sync(office)
    #expect(try office.assign(first.record, to: helper.identity.origin).granted == false)
    try village.admit(helper, areas: ["north"], role: .liaison)
    try village.sync(office)
    #expect(try office.assign(second.record, to: helper.identity.origin).granted)
    try village.sync(office)
    try village.sync(helper)
    #expect(try helper.show(first.record).line.unopened == 1)
    #expect(
      try helper.show(second.record).state["summary"]?.value == .text("Only for those who help."))
  }

  @Test func `a revoked device pushes once what it still holds and pulls nothing`() throws {
    let village = try Village()
    let liaison = try village.join(.liaison, ["north"], name: "liaison")
    _ = try liaison.record(form: "report", answers: Village.report())
    try village.hub.run { writer in
      try writer.revoke(liaison.identity.origin, reason: "lost_laptop")
    }
    try village.sync(liaison)
    #expect(try village.hub.status().records == 1)
    _ = try liaison.record(form: "report", answers: Village.report())
    try village.sync(liaison)
    #expect(try village.hub.status().records == 1)
  }

  @Test func `an invite serves one device, and the same device again`() throws {
    let village = try Village()
    let invite = try village.hub.run { writer in
      try writer.invite(role: .liaison, areas: ["north"], label: "", expiresIn: 60)
    }
    func attempt(_ name: String) throws -> (Replica, Bool) {
      let home = DeviceHome(village.directory + "/" + name)
      let replica = try Replica.create(
        in: home, key: try home.create(passphrase: Array("correct horse".utf8), cost: .tiny),
        invite: invite)
      let out = try replica.joinRequest()
      let refusal = try replica.receiveJoin(try #require(try village.answer(out.bytes)), to: out)
      return (replica, refusal == nil)
    }
    let (first, joined) = try attempt("first")
    #expect(joined)
    #expect(try attempt("second").1 == false)
    let again = try first.joinRequest()
    let repeated = try first.receiveJoin(
      try #require(try village.answer(again.bytes)), to: again)
    #expect(repeated == nil)
  }

  @Test(arguments: [false, true])
  func `a key that is enrolled gets no other role by another invite`(isRevoked: Bool) throws {
    let village = try Village()
    let liaison = try village.join(.liaison, ["north"], name: "liaison")
    let origin = liaison.identity.origin
    let invite = try village.hub.run { writer in
      if isRevoked { try writer.revoke(origin, reason: "lost_laptop") }
      return try writer.invite(role: .caseWorker, areas: ["north"], label: "", expiresIn: 60)
    }
    let request = JoinRequest(
      inviteSecret: invite.secret.bytes, signingKey: liaison.identity.signing.publicKey.bytes,
      openingKey: liaison.identity.opening.publicKey.bytes)
    let message = MessageSigning.sign(
      MessageFrame.encode(request), by: liaison.identity.signing, programme: liaison.programme.id)
    let answer = try #require(try village.answer(message))
    let response = try MessageFrame(answer, expecting: .joinResponse, limits: .specified)
      .joinResponse(limits: .specified)
    if isRevoked {
      #expect(response == .refused(.revoked))
    } else {
      guard case .member(let membership, _, _, _) = response else {
        Issue.record("refused: \(response)")
        return
      }
      #expect(membership.role == .liaison)
    }
    // The invite is still there for whom it was meant.
    let home = DeviceHome(village.directory + "/other")
    let replica = try Replica.create(
      in: home, key: try home.create(passphrase: Array("correct horse".utf8), cost: .tiny),
      invite: invite)
    let out = try replica.joinRequest()
    #expect(try replica.receiveJoin(try #require(try village.answer(out.bytes)), to: out) == nil)
  }

  @Test func `an expired invite is refused`() throws {
    let village = try Village()
    let invite = try village.hub.run { writer in
      try writer.invite(role: .liaison, areas: ["north"], label: "", expiresIn: 60)
    }
    village.clock.advance(61)
    let home = DeviceHome(village.directory + "/late")
    let replica = try Replica.create(
      in: home, key: try home.create(passphrase: Array("correct horse".utf8), cost: .tiny),
      invite: invite)
    let out = try replica.joinRequest()
    let refusal = try replica.receiveJoin(try #require(try village.answer(out.bytes)), to: out)
    #expect(refusal == .inviteExpired)
  }
}
