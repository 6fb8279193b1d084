internal import Foundation
internal import GRDB
internal import Identity
internal import SyncCore

/// The authority statements that a store has accepted, as signed (identity §3).
enum StatementTable {
  static let schema = """
    CREATE TABLE statement (
      id INTEGER PRIMARY KEY,
      leaf_hash BLOB NOT NULL UNIQUE,
      leaf INTEGER,
      bytes BLOB NOT NULL
    ) STRICT;
    """

  @discardableResult
  static func insert(
    _ statement: SignedStatement, leaf: UInt64? = nil, in db: Database
  ) throws -> Int64 {
    try db.cachedStatement(
      sql: "INSERT INTO statement(leaf_hash, leaf, bytes) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
    ).execute(arguments: [
      Data(statement.hash.bytes), leaf.map { Int64($0) }, Data(statement.encoded),
    ])
    return db.lastInsertedRowID
  }

  /// Everything accepted so far, as a book; each signature is checked again.
  static func book(
    programme: ProgrammeIdentity, verifier: any SignatureVerifying, in db: Database
  ) throws -> StatementBook {
    var book = StatementBook(programme: programme.id)
    for bytes in try Data.fetchAll(
      db.cachedStatement(sql: "SELECT bytes FROM statement ORDER BY id"))
    {
      let signed = try SignedStatement(
        encoded: Array(bytes), programme: programme, verifier: verifier)
      _ = try book.accept(signed)
    }
    return book
  }
}
