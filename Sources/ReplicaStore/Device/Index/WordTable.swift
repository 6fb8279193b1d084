internal import Foundation
internal import GRDB

/// The words of each record as the full-text index got them: it keeps no copy, and forgets only what it
/// is told again (at-rest §14.4).
enum WordTable {
  /// Writes the words of a record that has none here.
  static func write(_ id: Int64, _ words: [UInt8], in db: Database) throws {
    var statement = try BoundStatement(
      db, "INSERT INTO record_words(record, words) VALUES (?, ?)")
    statement.bind(id)
    statement.bind(utf8: words)
    try statement.run()
  }

  /// Deletes the words of a record.
  ///
  /// - Returns: what they were; nil when there are none, as for a record whose form cannot be read.
  static func remove(_ id: Int64, in db: Database) throws -> [UInt8]? {
    guard let words = try words(of: id, in: db) else { return nil }
    var statement = try BoundStatement(db, "DELETE FROM record_words WHERE record = ?")
    statement.bind(id)
    try statement.run()
    return words
  }

  /// The words of a record; nil when there are none.
  static func words(of id: Int64, in db: Database) throws -> [UInt8]? {
    try Data.fetchOne(
      db.cachedStatement(sql: "SELECT CAST(words AS BLOB) FROM record_words WHERE record = ?"),
      arguments: [id]
    ).map { Array($0) }
  }
}
