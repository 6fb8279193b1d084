import Forms
import Foundation
import GRDB
import SyncCore
import Testing

@testable import ReplicaStore

@Suite struct VerifyingTests {
  /// A liaison with received reports and a case worker who holds them, and what both wrote.
  private struct Pair {
    let village: Village
    let liaison: Replica
    let office: Replica
    let records: [RecordID]

    init() throws {
      village = try Village()
      liaison = try village.join(.liaison, ["north"], name: "liaison")
      office = try village.join(.caseWorker, ["north"], name: "office")
      try village.admit(office, areas: ["north"])
      try village.sync(liaison)
      let liaison = liaison
      records = try (0..<5).map { number in
        try liaison.record(
          form: "report",
          answers: Village.report(["summary": .value(.text("words \(number)"))])
        ).record
      }
      try village.sync(liaison)
      try village.sync(office)
      _ = try office.edit(records[0], answers: .init(["urgency": .value(.text("24h"))]))
      _ = try office.edit(records[1], answers: .init(["urgency": .value(.text("7d"))]))
      try village.sync(office)
      try village.sync(liaison)
    }
  }

  @Test func `a replica that was left alone matches, and its receipts are proven`() throws {
    let pair = try Pair()
    var steps = 0
    let mine = try pair.liaison.verify { done, total in
      steps += 1
      #expect(done <= total)
    }
    #expect(mine.problems == [])
    #expect(mine.ok && steps > 0)
    // An epoch, its grants, five reports of its own; two edits of the office.
    #expect(mine.entries >= 8)
    #expect(mine.receipts == mine.entries - 2)
    #expect(mine.checkpoint != nil && mine.statements > 10)
    let theirs = try pair.office.verify()
    #expect(theirs.problems == [] && theirs.receipts >= 2)
  }

  /// One fault in the stored bytes, and the problem that must be named.
  static let faults: [(code: ReplicaVerification.Problem.Code, atOffice: Bool, sql: String)] = [
    (.entry, false, "UPDATE entry SET operational = x'a0' WHERE seq = 3 AND origin = 1"),
    (.entry, true, "UPDATE entry SET claimed = 1, salt = zeroblob(16) WHERE id = 1"),
    (.chain, false, "DELETE FROM entry WHERE origin = 1 AND seq = 3"),
    (.segment, true, "UPDATE segment SET signature = zeroblob(64) WHERE id = 1"),
    (.segment, true, "UPDATE segment SET last = last + 1 WHERE id = 1"),
    (
      .origin, true,
      "UPDATE origin SET public_key = (SELECT public_key FROM origin o WHERE o.id <> origin.id LIMIT 1)"
    ),
    (.path, true, "UPDATE entry SET segment = NULL WHERE segment IS NOT NULL"),
    (.path, true, "UPDATE segment SET root = zeroblob(32)"),
    (.checkpoint, false, "UPDATE setting SET value = zeroblob(176) WHERE name = 'checkpoint'"),
    (.checkpoint, false, "UPDATE tree_node SET hash = zeroblob(32)"),
    (.receipt, false, "UPDATE entry SET leaf = leaf + 1 WHERE leaf IS NOT NULL"),
    (.receipt, false, "UPDATE tree_node SET hash = zeroblob(32) WHERE level = 0"),
    (.statement, false, "UPDATE statement SET bytes = zeroblob(100) WHERE id = 2"),
    (.statement, false, "UPDATE statement SET leaf_hash = zeroblob(32) WHERE id = 2"),
    (.stream, false, "UPDATE stream SET count = 0 WHERE name = 'programme'"),
    (.stream, false, "UPDATE stream SET hash = zeroblob(32) WHERE name = 'programme'"),
  ]

  @Test(arguments: faults.indices) func `a planted fault is found and named`(_ index: Int) throws {
    let fault = Self.faults[index]
    let pair = try Pair()
    let replica = fault.atOffice ? pair.office : pair.liaison
    try replica.db.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA foreign_keys = OFF")
      try db.execute(sql: fault.sql)
      #expect(db.changesCount > 0, "the fault changes something")
    }
    let found = try replica.verify()
    #expect(!found.ok)
    #expect(found.problems.contains { $0.code == fault.code }, "\(found.problems)")
  }
}
