internal import GRDB
internal import SyncCore

/// Words that leave the full-text index. It keeps no copy of them and forgets only what it is told
/// again, so what goes must be what came (at-rest §14.4).
///
/// They are made again of what the record was, and told by a check from what a form or a key that came
/// since makes of it. Where that is something else, the index itself is read through, once for all.
struct LeavingWords {
  private var rows: [(row: Int64, words: [UInt8])] = []
  private var unknown: Set<Int64> = []

  var isEmpty: Bool { rows.isEmpty && unknown.isEmpty }

  /// What a record's row keeps of its words in the index: 48 bits of their SHA-256.
  static func check(_ words: [UInt8]) -> Int64 {
    Hash.sha256(words).bytes.prefix(6).reduce(0) { $0 << 8 | Int64($1) }
  }

  /// - Parameter words: of the record as it was; nil where nobody knows that any more.
  mutating func add(_ row: IndexedRow, _ words: [UInt8]?) {
    if let words, Self.check(words) == row.wordCheck {
      rows.append((row.id, words))
    } else {
      unknown.insert(row.id)
    }
  }

  func remove(from db: Database) throws {
    var all = rows
    if !unknown.isEmpty { all += try read(db) }
    guard !all.isEmpty else { return }
    // The index writes what it has whenever a row comes after one with a higher number.
    all.sort { $0.row < $1.row }
    var statement = try BoundStatement(
      db, "INSERT INTO search(search, rowid, words) VALUES ('delete', ?, ?)")
    for (row, words) in all {
      statement.bind(row)
      statement.bind(utf8: words)
      try statement.run()
    }
  }

  /// As the index has them. It is in the order of words, so this costs as much for one record as for all.
  private func read(_ db: Database) throws -> [(row: Int64, words: [UInt8])] {
    var found: [Int64: [UInt8]] = [:]
    try SteppedRow.each(
      db.cachedStatement(sql: "SELECT doc, term FROM search_instance"), [], in: db
    ) { row in
      let id = row.integer(0)
      guard unknown.contains(id) else { return }
      found[id, default: []] += row.bytes(1) + [0x20]
    }
    return found.map { ($0.key, $0.value) }
  }
}

/// What a record's row says of what the index has of it.
struct IndexedRow: Sendable {
  let id: Int64
  let wordCheck: Int64
}
