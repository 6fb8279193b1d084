import Foundation
import GRDB
import Testing

@testable import ReplicaStore

/// What both stores have in common: their entries, how these are found, and how older files go on.
@Suite struct StoreSchemaTests {
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
