import Forms
import Foundation
import GRDB
import SyncCore
import Testbed
import Testing

@testable import ReplicaStore

/// How the coded answers of an entry lie in a device's file (at-rest §15).
@Suite struct CodedTableTests {
  private struct Stored {
    let coded: [UInt8]
    let hash: EntryHash
  }

  private static func stored(_ record: RecordID, _ replica: Replica) throws -> Stored {
    try replica.read { db in
      let row = try #require(
        try Row.fetchOne(
          db, sql: "SELECT coded, hash FROM entry WHERE record = ? AND coded IS NOT NULL",
          arguments: [Data(record.bytes)]))
      return Stored(
        coded: Array(row["coded"] as Data),
        hash: try #require(EntryHash(Array(row["hash"] as Data))))
    }
  }

  private static func entry(_ record: RecordID, _ replica: Replica) throws -> Entry {
    try replica.read { db in
      try #require(
        try EntryTable.entries(ofRecord: record, coded: CodedTables(replica, db), in: db).first)
    }
  }

  private static func set(_ coded: [UInt8], _ record: RecordID, _ replica: Replica) throws {
    try replica.db.write { db in
      try db.execute(
        sql: "UPDATE entry SET coded = ? WHERE record = ? AND coded IS NOT NULL",
        arguments: [Data(coded), Data(record.bytes)])
    }
  }

  @Test func `coded answers lie by a table and come back byte for byte, here and at the hub`() throws {
    let village = try Village()
    let replica = try village.join(.liaison, ["north"], name: "liaison")
    let saved = try replica.record(form: "report", answers: Village.report())
    let entry = try Self.entry(saved.record, replica)
    let section = try #require(entry.coded.bytes)
    let stored = try Self.stored(saved.record, replica)
    #expect(entry.hash == saved.hash && stored.hash == saved.hash)
    #expect(stored.coded[0] < 0x80 && section[0] >= 0xA0)
    #expect(stored.coded.count < section.count)
    try village.sync(replica)
    let received = try village.hub.db.read { db in
      try EntryTable.entries(ofRecord: saved.record, coded: nil, in: db).first?.coded.bytes
    }
    #expect(received == section)
  }

  @Test func `what was stored before there were tables is read as it lies`() throws {
    let village = try Village()
    let replica = try village.join(.liaison, ["north"], name: "liaison")
    let saved = try replica.record(form: "report", answers: Village.report())
    let section = try #require(try Self.entry(saved.record, replica).coded.bytes)
    try Self.set(section, saved.record, replica)
    #expect(try Self.entry(saved.record, replica).coded.bytes == section)
    #expect(try replica.verify().ok)
  }

  /// A number that no table has, other bits, an end too soon, and nothing.
  @Test func `what a table makes nothing of, or something else, is damage`() throws {
    let village = try Village()
    let replica = try village.join(.liaison, ["north"], name: "liaison")
    let saved = try replica.record(form: "report", answers: Village.report())
    let whole = try Self.stored(saved.record, replica).coded
    var other = whole
    other[other.count - 1] ^= 1
    let damaged: [[UInt8]] = [
      [0x7F, 0xFF] + whole.dropFirst(2), other, Array(whole.prefix(3)), [0], [],
    ]
    for coded in damaged {
      try Self.set(coded, saved.record, replica)
      let error = #expect(throws: StoreError.self) { try Self.entry(saved.record, replica) }
      #expect(error?.code == .damaged)
      #expect(try replica.verify().problems.contains { $0.code == .entry }, "\(coded.count) bytes")
    }
    try Self.set(whole, saved.record, replica)
    #expect(try Self.entry(saved.record, replica).hash == saved.hash)
  }

  @Test func `a table that a transaction made goes with it`() throws {
    struct Undone: Error {}
    let village = try Village()
    let replica = try village.join(.liaison, ["north"], name: "liaison")
    let section = encodeFieldWrites([("channel", .assign(.text("in_person")))])
    func tables() throws -> Int? {
      try replica.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM coded_table") }
    }
    let before = try tables()
    var stored: [UInt8]?
    #expect(throws: Undone.self) {
      // Not as `transaction` does, which also makes the memory forget: that may come too late.
      try replica.db.write { db in
        stored = try CodedTables(replica, db).stored(section, form: "report")
        throw Undone()
      }
    }
    #expect(stored?.first ?? 0xFF < 0x80)
    #expect(try tables() == before)
    let saved = try replica.record(form: "report", answers: Village.report())
    try replica.db.close()
    let opened = try village.open("liaison")
    #expect(try Self.entry(saved.record, opened).hash == saved.hash)
  }

  @Test func `a section of a form that is not here lies as it is`() throws {
    let village = try Village()
    let replica = try village.join(.liaison, ["north"], name: "liaison")
    let section = encodeFieldWrites([("channel", .assign(.text("in_person")))])
    let (unknown, absent) = try replica.transaction { db in
      let tables = CodedTables(replica, db)
      return (
        try tables.stored(section, form: "survey"), try tables.stored(nil, form: "report")
      )
    }
    #expect(unknown == section && absent == nil)
  }
}
