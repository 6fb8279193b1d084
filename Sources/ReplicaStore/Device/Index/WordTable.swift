internal import Foundation
internal import GRDB

/// The words of records that wait for the full-text index (at-rest §14.4).
enum WordTable {
  static let schema = """
    DELETE FROM record_words WHERE record <= (SELECT value FROM setting WHERE name = 'indexed_record');
    CREATE VIRTUAL TABLE search_instance USING fts5vocab('search', 'instance');
    """

  static func write(_ id: Int64, _ words: [UInt8], in db: Database) throws {
    var statement = try BoundStatement(
      db, "INSERT INTO record_words(record, words) VALUES (?, ?)")
    statement.bind(id)
    statement.bind(utf8: words)
    try statement.run()
  }

  static func remove(_ id: Int64, in db: Database) throws {
    var statement = try BoundStatement(db, "DELETE FROM record_words WHERE record = ?")
    statement.bind(id)
    try statement.run()
  }

  /// Deletes those that are in the index now.
  static func remove(upTo last: Int64, in db: Database) throws {
    try db.cachedStatement(sql: "DELETE FROM record_words WHERE record <= ?")
      .execute(arguments: [last])
  }

  /// The words of a record; nil when it does not wait.
  static func words(of id: Int64, in db: Database) throws -> [UInt8]? {
    try Data.fetchOne(
      db.cachedStatement(sql: "SELECT CAST(words AS BLOB) FROM record_words WHERE record = ?"),
      arguments: [id]
    ).map { Array($0) }
  }
}
