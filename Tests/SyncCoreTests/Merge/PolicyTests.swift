import SyncCore
import Testing

struct PolicyTests {
  /// Two authors who have both seen the record that the first created.
  private func pair(_ writes: FieldWrites) -> (Author, Author) {
    var (a, b) = (Author("a"), Author("b"))
    a.write(.create, writes)
    Author.meet(&a, &b)
    return (a, b)
  }

  @Test func `concurrent edits of a reviewed field conflict, with both values`() throws {
    var (a, b) = pair([("status", .assign(.text("new")))])
    let first = a.amend("status", .text("triaged"))
    let second = b.amend("status", .text("closed"))
    #expect(a.state.conflicts.isEmpty)
    Author.meet(&a, &b)
    let field = try #require(a.state["status"])
    let conflict = try #require(field.conflict)
    #expect(Set(conflict.sides.flatMap(\.writes).map(\.hash)) == [first.hash, second.hash])
    #expect(Set(conflict.sides.map(\.value)) == [.text("triaged"), .text("closed")])
    let greatest = first.hash > second.hash ? "triaged" : "closed"
    #expect(a.state.text("status") == greatest)
    #expect(conflict.sides.first?.value == .text(greatest))
    #expect(a.state.digest == b.state.digest)
  }

  @Test func `an edit that saw the other is no conflict`() {
    var (a, b) = pair([("status", .assign(.text("new")))])
    a.amend("status", .text("triaged"))
    Author.meet(&a, &b)
    b.amend("status", .text("closed"))
    Author.meet(&a, &b)
    #expect(a.state.conflicts.isEmpty)
    #expect(a.state.text("status") == "closed")
  }

  @Test func `concurrent writes of one value are no conflict, other bytes are`() {
    var (a, b) = pair([("status", .assign(.text("new")))])
    a.amend("status", .text("caf\u{e9}"))
    b.amend("status", .text("caf\u{e9}"))
    Author.meet(&a, &b)
    #expect(a.state["status"]?.remaining.count == 2)
    #expect(a.state["status"]?.conflict == nil)
    var (c, d) = pair([("status", .assign(.text("new")))])
    c.amend("status", .text("caf\u{e9}"))
    d.amend("status", .text("cafe\u{301}"))
    Author.meet(&c, &d)
    #expect(c.state["status"]?.conflict?.sides.count == 2)
  }

  @Test func `cleared is a value that conflicts with others`() {
    var (a, b) = pair([("status", .assign(.text("new")))])
    a.amend("status", .cleared)
    b.amend("status", .text("closed"))
    Author.meet(&a, &b)
    #expect(a.state["status"]?.conflict?.sides.count == 2)
  }

  @Test func `resolving clears the conflict, and concurrent resolutions conflict again`() throws {
    var (a, b) = pair([("status", .assign(.text("new")))])
    let triaged = a.amend("status", .text("triaged"))
    let closed = b.amend("status", .text("closed"))
    Author.meet(&a, &b)
    let keep = try #require(a.state.resolution("status", keep: triaged.hash))
    a.write(.resolve, [("status", keep)])
    #expect(a.state.conflicts.isEmpty)
    #expect(a.state.text("status") == "triaged")
    #expect(b.state.resolution("status", keep: Hash.sha256([0])) == nil)
    let other = try #require(b.state.resolution("status", keep: closed.hash))
    b.write(.resolve, [("status", other)])
    #expect(b.state.text("status") == "closed")
    Author.meet(&a, &b)
    #expect(a.state["status"]?.conflict?.sides.count == 2)
    let both = a.state.resolution("status", value: .text("in_response"))
    a.write(.resolve, [("status", both)])
    Author.meet(&a, &b)
    #expect(b.state.conflicts.isEmpty)
    #expect(b.state.text("status") == "in_response")
  }

  /// Hashes fall either way, so that the order of hashes cannot pass for the order of protection.
  @Test func `the most protective value is shown, whichever hash is greater`() throws {
    for salt in 0..<16 as Range<UInt64> {
      var (a, b) = pair([("risk", .assign(.text("medium"))), ("safe", .assign(.boolean(true)))])
      a.amend("risk", .text("high"), salt: salt)
      b.amend("risk", .text("low"), salt: salt)
      a.amend("safe", .boolean(false), salt: salt)
      b.amend("safe", .cleared, salt: salt)
      Author.meet(&a, &b)
      #expect(a.state.text("risk") == "high")
      #expect(a.state["risk"]?.isContested == true)
      #expect(a.state["risk"]?.conflict?.sides.count == 2)
      #expect(a.state["safe"]?.value == .boolean(false))
    }
  }

  @Test func `a value outside the protective order comes last`() {
    for salt in 0..<16 as Range<UInt64> {
      var (a, b) = pair([("risk", .assign(.text("medium")))])
      a.amend("risk", .text("unheard_of"), salt: salt)
      b.amend("risk", .text("low"), salt: salt)
      Author.meet(&a, &b)
      #expect(a.state.text("risk") == "low")
    }
  }

  @Test func `one protective value is not contested, even a lower one that saw the higher`() {
    var (a, b) = pair([("risk", .assign(.text("high")))])
    b.amend("risk", .text("low"))
    Author.meet(&a, &b)
    #expect(a.state.text("risk") == "low")
    #expect(a.state["risk"]?.isContested == false)
  }

  @Test func `latest shows one value and never a conflict`() {
    var (a, b) = pair([("seen", .assign(.integer(1)))])
    let first = a.amend("seen", .integer(2))
    let second = b.amend("seen", .integer(3))
    Author.meet(&a, &b)
    #expect(a.state["seen"]?.value == .integer(first.hash > second.hash ? 2 : 3))
    #expect(a.state.conflicts.isEmpty)
  }

  @Test func `a code added while another removes it stays`() {
    var (a, b) = pair([("needs", .set(add: ["food", "legal"]))])
    a.amend("needs", codes: ["legal"])
    b.amend("needs", codes: ["food", "legal", "shelter"])
    Author.meet(&a, &b)
    #expect(a.state["needs"]?.codes == ["shelter", "legal"])
    a.amend("needs", codes: [])
    let again = b.amend("needs", codes: ["shelter", "food", "legal"])
    Author.meet(&a, &b)
    #expect(a.state["needs"]?.codes == ["food"])
    #expect(a.state["needs"]?.remaining.map(\.hash) == [again.hash])
  }

  @Test func `a set write names only what changes, and removals name the adds they saw`() {
    var (a, b) = pair([("needs", .set(add: ["food"]))])
    let create = a.fold.entries[0].hash
    let concurrent = b.write(.amend, [("needs", .set(add: ["food"]))])
    Author.meet(&a, &b)
    let write = a.state.write("needs", codes: ["legal"])
    #expect(
      write == .set(add: ["legal"], remove: ["food": [create, concurrent.hash].sorted()]))
    #expect(a.state.write("needs", codes: ["food"]).changesNothing)
  }

  @Test func `codes stand in the order of the list, others last`() {
    let (a, _) = pair([("needs", .set(add: ["zz", "legal", "food", "aaa", "shelter"]))])
    #expect(a.state["needs"]?.codes == ["shelter", "food", "legal", "zz", "aaa"])
  }

  @Test func `a single answer stays readable when its field becomes a set`() {
    var (a, b) = pair([("needs", .assign(.text("food")))])
    #expect(a.state["needs"]?.codes == ["food"])
    b.amend("needs", codes: ["legal"])
    Author.meet(&a, &b)
    #expect(a.state["needs"]?.codes == ["legal"])
  }

  @Test func `notes are kept, each after those it follows`() {
    var (a, b) = pair([("note", .assign(.text("0")))])
    a.amend("note", .text("a1"))
    b.amend("note", .text("b1"))
    b.amend("note", .text("b2"))
    Author.meet(&a, &b)
    let last = a.amend("note", .text("a2"))
    Author.meet(&a, &b)
    let texts = b.state["note"]?.codes ?? []
    #expect(Set(texts) == ["0", "a1", "b1", "b2", "a2"])
    #expect(texts.first == "0")
    #expect(texts.last == "a2")
    #expect(texts.firstIndex(of: "b1") ?? 9 < texts.firstIndex(of: "b2") ?? 0)
    #expect(b.state.write("note", .text("x")) == .assign(.text("x"), replacing: [last.hash]))
    #expect(b.state.conflicts.isEmpty)
  }

  @Test func `the times that devices claim decide nothing`() {
    var (a, b) = pair([
      ("status", .assign(.text("new"))), ("seen", .assign(.text("no"))),
      ("needs", .set(add: ["food"], remove: [:])),
    ])
    for (field, words) in [("status", ["triaged", "closed"]), ("seen", ["here", "there"])] {
      a.amend(field, .text(words[0]))
      b.amend(field, .text(words[1]))
    }
    a.amend("needs", codes: ["shelter"])
    b.amend("needs", codes: ["food", "legal"])
    Author.meet(&a, &b)
    let count = Int64(a.fold.entries.count)
    let times: [[Int64]] = [
      Array(0..<count), (0..<count).map { -$0 }, (0..<count).map { $0 % 2 == 0 ? .min : .max },
    ]
    for claimed in times {
      let turned = zip(a.fold.entries, claimed).map { entry, time in
        FoldedEntry(
          hash: entry.hash, origin: entry.origin, seq: entry.seq, kind: entry.kind,
          area: entry.area, claimed: time, writesByClass: entry.writesByClass)
      }
      let state = RecordFold(turned).state(under: .sample)
      #expect(state.fields.map(\.shown) == a.state.fields.map(\.shown), "\(claimed)")
      #expect(state.conflicts.map(\.name) == a.state.conflicts.map(\.name))
    }
  }

  @Test func `notes that name each other in a ring are all shown`() {
    var a = Author("a")
    let (h1, h2) = (
      Hash.sha256(domain: "test", a.origin, 1 as UInt64, 0 as UInt64),
      Hash.sha256(domain: "test", a.origin, 2 as UInt64, 0 as UInt64)
    )
    a.write(.create, [("note", .assign(.text("1"), replacing: [h2]))])
    a.write(.amend, [("note", .assign(.text("2"), replacing: [h1]))])
    #expect(a.state["note"]?.shown.count == 2)
  }
}
