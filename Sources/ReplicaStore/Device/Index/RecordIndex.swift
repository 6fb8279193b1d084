internal import Forms
internal import Foundation
internal import GRDB
internal import Identity
internal import SyncCore

/// Keeps a record's row, its form's table and its words in step with its entries.
///
/// Everything here can be rebuilt from the entries; it exists so that a list, a search or an SQL
/// question costs what it shows, not what is stored. A record that changes gets a new row, behind all
/// others: the order of the rows is the order of a list.
///
/// One serves one transaction, and ``finish()`` ends it: words are written last, and many together
/// (``WaitingWords``). SQLite saves the full-text index's buffer to the file whenever a statement
/// between two insertions opens a savepoint, so that one by one each record would make a segment of
/// its own.
final class RecordIndex {
  private let replica: Replica
  private let db: Database
  private var tables: [String: FormTable] = [:]
  private var insertion: BoundStatement?
  /// What ``finish()`` writes into the full-text index, and what it takes out before. The index keeps
  /// no copy, so what goes must be what came.
  private var coming: [Int64: [UInt8]] = [:]
  private var going: [RowWords] = []
  private typealias RowWords = (row: Int64, words: [UInt8])

  init(_ replica: Replica, _ db: Database) {
    self.replica = replica
    self.db = db
  }

  /// The table of a form, which stays the same for the transaction.
  func table(_ form: Form) throws -> FormTable {
    if let known = tables[form.name], known.form === form { return known }
    let table = try FormTable(form, replica, db)
    tables[form.name] = table
    return table
  }

  /// A record that was just created here: its answers are its state.
  func add(
    _ entry: Entry, _ table: FormTable, _ row: FormColumns.Row, summary: String, code: String
  ) throws {
    let envelope = entry.envelope
    let line = Line(
      record: envelope.record, code: code, form: envelope.form, area: envelope.area,
      creator: envelope.origin, epoch: envelope.epoch, claimed: envelope.claimed,
      changed: envelope.claimed, ownSeq: envelope.seq, entries: 1, conflicts: 0, held: nil,
      withdrawn: false, unopened: 0, summary: summary, digest: entry.hash)
    try write(row, try insert(line), code: code, table)
  }

  /// The row of the form's table, and the words.
  private func write(
    _ row: FormColumns.Row, _ id: Int64, code: String, _ table: FormTable
  ) throws {
    let words = SearchWords(code: code, table.columns, row).text
    try table.write(id, row, words: words)
    coming[id] = words
  }

  /// Folds a record again after its entries changed.
  ///
  /// - Parameter stored: its entries that this transaction stored, in that order.
  func refresh(_ record: RecordID, stored: [Entry] = []) throws {
    guard let loaded = try replica.loadIfHeld(record, db, stored: stored),
      !loaded.form.hasPrefix(SystemForm.prefix)
    else { return try remove(record) }
    let first = loaded.entries.first { $0.envelope.kind.startsRecord } ?? loaded.entries[0]
    // An entry under an origin that was closed may be of another branch, and so not this device's.
    let ownSeq = try Int64.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT max(seq) FROM entry
          WHERE \(BytePrefix.equals("record")) AND origin IN \(replica.ownLog(db).sql)
          """), arguments: [Data(record.bytes)]) ?? 0
    let form = try replica.catalog(db).readable(loaded.form)
    let answers = form.map { loaded.state.answers($0) } ?? Answers()
    let code = PublicCode(of: record).description
    let line = Line(
      record: record, code: code, form: loaded.form,
      area: loaded.state.area ?? first.envelope.area,
      creator: first.envelope.kind.startsRecord ? first.envelope.origin : nil,
      epoch: first.envelope.epoch, claimed: first.envelope.claimed,
      changed: loaded.entries.map(\.envelope.claimed).max() ?? 0,
      ownSeq: UInt64(ownSeq), entries: loaded.entries.count,
      conflicts: loaded.state.conflicts.count, held: loaded.held(hubWords: try hubWords(record)),
      withdrawn: loaded.state.isWithdrawn,
      unopened: loaded.unopened, summary: form.map { SummaryText($0, answers).text } ?? "{}",
      digest: loaded.state.digest)
    try remove(record)
    let id = try insert(line)
    guard let form else {
      coming[id] = SearchWords(code: code).text
      return
    }
    try replica.noteFiles(loaded.state, form, record, in: db)
    let table = try table(form)
    try write(table.columns.row(answers), id, code: code, table)
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
    let found = try Row.fetchOne(
      db.cachedStatement(
        sql: "SELECT id, form, code FROM record WHERE \(BytePrefix.equals("record"))"),
      arguments: [Data(record.bytes)])
    guard let found else { return }
    let id: Int64 = found["id"]
    let words = try FormTable.removeRow(id, form: found["form"], in: db)
    if coming.removeValue(forKey: id) == nil {
      going.append((id, words ?? SearchWords(code: found["code"]).text))
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

  /// What `record` holds of one record.
  private struct Line {
    var record: RecordID
    var code: String
    var form: String
    var area: String
    var creator: OriginID?
    var epoch: UInt64
    var claimed: Int64
    var changed: Int64
    var ownSeq: UInt64
    var entries: Int
    var conflicts: Int
    var held: String?
    var withdrawn: Bool
    var unopened: Int
    var summary: String
    var digest: Digest32
  }

  private func insert(_ line: Line) throws -> Int64 {
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

  private func bind(_ line: Line, _ statement: inout BoundStatement) throws {
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
