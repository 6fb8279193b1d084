internal import Foundation
internal import GRDB
internal import SyncCore

/// Where the log of an origin lies: one row, or after a fork one for each branch (entry §4).
///
/// A row holds what follows `parent_seq` in the row `parent`: the entry at which a branch leaves
/// another, or at which the successor of a closed origin goes on. The entries of a log are those of
/// its row, then those of its parent up to there, and so on.
enum OriginTable {
  /// Second version of the table: origins were unique, and a fork had no place.
  static let branches = """
    CREATE TABLE origin_2 (
      id INTEGER PRIMARY KEY,
      origin BLOB NOT NULL,
      public_key BLOB NOT NULL,
      branch INTEGER NOT NULL DEFAULT 0,
      parent INTEGER,
      parent_seq INTEGER NOT NULL DEFAULT 0,
      parent_hash BLOB,
      UNIQUE (origin, branch)
    ) STRICT;
    INSERT INTO origin_2(id, origin, public_key) SELECT id, origin, public_key FROM origin;
    DROP TABLE origin;
    ALTER TABLE origin_2 RENAME TO origin;
    """

  /// The first row of an origin, made when new.
  static func row(_ origin: OriginID, key: [UInt8], in db: Database) throws -> Int64 {
    if let id = try row(origin, in: db) { return id }
    return try addBranch(origin, key: key, after: nil, in: db)
  }

  static func row(_ origin: OriginID, in db: Database) throws -> Int64? {
    try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT id FROM origin WHERE origin = ? AND branch = 0"),
      arguments: [Data(origin.bytes)])
  }

  /// All rows of an origin, its first branch first.
  static func rows(_ origin: OriginID, in db: Database) throws -> [Int64] {
    try Int64.fetchAll(
      db.cachedStatement(sql: "SELECT id FROM origin WHERE origin = ? ORDER BY branch"),
      arguments: [Data(origin.bytes)])
  }

  /// A place in the log: a row, and the entry there.
  struct Place {
    var row: Int64
    var head: LogHead
  }

  static func addBranch(
    _ origin: OriginID, key: [UInt8], after place: Place?, in db: Database
  ) throws -> Int64 {
    try db.cachedStatement(
      sql: """
        INSERT INTO origin(origin, public_key, branch, parent, parent_seq, parent_hash)
        VALUES (?, ?, (SELECT count(*) FROM origin WHERE origin = ?), ?, ?, ?)
        """
    ).execute(
      arguments: [
        Data(origin.bytes), Data(key), Data(origin.bytes), place?.row,
        Int64(place?.head.seq ?? 0), place.map { Data($0.head.hash.bytes) },
      ])
    return db.lastInsertedRowID
  }

  /// Says what a row without entries follows.
  static func put(_ row: Int64, after place: Place?, in db: Database) throws {
    try db.cachedStatement(
      sql: "UPDATE origin SET parent = ?, parent_seq = ?, parent_hash = ? WHERE id = ?"
    ).execute(
      arguments: [
        place?.row, Int64(place?.head.seq ?? 0), place.map { Data($0.head.hash.bytes) }, row,
      ])
  }

  /// What a row follows; nil where its log begins with it.
  static func parent(of row: Int64, in db: Database) throws -> Place? {
    let found = try Row.fetchOne(
      db.cachedStatement(
        sql: "SELECT parent, parent_seq, parent_hash FROM origin WHERE id = ?"), arguments: [row])
    guard let found, let parent = found["parent"] as Int64?,
      let hash = (found["parent_hash"] as Data?).flatMap({ Digest32(Array($0)) })
    else { return nil }
    return Place(
      row: parent, head: LogHead(seq: UInt64(found["parent_seq"] as Int64), hash: hash))
  }

  /// The rows that a log is made of, the newest first, each with the last seq that counts.
  static func lineage(of row: Int64, in db: Database) throws -> [(row: Int64, last: Int64)] {
    var rows: [(row: Int64, last: Int64)] = [(row, .max)]
    while let parent = try parent(of: rows[rows.count - 1].row, in: db) {
      guard !rows.contains(where: { $0.row == parent.row }) else {
        throw StoreError(.damaged, "The log of an origin follows itself; run verify.")
      }
      rows.append((parent.row, min(Int64(parent.head.seq), rows[rows.count - 1].last)))
    }
    return rows
  }
}

extension [(row: Int64, last: Int64)] {
  /// Whether the entry of this row and seq is in the log.
  func contains(_ row: Int64, seq: Int64) -> Bool {
    contains { $0.row == row && seq <= $0.last }
  }

  /// Their ids as a list in SQL.
  var sql: String { "(" + map { "\($0.row)" }.joined(separator: ", ") + ")" }
}

/// Finds room for entries of others, beside whatever contradicts them (sync §8.4).
struct DeliveryPlaces {
  private let db: Database
  /// Rows of this device's own log, which only it writes.
  private let own: Set<Int64>
  private let insertion: EntryTable.Insertion
  private var segments: [Int: Int64] = [:]

  init(_ db: Database, own: [Int64], coded: CodedTables) throws {
    self.db = db
    self.own = Set(own)
    insertion = try EntryTable.insertion(db, coded: coded)
  }

  /// Stores an entry; false when it is stored already.
  mutating func insert(
    _ entry: Entry, of delivered: DeliveredSegment, index: Int, path: [Digest32]
  ) throws -> Bool {
    let origin = entry.envelope.origin
    let segment = try segments[index] ?? segmentRow(delivered)
    segments[index] = segment
    let first = try OriginTable.row(origin, key: delivered.publicKey, in: db)
    if !own.contains(first),
      try EntryTable.insert(
        entry, originRow: first, segment: segment, path: path, by: insertion, in: db)
    {
      return true
    }
    let known = try EntryTable.originRow(
      of: entry.hash, seq: entry.envelope.seq, origin: origin, in: db)
    guard known == nil else { return false }
    for row in try OriginTable.rows(origin, in: db) where row != first && !own.contains(row) {
      if try EntryTable.insert(
        entry, originRow: row, segment: segment, path: path, by: insertion, in: db)
      {
        return true
      }
    }
    let row = try OriginTable.addBranch(origin, key: delivered.publicKey, after: nil, in: db)
    return try EntryTable.insert(
      entry, originRow: row, segment: segment, path: path, by: insertion, in: db)
  }

  private func segmentRow(_ delivered: DeliveredSegment) throws -> Int64 {
    let origin = delivered.segment.origin
    _ = try OriginTable.row(origin, key: delivered.publicKey, in: db)
    for row in try OriginTable.rows(origin, in: db) {
      if let found = try EntryTable.segmentRow(delivered, originRow: row, in: db) { return found }
    }
    let row = try OriginTable.addBranch(origin, key: delivered.publicKey, after: nil, in: db)
    guard let made = try EntryTable.segmentRow(delivered, originRow: row, in: db) else {
      throw StoreError(.damaged, "A segment has no place in the store; run verify.")
    }
    return made
  }
}
