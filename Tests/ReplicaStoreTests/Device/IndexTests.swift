import Forms
import Foundation
import GRDB
import SyncCore
import Testbed
import Testing

@testable import ReplicaStore

/// A record's line and its words (at-rest §14).
@Suite struct IndexTests {
  private static let words = ["harvest", "quarry", "ferry", "kiln", "orchard", "canning", "depot"]

  private static func report(_ generator: inout SplitMix64) -> Answers {
    let count = Int(generator.next() % 4) + 1
    let text = (0..<count).map { _ in words[Int(generator.next() % UInt64(words.count))] }
    return Village.report(["contact_rules_text": .value(.text(text.joined(separator: " ")))])
  }

  /// Each word with the number of records that have it: as the index has it, and as one has it that
  /// is made of the same records now.
  private static func vocabularies(_ replica: Replica) throws -> (kept: [String], fresh: [String]) {
    try replica.db.write { db in
      try db.execute(
        sql: """
          CREATE VIRTUAL TABLE temp.fresh USING fts5(\(SearchWords.index));
          CREATE VIRTUAL TABLE temp.kept_words USING fts5vocab('main', 'search', 'row');
          CREATE VIRTUAL TABLE temp.fresh_words USING fts5vocab('temp', 'fresh', 'row');
          """)
      let indexed = try Row.fetchAll(
        db, sql: "SELECT id, record FROM record WHERE id <= ?",
        arguments: [WaitingWords.indexed(db)])
      for row in indexed {
        let record = try #require(RecordID(Array(row["record"] as Data)))
        let loaded = try replica.load(record, db)
        let columns = try replica.catalog(db).readable(loaded.form)
          .map { try FormColumns.known($0, replica, db) }
        try db.execute(
          sql: "INSERT INTO temp.fresh(rowid, words) VALUES (?, ?)",
          arguments: [
            row["id"] as Int64,
            String(decoding: IndexedRecord.words(loaded, columns), as: UTF8.self),
          ])
      }
      func all(_ table: String) throws -> [String] {
        try String.fetchAll(
          db, sql: "SELECT term || ' ' || doc FROM temp.\(table) WHERE doc > 0 ORDER BY term")
      }
      let both = (try all("kept_words"), try all("fresh_words"))
      try db.execute(
        sql: "DROP TABLE temp.kept_words; DROP TABLE temp.fresh_words; DROP TABLE temp.fresh")
      return both
    }
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func `what leaves the index is what came into it`(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    let village = try Village()
    let replica = try village.join(.liaison, ["north"], name: "liaison")
    var records: [RecordID] = []
    for step in 0..<180 {
      let place = records.isEmpty ? 0 : Int(generator.next() % UInt64(records.count))
      switch records.count < 3 ? 0 : generator.next() % 4 {
      case 0: records.append(try replica.record(form: "report", answers: Self.report(&generator)).record)
      case 1:
        do { _ = try replica.edit(records[place], answers: Self.report(&generator)) } catch let error
          as StoreError where error.code == .nothingToChange
        {}
      case 2: _ = try replica.withdraw(records[place], reason: "entered_twice")
      default:
        do { _ = try replica.undo(records[place]) } catch let error as StoreError
          where error.code == .notNewest || error.code == .notFound
        {}
      }
      if step % 20 == 19 {
        let (kept, fresh) = try Self.vocabularies(replica)
        #expect(kept == fresh, "seed \(seed), step \(step)")
      }
    }
    let (kept, _) = try Self.vocabularies(replica)
    #expect(Self.words.contains { word in kept.contains { $0.hasPrefix(word) } })
  }

  /// Nobody can make again what the index has of a record that could not be opened yet.
  @Test func `what leaves the index is what came into it, where keys came since`() throws {
    let village = try Village()
    let author = try village.join(.liaison, ["north"], name: "author")
    let reader = try village.join(.caseWorker, ["north"], name: "reader")
    // Longer than half of a public code, which may begin with any word of up to four letters.
    for n in 0..<Int(WaitingWords.most) + 6 {
      _ = try author.record(
        form: "report",
        answers: Village.report(["contact_rules_text": .value(.text("quarry shaft\(n)"))]))
    }
    try village.sync(author)
    try village.admit(reader, areas: ["north"])
    // The author has not heard of the reader, who gets everything and can open nothing.
    try village.sync(reader)
    #expect(try reader.list().filter { $0.unopened > 0 }.count == 70)
    #expect(try reader.find("quarry").isEmpty)
    let before = try Self.vocabularies(reader)
    #expect(before.kept == before.fresh && !before.kept.isEmpty)
    for replica in [author, reader] { try village.sync(replica) }
    #expect(try reader.list().filter { $0.unopened > 0 }.isEmpty)
    #expect(try reader.find("quarry").count == 70 && reader.find("shaft7").count == 1)
    let after = try Self.vocabularies(reader)
    #expect(after.kept == after.fresh && after.kept.count > before.kept.count)
  }

  /// What is looked for, and where it is found: in words of the newest records and of older ones.
  @Test func `what waits for the index is found like what is in it`() throws {
    let village = try Village()
    let replica = try village.join(.liaison, ["north"], name: "liaison")
    func saved(_ text: String) throws -> Saved {
      try replica.record(
        form: "report", answers: Village.report(["contact_rules_text": .value(.text(text))]))
    }
    func waiting() throws -> [Int64] {
      try replica.read { db in
        var rows: [Int64] = []
        try WaitingWords.each(after: WaitingWords.indexed(db), in: db) { row, _ in rows.append(row) }
        return rows
      }
    }
    let first = try saved("Quarry by the river")
    func check() throws {
      // A prefix, a word in the middle of none, a word of a code's label beside one of the text.
      #expect(try replica.find("quar").map(\.record) == [first.record])
      #expect(try replica.find("uarry").isEmpty)
      #expect(try replica.find("person RIVER").map(\.record) == [first.record])
      #expect(try replica.find("river kiln").isEmpty)
      #expect(try replica.find(id: first.code) == first.record)
      #expect(try replica.find(id: first.code.lowercased()) == first.record)
    }
    #expect(try waiting().count == 1)
    try check()
    for _ in 1..<WaitingWords.most { _ = try saved("ferry") }
    #expect(try waiting().isEmpty)
    try check()
    let second = try saved("a quarry too")
    #expect(try waiting().count == 1)
    #expect(try replica.find("quarry").map(\.record) == [second.record, first.record])
    #expect(try replica.find("quarry", RecordFilter(limit: 1)).map(\.record) == [second.record])
    // The older one changes and waits again; the newer goes, and its number with it.
    _ = try replica.edit(
      first.record, answers: Answers(["contact_rules_text": .value(.text("orchard"))]))
    #expect(try replica.find("quarry").map(\.record) == [second.record])
    #expect(try replica.find("orchard").map(\.record) == [first.record])
    #expect(try replica.find("ferry").count == Int(WaitingWords.most) - 1)
  }

  /// Scripts whose vowel signs are marks, scripts newer than SQLite's tables, and numbers in circles.
  @Test(arguments: [false, true])
  func `words of every script are found whole, wherever they lie`(isIndexed: Bool) throws {
    let village = try Village()
    let replica = try village.join(.liaison, ["north"], name: "liaison")
    let text = "हिन्दी में काम নমস্তে ประเทศไทย தமிழ் አማርኛ ကျေးဇူး 𞤀𞤣𞤤𞤢𞤥 𐵐𐵑 ᱥᱟᱱᱛᱟᱲᱤ ⑬⑭⑮ 中国 Łódź naïve"
    let saved = try replica.record(
      form: "report", answers: Village.report(["contact_rules_text": .value(.text(text))]))
    if isIndexed {
      for _ in 1..<WaitingWords.most {
        _ = try replica.record(form: "report", answers: Village.report())
      }
    }
    let words = SearchFolding.words(text)
    #expect(words.count > 12)
    for word in words {
      #expect(try replica.find(word).map(\.record) == [saved.record], "\(word)")
      #expect(try replica.find(String(word.unicodeScalars.prefix(1))).contains { $0.record == saved.record })
    }
    #expect(try replica.find("हिन्द काम नमस्ते").isEmpty)
  }

  @Test func `a record that changed stands first, with its new words alone`() throws {
    let village = try Village()
    let replica = try village.join(.liaison, ["north"], name: "liaison")
    func report(_ text: String) -> Answers {
      Village.report(["contact_rules_text": .value(.text(text))])
    }
    let saved = try ["quarry", "ferry", "kiln"].map {
      try replica.record(form: "report", answers: report($0))
    }
    #expect(try replica.list().map(\.record) == saved.reversed().map(\.record))
    _ = try replica.edit(saved[0].record, answers: report("orchard"))
    #expect(try replica.list().map(\.record) == [0, 2, 1].map { saved[$0].record })
    #expect(try replica.find("quarry").isEmpty)
    #expect(try replica.find("orchard").map(\.record) == [saved[0].record])
    for saved in saved { #expect(try replica.find(id: saved.code) == saved.record) }
    #expect(throws: StoreError.self) {
      try replica.find(id: PublicCode(of: RecordID(high: 1, low: 2)).description)
    }
  }

  /// The tables in which a text stands as it was typed, or folded.
  private static func tables(with text: String, in replica: Replica) throws -> Set<String> {
    try replica.read { db in
      let tables = try String.fetchAll(
        db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0")
      return Set(
        try tables.filter { table in
          try Row.fetchAll(db, sql: "SELECT * FROM \(table.quotedDatabaseIdentifier)").contains { row in
            row.databaseValues.contains { value in
              let bytes = Data.fromDatabaseValue(value) ?? Data()
              return String(decoding: bytes, as: UTF8.self).lowercased().contains(text)
            }
          }
        })
    }
  }

  /// A sealed answer is sealed in its entry, inside a file that is sealed too; outside of that only a
  /// few of the newest wait for the search (at-rest §14.4).
  @Test func `a sealed answer lies readable in no table but that of words that wait`() throws {
    let village = try Village()
    let author = try village.join(.liaison, ["north"], name: "author")
    let reader = try village.join(.caseWorker, ["north"], name: "reader")
    let answers = Village.report(["contact_rules_text": .value(.text("Quarrymen"))])
    let record = try author.record(form: "report", answers: answers).record
    try village.admit(reader, areas: ["north"])
    // The author hears of the reader, and grants.
    for replica in [author, reader, author, reader] { try village.sync(replica) }
    for replica in [author, reader] {
      #expect(try replica.find("quarrymen").map(\.record) == [record])
      #expect(try Self.tables(with: "quarrymen", in: replica) == ["record_words"])
    }
    for _ in 1..<WaitingWords.most {
      _ = try author.record(form: "report", answers: Village.report())
    }
    #expect(try author.find("quarrymen").map(\.record) == [record])
    // The index has it in pieces, by what words have in common.
    #expect(try Self.tables(with: "quarrymen", in: author).isSubset(of: ["search_data"]))
  }

  @Test func `an index of version 7 keeps its order and its words`() throws {
    let db = try DatabaseQueue()
    try SchemaMigration.run(Array(ReplicaSchema.steps.prefix(7)), on: db, newer: "")
    try db.write { db in
      try db.execute(sql: "CREATE TABLE form_report (record INTEGER PRIMARY KEY, f_place ANY) STRICT")
      // The first changed last; the third has a form that this program cannot read.
      for (id, arrival, form, words) in [
        (1, 9, "report", "quarry"), (2, 4, "report", "ferry"), (3, 7, "survey", nil),
      ] as [(Int, Int, String, String?)] {
        try db.execute(
          sql: """
            INSERT INTO record(id, record, code, form, area, epoch, claimed, changed, arrival, own_seq,
              entries, conflicts, withdrawn, unopened, summary, digest)
            VALUES (?, ?, ?, ?, 'north', 1, 1, 1, ?, 0, 1, 0, 0, 0, '{}', x'')
            """,
          arguments: [id, Data(repeating: UInt8(id), count: 16), "AB\(id)C-7XYZ", form, arrival])
        guard let words else { continue }
        try db.execute(sql: "INSERT INTO form_report VALUES (?, ?)", arguments: [id, words])
        try db.execute(
          sql: "INSERT INTO search(rowid, words) VALUES (?, ?)", arguments: [id, "ab\(id)c 7xyz \(words)"])
      }
    }
    // What a record left that went while its form could not be read: no reason not to open a home.
    try db.write { try $0.execute(sql: "INSERT INTO form_report VALUES (5, 'depot')") }
    try SchemaMigration.run(ReplicaSchema.steps, on: db, newer: "")
    try db.write { db in
      func ids(_ match: String) throws -> [Int] {
        try Int.fetchAll(
          db, sql: "SELECT rowid FROM search WHERE search MATCH ? ORDER BY rowid", arguments: [match])
      }
      let rows = try Row.fetchAll(db, sql: "SELECT id, code FROM record ORDER BY id")
      #expect(rows.map { $0["id"] as Int } == [4, 7, 9])
      #expect(rows.map { $0["code"] as String } == ["AB2C-7XYZ", "AB3C-7XYZ", "AB1C-7XYZ"])
      #expect(try ids("quarry") == [9] && ids("ferry") == [4] && ids("7xyz") == [4, 7, 9])
      #expect(try Int64.fetchAll(db, sql: "SELECT record FROM record_words").isEmpty)
      var going = LeavingWords()
      for row in try Row.fetchAll(db, sql: "SELECT id, word_check FROM record") {
        let row = IndexedRow(id: row["id"], wordCheck: row["word_check"])
        // The first as it was, the second as nobody remembers, the third as a newer program reads it.
        let words = [9: "ab1c 7xyz quarry", 7: nil, 4: "ab2c 7xyz ferry boat"][row.id] ?? nil
        going.add(row, words.map { Array($0.utf8) })
      }
      try going.remove(from: db)
      try db.execute(sql: "CREATE VIRTUAL TABLE temp.left_over USING fts5vocab('main', 'search', 'row')")
      #expect(try String.fetchAll(db, sql: "SELECT term FROM temp.left_over").isEmpty)
      #expect(try !db.tableExists("form_report"), "the answers lie in the entries alone")
    }
  }
}
