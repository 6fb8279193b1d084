internal import Foundation
internal import GRDB

/// Records whose words are not in the full-text index yet: the newest ones, a few dozen at most
/// (at-rest §14.4).
///
/// A record by itself would make a segment of the index of its own, four pages and a share of later
/// merges. Its words lie beside it anyway, so a search reads those of the newest records there.
enum WaitingWords {
  /// When as many wait, the next transaction puts them into the index.
  static let most: Int64 = 64

  /// The number of the last record that is in the index.
  static func indexed(_ db: Database) throws -> Int64 {
    try SettingTable(db: db).integer(SettingName.indexedRecord) ?? 0
  }

  /// Each record behind that, in order, and its words.
  static func each(
    after indexed: Int64, in db: Database, _ body: (Int64, () throws -> [UInt8]) throws -> Void
  ) throws {
    let rows = try Row.fetchCursor(
      db.cachedStatement(sql: "SELECT id, code FROM record WHERE id > ? ORDER BY id"),
      arguments: [indexed])
    while let row = try rows.next() {
      let id: Int64 = row["id"]
      try body(id) {
        try WordTable.words(of: id, in: db) ?? SearchWords(code: row["code"]).text
      }
    }
  }

  /// Those of them in which every term occurs.
  static func matching(_ terms: [SearchTerm], in db: Database) throws -> [Int64] {
    var found: [Int64] = []
    try each(after: indexed(db), in: db) { id, words in
      let words = try words().split(separator: 0x20)
      if terms.allSatisfy({ $0.occurs(in: words) }) { found.append(id) }
    }
    return found
  }
}

/// One word of a search: the beginning of a word, or a code whose label has a word that begins so.
struct SearchTerm {
  let word: String
  let codes: [String]

  init(_ word: String, in db: Database) throws {
    self.word = word
    codes = try String.fetchAll(
      db.cachedStatement(
        sql: "SELECT DISTINCT code FROM label_word WHERE word >= ? AND word < ? LIMIT 64"),
      arguments: [word, word + "\u{10FFFF}"])
  }

  /// As the full-text index is asked.
  var match: String {
    let terms = ["\"\(word)\" *"] + codes.map { "\"\($0)\"" }
    return "(" + terms.joined(separator: " OR ") + ")"
  }

  func occurs(in words: [ArraySlice<UInt8>]) -> Bool {
    words.contains { $0.starts(with: word.utf8) }
      || codes.contains { code in words.contains { $0.elementsEqual(code.utf8) } }
  }
}
