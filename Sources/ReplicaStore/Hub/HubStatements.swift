internal import GRDB

/// The statements that a hub runs once for each entry, prepared when one transaction first needs them.
///
/// Finding one by its text costs about as much as running it.
final class HubStatements {
  private var entry: EntryTable.Insertion?
  private var knownRecord: BoundStatement?
  private var record: BoundStatement?
  private var node: BoundStatement?
  private var item: BoundStatement?

  private static func kept<Prepared>(
    _ known: inout Prepared?, _ prepare: () throws -> Prepared
  ) rethrows -> Prepared {
    if let known { return known }
    let prepared = try prepare()
    known = prepared
    return prepared
  }

  /// Stores an entry.
  func entry(_ db: Database) throws -> EntryTable.Insertion {
    try Self.kept(&entry) { try EntryTable.insertion(db, coded: nil) }
  }

  /// Finds a record by its id.
  func knownRecord(_ db: Database) throws -> BoundStatement {
    try Self.kept(&knownRecord) {
      try BoundStatement(db, "SELECT 1 FROM record WHERE \(BytePrefix.equals("record"))")
    }
  }

  /// Notes a record that is new here: record, area, form, creator, time, whether it is urgent.
  func record(_ db: Database) throws -> BoundStatement {
    try Self.kept(&record) {
      try BoundStatement(
        db,
        "INSERT INTO record(record, area, form, creator, received, urgent) VALUES (?, ?, ?, ?, ?, ?)")
    }
  }

  /// Stores a node of the hub log.
  func node(_ db: Database) throws -> BoundStatement {
    try Self.kept(&node) { try TreeNodeTable.storing(db) }
  }

  /// Puts an item at the end of a stream.
  func item(_ db: Database) throws -> BoundStatement {
    try Self.kept(&item) {
      try BoundStatement(
        db,
        """
        INSERT INTO stream_item(stream, position, kind, entry, record, statement, hash)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """)
    }
  }
}
