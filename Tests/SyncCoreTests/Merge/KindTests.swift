import SyncCore
import Testing

struct KindTests {
  private func pair() -> (Author, Author) {
    var (a, b) = (Author("a"), Author("b"))
    a.write(.create, [("status", .assign(.text("new")))])
    Author.meet(&a, &b)
    return (a, b)
  }

  @Test func `a withdrawal hides what its author had seen`() {
    var (a, b) = pair()
    b.amend("status", .text("triaged"))
    Author.meet(&a, &b)
    #expect(!a.state.isWithdrawn)
    a.withdraw()
    #expect(a.state.isWithdrawn)
    #expect(a.state.withdrawals.map(\.reason) == ["duplicate"])
    Author.meet(&a, &b)
    #expect(b.state.isWithdrawn)
    b.write(.move, b.state.move(to: "south"))
    #expect(b.state.isWithdrawn, "a move says nothing about what was withdrawn")
  }

  @Test func `a withdrawal does not hide an edit that its author had not seen`() {
    var (a, b) = pair()
    a.withdraw()
    b.amend("status", .text("triaged"))
    Author.meet(&a, &b)
    #expect(!a.state.isWithdrawn)
    #expect(a.state.withdrawals.count == 1)
    #expect(a.state.text("status") == "triaged")
    b.withdraw()
    Author.meet(&a, &b)
    #expect(a.state.isWithdrawn)
  }

  @Test func `an edit after a withdrawal shows the record again`() {
    var (a, b) = pair()
    a.withdraw()
    Author.meet(&a, &b)
    b.amend("status", .text("triaged"))
    #expect(!b.state.isWithdrawn)
  }

  @Test func `a withdrawal before what it names counts when that arrives`() {
    var (a, _) = pair()
    a.amend("status", .text("triaged"))
    let withdrawal = a.withdraw()
    var late = RecordFold([withdrawal, a.fold.entries.first { $0.kind == .create }!])
    #expect(!late.state(under: .sample).isWithdrawn)
    for entry in a.fold.entries { late.insert(entry) }
    #expect(late.state(under: .sample).isWithdrawn)
  }

  @Test func `the unseen branch of a fork is not hidden`() {
    var (a, b) = pair()
    var copy = a
    a.amend("status", .text("triaged"), salt: 1)
    a.amend("status", .text("in_response"), salt: 1)
    copy.amend("status", .text("closed"), salt: 2)
    Author.meet(&a, &b)
    b.withdraw()
    #expect(b.state.isWithdrawn)
    Author.meet(&b, &copy)
    #expect(!b.state.isWithdrawn)
    b.withdraw()
    #expect(b.state.isWithdrawn, "who has seen both branches can withdraw both")
  }

  @Test func `what is erased is never resurrected`() {
    var (a, b) = pair()
    a.write(.amend, [("name", .assign(.text("N")))], in: .identity)
    Author.meet(&a, &b)
    a.write(.erase, RecordState.erasure(of: [.identity], reason: "consent"))
    b.write(.amend, [("name", b.state.write("name", .text("M")))], in: .identity)
    #expect(b.state.text("name") == "M")
    Author.meet(&a, &b)
    #expect(a.state["name"] == nil)
    b.write(.amend, [("name", b.state.write("name", .text("O")))], in: .identity)
    b.write(.resolve, [("name", .assign(.text("P")))], in: .identity)
    #expect(b.state["name"] == nil)
    #expect(b.state.erased == [.identity])
    #expect(b.state.text("status") == "new", "other classes stay")
  }

  @Test func `an erasure that is named like an answer erases nothing`() {
    var (a, _) = pair()
    a.write(.amend, RecordState.erasure(of: [.operational], reason: "consent"))
    #expect(a.state.erased.isEmpty)
    #expect(a.state["classes"]?.remaining.count == 1)
    a.write(.erase, [("classes", .set(add: ["everything"]))])
    #expect(a.state.erased.isEmpty, "an unknown class names nothing")
  }

  @Test func `fields of the toolkit's kinds do not touch the form's`() {
    var a = Author("a")
    a.write(.create, [("reason", .assign(.text("mine"))), ("area", .assign(.text("mine")))])
    a.withdraw()
    a.write(.move, a.state.move(to: "south"))
    #expect(a.state.text("reason") == "mine")
    #expect(a.state.text("area") == "mine")
    #expect(a.state.area == "south")
  }

  @Test func `a move replaces the moves it saw; of concurrent ones one decides for all`() {
    var (a, b) = pair()
    #expect(a.state.area == "north")
    let first = a.write(.move, a.state.move(to: "south"))
    let second = b.write(.move, b.state.move(to: "west"))
    Author.meet(&a, &b)
    #expect(a.state.area == (first.hash > second.hash ? "south" : "west"))
    for salt in 0..<8 as Range<UInt64> {
      var c = a
      c.write(.move, c.state.move(to: "east"), salt: salt)
      #expect(c.state.area == "east")
    }
    #expect(RecordFold([first]).state(under: .sample).area == "south")
    #expect(RecordFold([b.amend("status", .cleared)]).state(under: .sample).area == nil)
  }

  @Test func `assignments add up`() {
    var (a, b) = pair()
    a.write(.assign, [("assignee", .assign(.bytes(a.origin.bytes)))])
    b.write(.assign, [("assignee", .assign(.bytes(b.origin.bytes)))])
    b.write(.assign, [("assignee", .assign(.bytes([1, 2, 3])))])
    Author.meet(&a, &b)
    #expect(a.state.assignees == [a.origin, b.origin].sorted())
  }
}
