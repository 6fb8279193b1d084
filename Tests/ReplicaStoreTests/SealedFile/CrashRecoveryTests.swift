import Crypto
import Foundation
import GRDB
import Testbed
import Testing

@testable import ReplicaStore

@Suite struct CrashRecoveryTests {
  let directory: ScratchDirectory

  init() throws { directory = try ScratchDirectory() }

  @Test func `a hot rollback journal is rolled back`() throws {
    let writer = try openLaptop(directory.file("a.db"))
    try writer.write { try fill($0, rows: 0..<500, text: "old") }
    var images = 0
    try writer.writeWithoutTransaction { database in
      // A cache of two pages writes to the file all through the transaction.
      try database.execute(sql: "PRAGMA cache_size = 2")
      try database.inTransaction {
        for row in stride(from: 0, to: 500, by: 10) {
          try database.execute(
            sql: "UPDATE item SET body = 'new' || body WHERE id = ?", arguments: [row])
          try directory.copy("a.db", to: "hot.db")
          let recovered = try DatabaseState(openLaptop(directory.file("hot.db")))
          #expect(recovered == DatabaseState(rows: 500))
          images += 1
        }
        return .commit
      }
    }
    #expect(images == 50)
    #expect(try DatabaseState(openLaptop(directory.file("a.db"))).changed == 50)
  }

  @Test func `a page 1 torn in a crash is mended by the hot journal`() throws {
    let writer = try openLaptop(directory.file("a.db"))
    try writer.write { try fill($0, rows: 0..<200, text: "old") }
    try spilled(writer)
    var image = try directory.bytes("hot.db")
    for offset in 512..<1_024 { image[offset] ^= 0x5a }
    try directory.write(image, to: "hot.db")
    #expect(try DatabaseState(openLaptop(directory.file("hot.db"))).changed == 0)
  }

  @Test func `a synced journal that was cut or altered anywhere is refused, and nothing is touched`()
    throws
  {
    let writer = try openLaptop(directory.file("a.db"))
    try writer.write { try fill($0, rows: 0..<300, text: "old") }
    // Several headers: a cache of two pages is emptied again and again.
    try spilled(writer)
    let database = try directory.bytes("hot.db")
    let journal = try directory.bytes("hot.db-journal")
    // SQLite leaves the first byte zero until the journal counts.
    #expect(journal.count > 8_192 && journal[0] != 0)
    let vouched = Int(journal[48..<56].reduce(0) { $0 << 8 | UInt64($1) })
    #expect(vouched > 4 * 4_616, "one section")
    let path = directory.file("hot.db")
    func refuses(_ image: Data) throws -> Bool {
      try directory.write(database, to: "hot.db")
      try directory.write(image, to: "hot.db-journal")
      let refused = (try? openLaptop(path)) == nil
      if refused {
        try #require(try directory.bytes("hot.db") == database)
        try #require(try directory.bytes("hot.db-journal") == image)
      }
      return refused
    }
    #expect(try !refuses(journal))
    for length in Array(stride(from: 1, to: vouched, by: 997)) + [vouched - 1] {
      #expect(try refuses(journal.prefix(length)), "cut at \(length)")
    }
    var generator = SplitMix64(seed: 12)
    let header = Array(0..<28) + Array(32..<88)
    for offset in header + (0..<100).map({ _ in Int.random(in: 512..<vouched, using: &generator) }) {
      // Behind a section's last record come zeros up to the next header, which mean nothing.
      var image = journal
      image[offset] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      let refused = try refuses(image)
      if !refused { #expect(try DatabaseState(openLaptop(path)) == DatabaseState(rows: 300)) }
      if offset < 512 { #expect(refused, "byte \(offset)") }
    }
  }

  @Test func `what lies behind the last sync of a journal is torn every day, and nobody is told`()
    throws
  {
    let writer = try openLaptop(directory.file("a.db"))
    try writer.write { try fill($0, rows: 0..<60, text: "old") }
    try spilled(writer)
    let journal = try directory.bytes("hot.db-journal")
    let database = try directory.bytes("hot.db")
    let vouched = Int(journal[48..<56].reduce(0) { $0 << 8 | UInt64($1) })
    let path = directory.file("hot.db")
    var generator = SplitMix64(seed: 13)
    let noise = Data((0..<9_000).map { _ in UInt8.random(in: 0...255, using: &generator) })
    let tails = [Data(), Data(count: 700), Data(count: 9_000), noise, journal[vouched...] + noise]
    for (index, tail) in tails.enumerated() {
      try directory.write(database, to: "hot.db")
      try directory.write(journal.prefix(vouched) + tail, to: "hot.db-journal")
      let keys = try KeyRegistry.register(path: path, fileKey: testKey)
      #expect(try DatabaseState(openLaptop(path)) == DatabaseState(rows: 60), "tail \(index)")
      #expect(keys.findings == [], "tail \(index)")
    }
    // A journal of which not even the first sector came to the disk.
    for image in [Data(count: 5_000), noise] {
      try directory.write(try directory.bytes("a.db"), to: "hot.db")
      try directory.write(image, to: "hot.db-journal")
      #expect(try DatabaseState(openLaptop(path)) == DatabaseState(rows: 60))
    }
  }

  @Test func `a count of which a part was written leaves the file as it was, and it opens`() throws {
    let writer = try openLaptop(directory.file("a.db"))
    try writer.write { try fill($0, rows: 0..<60, text: "old") }
    try directory.write(try directory.bytes("a.db"), to: "before.db")
    try spilled(writer)
    let journal = try directory.bytes("hot.db-journal")
    let path = directory.file("torn.db")
    let keys = try KeyRegistry.register(path: path, fileKey: testKey)
    // The same sector as it was before records were counted.
    var fields = [UInt8](journal[..<28])
    for index in 0..<JournalHeader.countedBytes { fields[index] = 0 }
    let salt = [UInt8](journal[32..<48])
    let before = fields.withUnsafeBytes {
      JournalHeader($0, salt: salt).authenticated(by: keys.journalMask)
    }
    for cut in [1, 7, 8, 11, 12, 44, 56] {
      try directory.write(try directory.bytes("before.db"), to: "torn.db")
      try directory.write(
        journal[..<cut] + Data(before[cut...]) + journal[88...], to: "torn.db-journal")
      #expect(try DatabaseState(openLaptop(path)) == DatabaseState(rows: 60), "cut at \(cut)")
      #expect(keys.findings == [], "cut at \(cut)")
    }
  }

  @Test func `a page altered in a hot journal is named`() throws {
    let writer = try openLaptop(directory.file("a.db"))
    try writer.write { try fill($0, rows: 0..<200, text: "old") }
    try spilled(writer)
    var journal = try directory.bytes("hot.db-journal")
    journal[512 + 4 + 100] ^= 1
    try directory.write(journal, to: "hot.db-journal")
    let path = directory.file("hot.db")
    let keys = try KeyRegistry.register(path: path, fileKey: testKey)
    let refusal = #expect(throws: AtRestError.self) { _ = try openLaptop(path) }
    #expect(refusal?.code == .damaged)
    #expect(
      keys.findings.contains(
        SealedFinding(.rollbackJournal, .authenticationFailed, position: 516)))
  }

  @Test func `a hot write-ahead log is recovered`() throws {
    let writer = try openHub(directory.file("a.db"))
    try writer.write { try fill($0, rows: 0..<500) }
    try directory.copy("a.db", to: "hot.db")
    #expect(try DatabaseState(openHub(directory.file("hot.db"))) == DatabaseState(rows: 500))
  }

  @Test func `a write-ahead log cut anywhere recovers a committed prefix`() throws {
    let writer = try openHub(directory.file("a.db"))
    try writer.write { try fill($0, rows: 0..<1) }
    try writer.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
    for row in 1...8 { try writer.write { try fill($0, rows: row..<(row + 1)) } }
    try directory.copy("a.db", to: "hot.db")
    let database = try directory.bytes("hot.db")
    let log = try directory.bytes("hot.db-wal")
    #expect(log.count > 8 * 4_096)
    var seen: Set<Int> = []
    for length in Array(stride(from: 0, through: log.count, by: 97)) + [log.count] {
      try directory.write(database, to: "hot.db")
      try directory.write(log.prefix(length), to: "hot.db-wal")
      try recover(directory.file("hot.db")) {
        let rows = try Int.fetchAll($0, sql: "SELECT id FROM item ORDER BY id")
        let state = try integrity($0)
        #expect(rows == Array(0..<rows.count) && state == "ok", "cut at \(length)")
        seen.insert(rows.count)
      }
    }
    #expect(seen == Set(1...9))
  }

  @Test func `a frame altered in the log ends recovery before it`() throws {
    let writer = try openHub(directory.file("a.db"))
    try writer.write { try fill($0, rows: 0..<1) }
    try writer.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
    for row in 1...8 { try writer.write { try fill($0, rows: row..<(row + 1)) } }
    try directory.copy("a.db", to: "hot.db")
    let database = try directory.bytes("hot.db")
    let log = try directory.bytes("hot.db-wal")
    var generator = SplitMix64(seed: 11)
    for _ in 0..<60 {
      var altered = log
      let offset = Int.random(in: 0..<log.count, using: &generator)
      altered[offset] ^= UInt8.random(in: 1...255, using: &generator)
      try directory.write(database, to: "hot.db")
      try directory.write(altered, to: "hot.db-wal")
      try recover(directory.file("hot.db")) {
        let rows = try Int.fetchAll($0, sql: "SELECT id FROM item ORDER BY id")
        let state = try integrity($0)
        #expect(
          rows == Array(0..<rows.count) && state == "ok" && rows.count <= 9, "byte \(offset)")
      }
    }
  }

  @Test func `a frame that is torn ends recovery before it, were its page of zeros too`() throws {
    let writer = try openHub(directory.file("a.db"))
    try writer.write { try fill($0, rows: 0..<300) }
    try writer.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
    // Pages that are not needed any more are overwritten with zeros.
    try writer.write { try $0.execute(sql: "DELETE FROM item WHERE id > 0") }
    try directory.copy("a.db", to: "hot.db")
    let database = try directory.bytes("hot.db")
    let log = try directory.bytes("hot.db-wal")
    let frames = (log.count - 32) / 4_120
    #expect(frames > 8)
    for frame in 0..<frames {
      var torn = log
      torn[32 + frame * 4_120 + 24 + 2_000] ^= 1
      try directory.write(database, to: "hot.db")
      try directory.write(torn, to: "hot.db-wal")
      try recover(directory.file("hot.db")) {
        let (rows, state) = (try count($0), try integrity($0))
        #expect(rows == 300 && state == "ok", "frame \(frame)")
      }
    }
  }

  /// Opens a copy with a log of its own and closes it again.
  private func recover(_ path: String, _ body: (Database) throws -> Void) throws {
    try? FileManager.default.removeItem(atPath: path + "-shm")
    let writer = try openHub(path)
    try writer.read(body)
    try writer.close()
  }

  private func spilled(_ writer: any DatabaseWriter) throws {
    try writer.writeWithoutTransaction { database in
      try database.execute(sql: "PRAGMA cache_size = 2")
      try database.inTransaction {
        try database.execute(sql: "UPDATE item SET body = 'new' || body")
        try directory.copy("a.db", to: "hot.db")
        return .rollback
      }
    }
  }

  private func changed(_ database: Database) throws -> Int {
    try Int.fetchOne(database, sql: "SELECT count(*) FROM item WHERE body LIKE 'new%'") ?? -1
  }
}
