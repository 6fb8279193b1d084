internal import GRDB
internal import Identity
internal import SyncCore

/// Reads what records are folded from. One serves one transaction.
final class RecordReader {
  private let replica: Replica
  private let db: Database
  private let coded: CodedTables
  private var counting: BoundStatement?
  private var assigning: BoundStatement?

  init(_ replica: Replica, _ db: Database) {
    self.replica = replica
    self.db = db
    coded = CodedTables(replica, db)
  }

  /// Everything of a record that is here; nil when that is nothing.
  ///
  /// - Parameter stored: entries of it that were just checked and stored, in that order: when it has
  ///   no others, they need not be read and checked again.
  func parts(of record: RecordID, stored: [Entry] = []) throws -> RecordParts? {
    let entries = try holds(nothingBut: stored, of: record)
      ? stored : EntryTable.entries(ofRecord: record, coded: coded, in: db)
    guard !entries.isEmpty else { return nil }
    let creating = entries.first { $0.envelope.kind == .create }
    return RecordParts(
      record: record, entries: entries,
      keys: try keys(of: record, createdBy: creating?.envelope))
  }

  /// Whether these are all entries of a record that are here.
  func holds(nothingBut stored: [Entry], of record: RecordID) throws -> Bool {
    guard !stored.isEmpty else { return false }
    var statement = try counting ?? BoundStatement(
      db, "SELECT count(*) FROM entry WHERE \(BytePrefix.equals("record"))")
    counting = statement
    statement.bind(record)
    return try statement.first { $0.integer(0) } == Int64(stored.count)
  }

  /// The keys that a record may have: as it was assigned, or by the epoch of the origin that created
  /// it. More than one only where a fork gave an epoch two secrets.
  ///
  /// - Parameter envelope: of the entry that created it, looked at only where it was not assigned.
  func keys(
    of record: RecordID, createdBy envelope: @autoclosure () throws -> Envelope?
  ) throws -> [RecordKey] {
    var statement = try assigning ?? BoundStatement(
      db, "SELECT key FROM record_key WHERE record = ?")
    assigning = statement
    statement.bind(record)
    if let key = try statement.first({ RecordKey($0.bytes(0)) }) ?? nil { return [key] }
    return try envelope().map { try replica.recordKeys(createdBy: $0, in: db) } ?? []
  }
}
