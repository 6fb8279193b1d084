import SyncCore
import Testing

struct RepeatTests {
  @Test func `both names of an instance mean the same`() throws {
    var a = Author("a")
    let create = a.write(
      .create,
      [("people#0.role", .assign(.text("witness"))), ("people#1.role", .assign(.text("driver")))])
    let instance = RepeatInstance(repeatName: "people", creator: create.hash, index: 1)
    a.amend(instance.name(of: "role"), .text("guard"))
    let people = try #require(a.state.repeats.first)
    #expect(people.instances.map(\.instance.index) == [0, 1])
    #expect(people.instances.map { $0["role"]?.value } == [.text("witness"), .text("guard")])
    #expect(people.instances[1].fields.map(\.field) == ["role"])
    #expect(a.state.conflicts.isEmpty)
  }

  @Test func `the same number from two authors is two instances`() throws {
    var (a, b) = (Author("a"), Author("b"))
    a.write(.create, [])
    Author.meet(&a, &b)
    a.write(.amend, [("people#0.role", .assign(.text("witness")))])
    b.write(.amend, [("people#0.role", .assign(.text("driver")))])
    Author.meet(&a, &b)
    #expect(a.state.repeats.first?.instances.count == 2)
    #expect(a.state.conflicts.isEmpty)
  }

  @Test func `instances stand in the order in which they were written down`() {
    var (a, b) = (Author("a"), Author("b"))
    a.write(.create, [("people#10.n", .assign(.integer(1))), ("people#2.n", .assign(.integer(0)))])
    for n in 2..<6 as Range<Int64> { a.write(.amend, [("people#0.n", .assign(.integer(n)))]) }
    Author.meet(&a, &b)
    b.write(.amend, [("people#0.n", .assign(.integer(6)))])
    let shown = b.state.repeats.first?.instances.map { $0["n"]?.value } ?? []
    let order = b.origin < a.origin ? [0, 1, 6, 2, 3, 4, 5] : [0, 1, 2, 3, 4, 5, 6] as [Int64]
    #expect(shown == order.map { .integer($0) })
  }

  @Test func `an instance whose answers are all cleared is not shown`() throws {
    var a = Author("a")
    let create = a.write(.create, [("people#0.role", .assign(.text("witness")))])
    let instance = RepeatInstance(repeatName: "people", creator: create.hash, index: 0)
    a.amend(instance.name(of: "role"), .cleared)
    #expect(a.state.repeats.isEmpty)
    a.amend(instance.name(of: "role"), .text("driver"))
    #expect(a.state.repeats.first?.instances.count == 1)
  }

  @Test func `rules of a repeat's field hold in every instance`() {
    var a = Author("a")
    a.write(.create, [("people#0.needs", .set(add: ["food", "shelter"]))])
    #expect(a.state.repeats.first?.instances.first?["needs"]?.codes == ["shelter", "food"])
  }

  @Test func `a name that only looks like an instance's is an ordinary field`() {
    var a = Author("a")
    let hex = Hash.sha256([1]).hex
    let names = [
      "people#.role", "people#01.role", "people#1234567890.role", "people#0.", "#0.role",
      "people#0",
      "people#0@\(hex.dropLast()).role", "people#0@\(hex.uppercased()).role", "people#0@\(hex)role",
      "people#-1.role", "people#\u{661}.role",
    ]
    a.write(.create, names.map { ($0, .assign(.integer(1))) })
    #expect(a.state.repeats.isEmpty)
    #expect(Set(a.state.fields.map(\.name)) == Set(names))
  }
}
