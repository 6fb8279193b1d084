import Crypto
import Foundation
import GRDB
import Testbed
import Testing

@testable import ReplicaStore

@Suite struct TamperingTests {
  let directory: ScratchDirectory

  init() throws { directory = try ScratchDirectory() }

  private func contents(_ path: String) throws -> [String] {
    let writer = try openLaptop(path)
    return try writer.read {
      let state = try integrity($0)
      guard state == "ok" else { throw DatabaseError(resultCode: .SQLITE_CORRUPT) }
      return try String.fetchAll(
        $0, sql: "SELECT id || body FROM item UNION ALL SELECT body FROM words")
    }
  }

  private func build() throws -> [String] {
    let path = directory.file("a.db")
    try openLaptop(path).write {
      try fill($0, rows: 0..<100)
      // Overflow pages carry nothing but content: only authentication notices a change there.
      try $0.execute(
        sql: "INSERT INTO item VALUES(1000, ?)",
        arguments: [String(repeating: "long", count: 9_000)])
      try $0.execute(sql: "CREATE VIRTUAL TABLE words USING fts5(body)")
      try $0.execute(sql: "INSERT INTO words VALUES('one two three')")
    }
    return try contents(path)
  }

  @Test func `a single altered byte is noticed`() throws {
    let expected = try build()
    let image = try directory.bytes("a.db")
    let seed: UInt64 = 20_260_301
    print("tampering seed \(seed)")
    var generator = SplitMix64(seed: seed)
    var noticed = 0
    for _ in 0..<200 {
      let offset = Int.random(in: 0..<image.count, using: &generator)
      var altered = image
      altered[offset] ^= UInt8.random(in: 1...255, using: &generator)
      try directory.write(altered, to: "b.db")
      do {
        let found = try contents(directory.file("b.db"))
        #expect(found == expected, "byte \(offset)")
      } catch {
        noticed += 1
      }
    }
    // Every byte of every page is authenticated, and all pages are in use.
    #expect(noticed == 200)
  }

  @Test func `an altered page is named`() throws {
    _ = try build()
    var image = try directory.bytes("a.db")
    image[4 * 4_096 + 7] ^= 1
    try directory.write(image, to: "b.db")
    let path = directory.file("b.db")
    let writer = try openLaptop(path)
    let error = #expect(throws: DatabaseError.self) {
      try writer.read { _ = try integrity($0) + "\(try count($0))" }
    }
    #expect(error?.extendedResultCode == .SQLITE_IOERR_DATA)
    #expect(
      try SealedDatabase.findings(path: path)
        == [SealedFinding(.database, .authenticationFailed, position: 5)])
  }

  @Test func `a page moved, zeroed or cut is noticed`() throws {
    let expected = try build()
    let image = try directory.bytes("a.db")
    let pages = image.count / 4_096
    #expect(pages > 6)
    func page(_ number: Int) -> Range<Int> { (number - 1) * 4_096..<number * 4_096 }

    var moved = image
    moved.replaceSubrange(page(3), with: image[page(4)])
    moved.replaceSubrange(page(4), with: image[page(3)])
    var zeroed = image
    zeroed.replaceSubrange(page(pages - 1), with: Data(count: 4_096))
    for altered in [moved, zeroed, image.dropLast(1), image.dropLast(4_096)] {
      try directory.write(altered, to: "b.db")
      #expect(throws: (any Error).self) { _ = try contents(directory.file("b.db")) }
    }
    try directory.write(image, to: "b.db")
    #expect(try contents(directory.file("b.db")) == expected)
  }

  @Test func `the ends of two long texts that changed places are noticed`() throws {
    let ends = try openLaptop(directory.file("a.db")).write { database in
      try fill(database, rows: 0..<3)
      for (id, word) in [(1_000, "long"), (1_001, "last")] {
        try database.execute(
          sql: "INSERT INTO item VALUES(?, ?)",
          arguments: [id, String(repeating: word, count: 9_000)])
      }
      // The last page of a chain points to no other, so SQLite cannot tell one from another.
      return try Row.fetchAll(
        database,
        sql: """
          SELECT pageno, max(path) FROM dbstat WHERE name = 'item' AND pagetype = 'overflow'
          GROUP BY substr(path, 1, instr(path, '+'))
          """
      ).map { $0["pageno"] as Int }
    }
    try #require(ends.count == 2)
    let image = try directory.bytes("a.db")
    func page(_ number: Int) -> Range<Int> { (number - 1) * 4_096..<number * 4_096 }
    var swapped = image
    swapped.replaceSubrange(page(ends[0]), with: image[page(ends[1])])
    swapped.replaceSubrange(page(ends[1]), with: image[page(ends[0])])
    func texts() throws -> [String] {
      try openLaptop(directory.file("b.db")).read {
        try String.fetchAll($0, sql: "SELECT body FROM item WHERE id >= 1000 ORDER BY id")
      }
    }
    try directory.write(swapped, to: "b.db")
    #expect(throws: (any Error).self) { _ = try texts() }
    try directory.write(image, to: "b.db")
    #expect(try texts().map(\.count) == [36_000, 36_000])
  }

  @Test func `nothing written appears on the disk, in no file`() throws {
    let canary = "correct-horse-battery-staple"
    var scanned: Set<String> = []
    func scan() throws {
      for name in try directory.names {
        let bytes = try directory.bytes(name)
        for needle in [canary, "canary_table", "SQLite format 3"] {
          #expect(bytes.range(of: Data(needle.utf8)) == nil, "\(needle) in \(name)")
        }
        if !bytes.isEmpty { scanned.insert(name) }
      }
    }
    for (name, writer) in [
      ("l.db", try openLaptop(directory.file("l.db"))),
      ("h.db", try openHub(directory.file("h.db"))),
    ] {
      try writer.write {
        try $0.execute(sql: "CREATE TABLE canary_table(id INTEGER PRIMARY KEY, body TEXT)")
        for row in 0..<500 {
          try $0.execute(
            sql: "INSERT INTO canary_table VALUES(?, ?)", arguments: [row, "\(canary) \(row)"])
        }
      }
      try writer.writeWithoutTransaction { database in
        try database.execute(sql: "PRAGMA cache_size = 2")
        try database.inTransaction {
          try database.execute(sql: "UPDATE canary_table SET body = body || '\(canary)'")
          try scan()
          return .commit
        }
      }
      try scan()
      #expect(scanned.contains(name))
    }
    #expect(scanned.isSuperset(of: ["l.db", "l.db-journal", "h.db", "h.db-wal", "h.db-shm"]))
  }

  @Test func `no nonce is used twice`() throws {
    let writer = try openHub(directory.file("a.db"))
    for round in 0..<30 {
      try writer.write { try fill($0, rows: round * 10..<round * 10 + 10) }
    }
    let log = try directory.bytes("a.db-wal")
    let frames = (log.count - 32) / 4_120
    var nonces: Set<Data> = []
    for frame in 0..<frames {
      let start = 32 + frame * 4_120 + 24 + 4_064
      nonces.insert(log[start..<start + 12])
    }
    #expect(frames > 60)
    #expect(nonces.count == frames)
    #expect(PageCipher.successor(.max, 7) == (0, 8))
    #expect(PageCipher.successor(.max, .max) == (0, 0))
  }
}
