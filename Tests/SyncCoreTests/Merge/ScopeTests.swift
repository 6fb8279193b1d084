import SyncCore
import Testing

struct ScopeTests {
  @Test func `a conflict in a section shows when the section is opened, in either order`() {
    var (a, b) = (Author("a"), Author("b"))
    a.write(.create, [("story", .assign(.text("1")))], in: .sensitive)
    b.write(.amend, [("story", .assign(.text("2")))], in: .sensitive)
    Author.meet(&a, &b)
    let closed = a.fold.entries.map { entry in
      FoldedEntry(
        hash: entry.hash, origin: entry.origin, seq: entry.seq, kind: entry.kind, area: entry.area,
        claimed: entry.claimed, writesByClass: [:])
    }
    var reader = RecordFold(closed)
    #expect(reader.state(under: .sample).fields.isEmpty)
    let opened = a.fold.entries.map { reader.insert($0) }
    let again = closed.map { reader.insert($0) }
    #expect(opened == [true, true])
    #expect(again == [false, false])
    #expect(reader.state(under: .sample).conflicts.map(\.name) == ["story"])
    #expect(reader.state(under: .sample).digest == a.state.digest)
    #expect(RecordFold(closed + a.fold.entries).state(under: .sample).digest == a.state.digest)
    #expect(RecordFold(a.fold.entries + closed).state(under: .sample).digest == a.state.digest)
  }

  @Test func `a field that rose to another class stays one field`() {
    var a = Author("a")
    a.write(.create, [("district", .assign(.text("n1")))], in: .coded)
    a.write(.amend, [("district", a.state.write("district", .text("n2")))], in: .sensitive)
    #expect(a.state.text("district") == "n2")
    #expect(a.state.conflicts.isEmpty)
    #expect(a.state["district"]?.sensitivity == .sensitive)
  }

  @Test func `names that Unicode holds equivalent are two fields`() {
    var a = Author("a")
    a.write(.create, [("\u{e9}", .assign(.integer(1))), ("e\u{301}", .assign(.integer(2)))])
    #expect(a.state["\u{e9}"]?.value == .integer(1))
    #expect(a.state["e\u{301}"]?.value == .integer(2))
  }

  @Test func `every remaining write, and nothing else, counts for the digest`() {
    var a = Author("a")
    a.write(.create, [("status", .assign(.text("new"))), ("note", .assign(.text("1")))])
    var digests = [a.state.digest]
    a.amend("status", .text("closed"))
    digests.append(a.state.digest)
    a.write(.move, a.state.move(to: "south"))
    digests.append(a.state.digest)
    a.write(.assign, [("assignee", .assign(.bytes(a.origin.bytes)))])
    digests.append(a.state.digest)
    a.withdraw()
    digests.append(a.state.digest)
    a.write(.erase, RecordState.erasure(of: [.identity], reason: "consent"))
    digests.append(a.state.digest)
    #expect(Set(digests).count == digests.count)
    a.write(.amend, [("needs", .set(add: []))])
    #expect(a.state.withdrawals.map(\.coversAll) == [false])
    a.withdraw()
    #expect(a.state.digest == digests.last, "a write of nothing changes nothing")
  }

  @Test func `an entry folds from its clear sections`() throws {
    let vector = try EntryVector.named("create_all_sections")
    let entry = try FoldedEntry(
      try vector.makeEntry(), opened: [.identity: [("name", .assign(.text("N")))]])
    let state = RecordFold([entry]).state(under: .sample)
    #expect(state.text("status") == "new")
    #expect(state["means"]?.remaining.count == 2)
    #expect(state.text("name") == "N")
    #expect(state.area == "north-2")
  }
}
