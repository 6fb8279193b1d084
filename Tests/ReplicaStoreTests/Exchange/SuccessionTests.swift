import Forms
import Foundation
import GRDB
import Identity
import SyncCore
import SyncWire
import Testing

@testable import ReplicaStore

/// Leaving an origin for the next one (sync §8.3): what may come between its messages, who may not.
@Suite struct SuccessionTests {
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
    try ForkTests.expectWhole([two], records: 4, in: village)
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
    _ = try office.record(form: "report", answers: ForkTests.told("of the office"))
    try village.sync(office)
    try village.sync(copy)
    #expect(try copy.status().isWaiting)
    _ = try liaison.record(form: "report", answers: ForkTests.told("of the liaison"))
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
}
