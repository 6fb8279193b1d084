import Forms
import Foundation
import GRDB
import Identity
import SyncCore
import SyncWire
import Testing

@testable import ReplicaStore

/// A sync that is carried by hand (bundle).
@Suite struct BundleTests {
  @Test func `a report is received without any line, and a case worker reads it`() throws {
    let village = try Village()
    let office = try village.join(.caseWorker, ["north"], name: "office")
    try village.admit(office, areas: ["north"])
    let liaison = try village.settledLiaison()
    try village.report(by: liaison, "Nobody has a line here.")
    let bundle = try liaison.makeBundle()
    #expect(bundle.reports == 1 && bundle.isWhole && bundle.messages == 1)
    #expect(try liaison.status().received < liaison.status().saved)
    let (here, answers) = try village.take(bundle)
    #expect(here.outcome == .done && here.entries == bundle.entries && here.held == 0)
    let carried = try liaison.receive(bundle: answers)
    #expect(carried.received == bundle.entries && carried.pushed == bundle.entries)
    #expect(carried.isComplete && carried.alarms.isEmpty)
    #expect(try liaison.status().pending == 0)
    #expect(try liaison.list().map(\.state) == [.received])
    try village.sync(office)
    #expect(try village.texts("summary", in: office) == ["Nobody has a line here."])
    // The line afterwards finds nothing to do.
    #expect(try village.sync(liaison).rounds == 1)
    #expect(try liaison.verify().problems == [])
    #expect(try village.hub.verify().problems == [])
  }

  @Test func `a bundle that never arrives strands nothing`() throws {
    let village = try Village()
    let liaison = try village.settledLiaison()
    try village.report(by: liaison, "first")
    _ = try liaison.makeBundle()
    try village.report(by: liaison, "second")
    let second = try liaison.makeBundle()
    #expect(second.reports == 2)
    // Nor does an answer that never comes back.
    _ = try village.take(second)
    try village.report(by: liaison, "third")
    let third = try liaison.makeBundle()
    #expect(third.reports == 3)
    let (here, file) = try village.take(third)
    #expect(here.entries == 1)
    #expect(try liaison.receive(bundle: file).received == third.entries)
    #expect(try liaison.status().pending == 0)
  }

  @Test(arguments: [[0, 1], [1, 0]], [[0, 1], [1, 0], [1, 1, 0, 0]])
  func `bundles and answers in any order and twice come to the same`(
    _ there: [Int], _ back: [Int]
  ) throws {
    let village = try Village()
    let liaison = try village.settledLiaison()
    try village.report(by: liaison, "first")
    var bundles = [try liaison.makeBundle()]
    try village.report(by: liaison, "second")
    bundles.append(try liaison.makeBundle())
    var files: [Int: [UInt8]] = [:]
    for index in there { files[index] = try village.take(bundles[index]).file }
    let again = try there.map { try village.take(bundles[$0]).here.entries }
    #expect(again == [0, 0])
    for index in back {
      let carried = try liaison.receive(bundle: files[index]!)
      #expect(carried.apart == 0 && carried.alarms.isEmpty)
    }
    let status = try liaison.status()
    #expect(status.pending == 0 && status.received == status.saved && status.alarms.isEmpty)
    #expect(try village.hub.status().records == 2)
    #expect(try village.sync(liaison).rounds == 1)
    #expect(try liaison.verify().problems == [])
  }

  @Test func `an answer that was taken already says nothing new`() throws {
    let village = try Village()
    let liaison = try village.settledLiaison()
    try village.report(by: liaison, "once")
    let file = try village.take(try liaison.makeBundle()).file
    #expect(try liaison.receive(bundle: file).news == 1)
    let again = try liaison.receive(bundle: file)
    #expect(again.answers == 1 && again.news == 0 && again.received == 0 && again.apart == 0)
  }

  @Test func `a request that stands in two bundles is answered in either`() throws {
    let village = try Village()
    let liaison = try village.settledLiaison()
    for text in ["first", "second", "third"] { try village.report(by: liaison, text) }
    let one = try liaison.makeBundle(bytesMax: 24 << 20, pushBytesMax: 200)
    try village.report(by: liaison, "fourth")
    let two = try liaison.makeBundle(bytesMax: 24 << 20, pushBytesMax: 200)
    #expect(one.messages > 1 && two.messages >= one.messages)
    let requests = try liaison.read {
      try Int.fetchOne($0, sql: "SELECT count(*) FROM bundle_request") ?? 0
    }
    #expect(requests < one.messages + two.messages)
    #expect(try liaison.receive(bundle: try village.take(one).file).received == one.entries)
    let carried = try liaison.receive(bundle: try village.take(two).file)
    #expect(carried.isComplete && carried.received == two.entries - one.entries)
    #expect(try liaison.verify().problems == [])
  }

  @Test func `an answer to a push is no answer to what a reader gathers`() throws {
    let village = try Village()
    let office = try village.join(.caseWorker, ["north"], name: "office")
    #expect(try office.gathering() == nil)
    for text in ["first", "second", "third"] { try village.report(by: office, text) }
    let bundle = try office.makeBundle(bytesMax: 24 << 20, pushBytesMax: 200)
    #expect(bundle.messages > 1)
    let liaison = try village.join(.liaison, ["south"], name: "liaison")
    _ = try liaison.record(form: "report", answers: Village.report(district: "south"))
    try village.sync(liaison)
    try village.hub.run { try $0.setAreas(office.identity.origin, ["north", "south"]) }
    // The first answer adds a stream, for which none of the others was asked.
    #expect(try office.receive(bundle: try village.take(bundle).file).news == bundle.messages)
    #expect(try office.gathering() != nil)
    try village.carry(office)
    #expect(try office.gathering() == nil)
  }

  @Test func `a copied home goes on by bundles alone, whatever comes twice or late`() throws {
    let village = try Village()
    let one = try village.settledLiaison("one")
    let two = try village.copy(one, name: "two")
    for replica in [one, two] { try village.report(by: replica, "here") }
    try village.sync(one)
    try village.exchange(two)
    // Both ask for new keys, and name a head that the hub does not know.
    var files: [[UInt8]] = []
    for _ in 0..<2 {
      try village.report(by: two, "meanwhile")
      files.append(try village.take(try two.makeBundle()).file)
    }
    #expect(try two.receive(bundle: files[0]).news == 1)
    // What was asked before the log was handed over says nothing of what is handed over.
    for file in files + files { #expect(try two.receive(bundle: file).news == 0) }
    let whole = try village.take(try two.makeBundle())
    #expect(whole.here.entries == 2 && whole.here.outcome == .done)
    _ = try two.receive(bundle: files[1])
    #expect(try two.receive(bundle: whole.file).successor == two.identity.origin)
    for file in files + [whole.file] { #expect(try two.receive(bundle: file).successor == nil) }
    for _ in 0..<3 { try village.carry(two) }
    #expect(two.identity.origin != one.identity.origin)
    #expect(try two.status().alarms.map(\.code) == ["home-copied"])
    #expect(try two.status().pending == 0 && two.list().count == 4)
    #expect(try two.verify().problems == [])
    #expect(try village.hub.verify().problems == [])
  }

  @Test func `a sync on the way makes an answer old, and nothing is lost or alarmed`() throws {
    let village = try Village()
    let liaison = try village.settledLiaison()
    let other = try village.settledLiaison("other")
    try village.report(by: liaison, "carried")
    let file = try village.take(try liaison.makeBundle()).file
    try village.report(by: other, "of somebody else")
    try village.sync(other)
    try village.report(by: liaison, "over the line")
    try village.sync(liaison)
    let before = try liaison.status()
    let carried = try liaison.receive(bundle: file)
    #expect(carried.news == 0 && carried.alarms.isEmpty)
    let status = try liaison.status()
    #expect(status.received == before.received && status.alarms.isEmpty && status.pending == 0)
    #expect(status.checkpoint == before.checkpoint)
  }

  @Test func `an answer that steps over what was learnt since is set aside`() throws {
    let village = try Village()
    let liaison = try village.settledLiaison()
    let other = try village.settledLiaison("other")
    let bundle = try liaison.makeBundle()
    // Pieces of others' leaves: one ends where the line left off, the other goes beyond it.
    try village.report(by: other, "one")
    try village.sync(other)
    try village.sync(liaison)
    try village.report(by: other, "two")
    try village.sync(other)
    let known = try liaison.deviceState().frontier.end
    let carried = try liaison.receive(bundle: try village.take(bundle).file)
    #expect(carried.apart == 1 && carried.news == 0 && !carried.isComplete)
    #expect(try liaison.deviceState().frontier.end == known)
    #expect(try liaison.status().alarms.isEmpty)
    #expect(try village.carry(liaison).isComplete)
  }

  @Test func `many pushes go in one bundle, and each answer goes on from the one before it`() throws
  {
    let village = try Village()
    let liaison = try village.settledLiaison()
    for number in 0..<5 { try village.report(by: liaison, "report \(number)") }
    let bundle = try liaison.makeBundle(bytesMax: 1 << 20, pushBytesMax: 1)
    #expect(bundle.messages == bundle.entries && bundle.reports == 5)
    let (here, file) = try village.take(bundle)
    #expect(here.taken == bundle.messages && here.answers.count == bundle.messages)
    // The line is cut after some of them: what is known by then is passed over.
    let first = BundleAnswers(Array(here.answers.prefix(2)))
    let part = try BundleSealer.seal(
      first, programme: village.hub.keys.programme.id, to: liaison.identity.opening.publicKey)
    #expect(try liaison.receive(bundle: part).received == 2)
    let rest = try liaison.receive(bundle: file)
    #expect(rest.news == bundle.messages - 2 && rest.received == bundle.entries - 2)
    #expect(try liaison.status().pending == 0)
    #expect(try liaison.verify().problems == [])
  }

  @Test func `what does not fit into one bundle waits for the next`() throws {
    let village = try Village()
    let liaison = try village.settledLiaison()
    for number in 0..<6 { try village.report(by: liaison, "report \(number)") }
    let bundle = try liaison.makeBundle(bytesMax: 1, pushBytesMax: 1)
    #expect(!bundle.isWhole && bundle.entries == 2)
    let carried = try liaison.receive(bundle: try village.take(bundle).file)
    #expect(carried.received == 2 && !carried.isComplete)
    #expect(try liaison.makeBundle().isWhole)
    #expect(try village.carry(liaison).isComplete)
  }

  @Test func `what others wrote comes back in as many answers as it takes`() throws {
    var limits = Limits.specified
    limits.deliveriesPerResponseMax = 4
    let village = try Village(limits: limits)
    let office = try village.join(.caseWorker, ["north"], name: "office")
    try village.admit(office, areas: ["north"])
    try village.sync(office)
    let liaison = try village.settledLiaison()
    for number in 0..<10 {
      try village.report(by: liaison, "report \(number)")
      try village.sync(liaison, pushBytesMax: 1)
    }
    let (here, file) = try village.take(try office.makeBundle())
    #expect(here.answers.count >= 3)
    let carried = try office.receive(bundle: file)
    // The last may only say that there is no more.
    #expect(carried.news >= here.answers.count - 1 && carried.apart == 0 && carried.isComplete)
    #expect(try village.texts("summary", in: office).count == 10)
    #expect(try village.sync(office).rounds == 1)
    // Without the first of them the others prove nothing.
    let late = try village.join(.caseWorker, ["north"], name: "late")
    for number in 0..<6 { try village.report(by: liaison, "later \(number)") }
    try village.sync(liaison)
    let answers = try village.take(try late.makeBundle()).here.answers
    #expect(answers.count == 2)
    let cut = try BundleSealer.seal(
      BundleAnswers(Array(answers.dropFirst())), programme: village.hub.keys.programme.id,
      to: late.identity.opening.publicKey)
    #expect(throws: SyncRefusal.self) { try late.receive(bundle: cut) }
    #expect(try late.status().alarms.isEmpty)
  }

  @Test func `what a case worker answered comes back with the bundle`() throws {
    let village = try Village()
    let office = try village.join(.caseWorker, ["north"], name: "office")
    try village.admit(office, areas: ["north"])
    let liaison = try village.settledLiaison()
    let record = try village.report(by: liaison, "first words")
    try village.carry(liaison)
    try village.sync(office)
    _ = try office.edit(record, answers: Answers(["summary": .value(.text("of the office"))]))
    try village.sync(office)
    try village.hub.run { try $0.addArea("east") }
    let carried = try village.carry(liaison)
    #expect(carried.pulled == 1)
    #expect(try liaison.show(record).state["summary"]?.value == .text("of the office"))
    #expect(try liaison.status().programmeAreas == ["east", "north", "south"])
  }
}
