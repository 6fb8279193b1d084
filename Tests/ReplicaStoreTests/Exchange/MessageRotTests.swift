import Forms
import Foundation
import GRDB
import SyncCore
import Testing

@testable import ReplicaStore

/// Single bits of recorded messages (faults §8).
@Suite struct MessageRotTests {
  /// Every bit with `YARROW_ROT_EVERY=1`; a part of them otherwise, since each is a signature to check.
  private static let every =
    ProcessInfo.processInfo.environment["YARROW_ROT_EVERY"].flatMap { Int($0) } ?? 41

  private static let exchanges = 20

  @Test func `a message with one bit turned over is refused and changes nothing`() throws {
    let village = try Village()
    let devices = [
      try village.join(.liaison, ["north"], name: "liaison"),
      try village.join(.caseWorker, ["north"], name: "office"),
    ]
    try village.admit(devices[1], areas: ["north"])
    try village.sync(devices[1])
    var flipped = 0
    func changes(_ db: any DatabaseWriter) throws -> Int {
      try db.writeWithoutTransaction { $0.totalChangesCount }
    }
    func eachBit(_ message: [UInt8], _ body: ([UInt8]) throws -> Void) throws {
      for bit in stride(from: flipped % Self.every, to: message.count * 8, by: Self.every) {
        var altered = message
        altered[bit / 8] ^= 1 << UInt8(bit % 8)
        try body(altered)
        flipped += 1
      }
    }
    for round in 0..<Self.exchanges {
      // The liaison pushes, and the office pulls what it pushed.
      let replica = devices[round % 2]
      if round % 2 == 0 {
        _ = try replica.record(
          form: "report", answers: Village.report(["summary": .value(.text("round \(round)"))]))
      }
      let outgoing = try replica.nextRequest(byteBudget: 700_000, pushBytesMax: 500_000)
      let (hubBefore, sizeBefore) = (try changes(village.hub.db), village.hub.checkpoint?.size)
      try eachBit(outgoing.bytes) { altered in
        guard case .refused = try village.hub.intake(altered) else {
          Issue.record("round \(round): the hub takes an altered request")
          return
        }
      }
      #expect(try changes(village.hub.db) == hubBefore)
      #expect(village.hub.checkpoint?.size == sizeBefore)
      let answer = try #require(try village.answer(outgoing.bytes))
      let before = try changes(replica.db)
      try eachBit(answer) { altered in
        #expect(throws: (any Error).self) { try replica.receive(altered, to: outgoing) }
      }
      #expect(try changes(replica.db) == before)
      _ = try replica.receive(answer, to: outgoing)
    }
    #expect(try devices[1].status().received >= 0 && devices[1].verify().ok)
    print("\(flipped) bits of \(2 * Self.exchanges) messages")
  }
}
