internal import Forms
internal import Foundation
internal import GRDB
internal import Identity
internal import SyncCore

/// Keeps a record's row and its words in step with its entries.
///
/// Everything here can be rebuilt from the entries; it exists so that a list or a search costs what it
/// shows, not what is stored. A record that changes gets a new row, behind all
/// others: the order of the rows is the order of a list.
///
/// One serves one transaction, and ``finish()`` ends it: words are written last, and many together
/// (``WaitingWords``). SQLite saves the full-text index's buffer to the file whenever a statement
/// between two insertions opens a savepoint, so that one by one each record would make a segment of
/// its own.
final class RecordIndex {
  private let replica: Replica
  private let db: Database
  private let reader: RecordReader
  private var known: [String: (form: Form, columns: FormColumns)] = [:]
  private var finding: BoundStatement?
  private var insertion: BoundStatement?
  /// What ``finish()`` writes into the full-text index, and what it takes out before. The index keeps
  /// no copy, so what goes must be what came.
  private var coming: [Int64: [UInt8]] = [:]
  private var going: [RowWords] = []
  private typealias RowWords = (row: Int64, words: [UInt8])

  init(_ replica: Replica, _ db: Database) {
    self.replica = replica
    self.db = db
    reader = RecordReader(replica, db)
  }

  /// The columns of a form, which stay the same for the transaction.
  func columns(_ form: Form) throws -> FormColumns {
    if let known = known[form.name], known.form === form { return known.columns }
    let columns = try FormColumns.known(form, replica, db)
    known[form.name] = (form, columns)
    return columns
  }

  /// A record that was just created here: its answers are its state.
  func add(
    _ entry: Entry, _ columns: FormColumns, _ row: FormColumns.Row, summary: String, code: String
  ) throws {
    let envelope = entry.envelope
    let line = IndexedRecord.Line(
      record: envelope.record, code: code, form: envelope.form, area: envelope.area,
      creator: envelope.origin, epoch: envelope.epoch, claimed: envelope.claimed,
      changed: envelope.claimed, ownSeq: envelope.seq, entries: 1, conflicts: 0, held: nil,
      withdrawn: false, unopened: 0, summary: summary, digest: entry.hash)
    let id = try insert(line)
    let words = SearchWords(code: code, columns, row).text
    coming[id] = words
    try WordTable.write(id, words, in: db)
  }

  /// Folds a record again after its entries changed.
  func refresh(_ record: RecordID) throws { try refresh([record], stored: [:]) }

  /// Folds records again after their entries changed.
  ///
  /// - Parameter stored: their entries that this transaction stored, in that order.
  func refresh(_ records: [RecordID], stored: [RecordID: [Entry]]) throws {
    guard !records.isEmpty else { return }
    let catalog = try replica.catalog(db)
    let folder = RecordFolder(replica, catalog)
    var folding: Folding?
    for first in stride(from: 0, to: records.count, by: Self.foldedAtOnce) {
      let some = records[first..<min(records.count, first + Self.foldedAtOnce)]
      // Some are folded while those before them are written.
      let changes = try some.map { try change(of: $0, stored: stored[$0] ?? [], catalog) }
      let next = Folding(changes, folder)
      try folding.map { try apply($0) }
      folding = next
    }
    try folding.map { try apply($0) }
  }

  /// Twice so many records are in memory at once, some kilobytes each.
  private static let foldedAtOnce = 128

  private func apply(_ folding: Folding) throws {
    for (change, indexed) in zip(folding.changes, try folding.indexed()) {
      try apply(indexed, change)
    }
  }

  /// Records that are being folded by other threads; by this one where they are few.
  private struct Folding {
    let changes: [Change]
    let indexed: () throws -> [IndexedRecord?]

    init(_ changes: [Change], _ folder: RecordFolder) {
      self.changes = changes
      indexed = changes.mapMeanwhile { try $0.indexed(by: folder) }
    }
  }

  /// A record that has to be folded again, with what the index says of it besides its fold.
  private struct Change: Sendable {
    let record: RecordID
    /// Nil for what is not listed: nothing is here any more, or it is the toolkit's own.
    let parts: RecordParts?
    var columns: FormColumns?
    /// An entry under an origin that was closed may be of another branch, and so not this device's.
    var ownSeq: Int64 = 0
    /// What the hub said of this device's own entries (sync §4).
    var hubWords: [EntryHash: String] = [:]

    func indexed(by folder: RecordFolder) throws -> IndexedRecord? {
      try parts.map {
        IndexedRecord(try folder.fold($0), columns, ownSeq: ownSeq, hubWords: hubWords)
      }
    }
  }

  private func change(
    of record: RecordID, stored: [Entry], _ catalog: FormCatalog
  ) throws -> Change {
    guard let parts = try reader.parts(of: record, stored: stored) else {
      return Change(record: record, parts: nil)
    }
    let form = parts.entries.startingRecord.envelope.form
    guard !form.hasPrefix(SystemForm.prefix) else { return Change(record: record, parts: nil) }
    var change = Change(record: record, parts: parts)
    change.columns = try catalog.readable(form).map(columns)
    // What came just now is nobody's own, and the hub said nothing of it.
    if parts.entries.count > stored.count {
      change.ownSeq = try ownSeq(record)
      change.hubWords = try hubWords(record)
    }
    return change
  }

  private func apply(_ indexed: IndexedRecord?, _ change: Change) throws {
    try remove(change.record)
    guard let indexed else { return }
    let id = try insert(indexed.line)
    coming[id] = indexed.words
    guard change.columns != nil else { return }
    try replica.noteFiles(indexed.files, change.record, in: db)
    try WordTable.write(id, indexed.words, in: db)
  }

  private func ownSeq(_ record: RecordID) throws -> Int64 {
    try Int64.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT max(seq) FROM entry
          WHERE \(BytePrefix.equals("record")) AND origin IN \(replica.ownLog(db).sql)
          """), arguments: [Data(record.bytes)]) ?? 0
  }

  /// What the hub said of this device's own entries in a record (sync §4).
  private func hubWords(_ record: RecordID) throws -> [EntryHash: String] {
    let rows = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT hash, held FROM entry WHERE \(BytePrefix.equals("record")) AND held IS NOT NULL
          """),
      arguments: [Data(record.bytes)])
    var words: [EntryHash: String] = [:]
    for row in rows {
      if let hash = EntryHash(Array(row["hash"] as Data)) { words[hash] = row["held"] }
    }
    return words
  }

  /// Forgets the index of a record, which is no longer here or gets another row.
  func remove(_ record: RecordID) throws {
    var looking = try finding ?? BoundStatement(
      db, "SELECT id, code FROM record WHERE \(BytePrefix.equals("record"))")
    finding = looking
    looking.bind(record)
    guard let (id, code) = try looking.first({ ($0.integer(0), $0.text(1)) }) else { return }
    let words = try WordTable.remove(id, in: db)
    if coming.removeValue(forKey: id) == nil {
      going.append((id, words ?? SearchWords(code: code).text))
    }
    var statement = try BoundStatement(db, "DELETE FROM record WHERE id = ?")
    statement.bind(id)
    try statement.run()
  }

  /// Takes the words of what was removed or refreshed out of the full-text index, and puts in what
  /// came when enough of it waits.
  func finish() throws {
    guard !going.isEmpty || !coming.isEmpty else { return }
    let indexed = try WaitingWords.indexed(db)
    defer { (going, coming) = ([], [:]) }
    try run(
      "INSERT INTO search(search, rowid, words) VALUES ('delete', ?, ?)",
      going.filter { $0.row <= indexed })
    var last = indexed
    // A number that became free behind the last one may have been taken again.
    var words: [RowWords] = coming.filter { $0.key <= indexed }.map { ($0.key, $0.value) }
    if coming.keys.contains(where: { $0 - indexed >= WaitingWords.most }) {
      try WaitingWords.each(after: indexed, in: db) { row, stored in
        words.append((row, try coming[row] ?? stored()))
        last = row
      }
    }
    try run("INSERT INTO search(rowid, words) VALUES (?, ?)", words)
    if last > indexed { try SettingTable(db: db).set(SettingName.indexedRecord, last) }
  }

  private func run(_ sql: String, _ all: [RowWords]) throws {
    guard !all.isEmpty else { return }
    var statement = try BoundStatement(db, sql)
    for (row, words) in all {
      statement.bind(row)
      statement.bind(utf8: words)
      try statement.run()
    }
  }

  // MARK: The record's row

  private func insert(_ line: IndexedRecord.Line) throws -> Int64 {
    var statement =
      try insertion
      ?? BoundStatement(
        db,
        """
        INSERT INTO record(record, code, form, area, creator, epoch, claimed, changed,
          own_seq, entries, conflicts, held, withdrawn, unopened, summary, digest)
        VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
        """)
    insertion = statement
    statement.bind(line.record)
    statement.bind(line.code)
    statement.bind(line.form)
    try bind(line, &statement)
    try statement.run()
    return db.lastInsertedRowID
  }

  private func bind(_ line: IndexedRecord.Line, _ statement: inout BoundStatement) throws {
    statement.bind(line.area)
    if let creator = line.creator { statement.bind(creator) } else { statement.bindNull() }
    statement.bind(line.epoch)
    statement.bind(line.claimed)
    statement.bind(line.changed)
    statement.bind(line.ownSeq)
    statement.bind(line.entries)
    statement.bind(line.conflicts)
    if let held = line.held { statement.bind(held) } else { statement.bindNull() }
    statement.bind(line.withdrawn ? 1 : 0)
    statement.bind(line.unopened)
    statement.bind(line.summary)
    statement.bind(line.digest)
  }
}
