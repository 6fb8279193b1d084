internal import Forms
internal import Foundation
internal import GRDB
internal import Identity
internal import SyncCore

/// Keeps a record's row, its form's table and its words in step with its entries.
///
/// Everything here can be rebuilt from the entries; it exists so that a list, a search or an SQL
/// question costs what it shows, not what is stored.
///
/// One serves one transaction, and ``finish()`` ends it: words are written last, together. SQLite
/// saves the full-text index's buffer to the file whenever a statement between two insertions opens
/// a savepoint, so that one by one each record would make a segment of its own.
final class RecordIndex {
  private let replica: Replica
  private let db: Database
  private var tables: [String: FormTable] = [:]
  private var arrival: Int64?
  private var insertion: BoundStatement?
  private var words: [Words] = []

  private struct Words {
    let row: Int64
    let text: [UInt8]
    let isNew: Bool
  }

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
    let id = try insert(line)
    try table.write(id, row, isNew: true)
    words.append(
      Words(row: id, text: SearchWords(code: code, table.columns, row).text, isNew: true))
  }

  /// Folds a record again after its entries changed.
  func refresh(_ record: RecordID) throws {
    guard let loaded = try replica.loadIfHeld(record, db),
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
    let existing = try row(of: record)
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
    if let existing { try update(existing, line) }
    let id = try existing ?? insert(line)
    guard let form else { return }
    try replica.noteFiles(loaded.state, form, record, in: db)
    let table = try table(form)
    let row = table.columns.row(answers)
    try table.write(id, row, isNew: existing == nil)
    words.append(
      Words(
        row: id, text: SearchWords(code: code, table.columns, row).text, isNew: existing == nil))
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

  /// Forgets the index of a record that is no longer here.
  func remove(_ record: RecordID) throws {
    guard let id = try row(of: record) else { return }
    let form = try String.fetchOne(db.cachedStatement(sql: "SELECT form FROM record WHERE id = ?"), arguments: [id])
    words.removeAll { $0.row == id }
    try db.execute(sql: "DELETE FROM search WHERE rowid = ?", arguments: [id])
    if let form = try form.flatMap({ try replica.catalog(db).readable($0) }) {
      try table(form).remove(id)
    }
    try db.execute(sql: "DELETE FROM record WHERE id = ?", arguments: [id])
  }

  /// Writes the words of everything that was added or refreshed.
  func finish() throws {
    guard !words.isEmpty else { return }
    for old in words where !old.isNew {
      var statement = try BoundStatement(db, "DELETE FROM search WHERE rowid = ?")
      statement.bind(old.row)
      try statement.run()
    }
    // The last words of a record that changed twice are the ones that hold.
    var latest: [Int64: Int] = [:]
    for (index, word) in words.enumerated() { latest[word.row] = index }
    var statement = try BoundStatement(db, "INSERT INTO search(rowid, words) VALUES (?, ?)")
    for (index, word) in words.enumerated() where latest[word.row] == index {
      statement.bind(word.row)
      statement.bind(utf8: word.text)
      try statement.run()
    }
    words = []
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

  private func row(of record: RecordID) throws -> Int64? {
    try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT id FROM record WHERE \(BytePrefix.equals("record"))"),
      arguments: [Data(record.bytes)])
  }

  /// Nobody else writes while the transaction lasts, so the greatest is read once.
  private func nextArrival() throws -> Int64 {
    let last = try arrival ?? Int64.fetchOne(db.cachedStatement(sql: "SELECT max(arrival) FROM record")) ?? 0
    arrival = last + 1
    return last + 1
  }

  private func insert(_ line: Line) throws -> Int64 {
    var statement =
      try insertion
      ?? BoundStatement(
        db,
        """
        INSERT INTO record(record, code, form, area, creator, epoch, claimed, changed, arrival,
          own_seq, entries, conflicts, held, withdrawn, unopened, summary, digest)
        VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
        """)
    insertion = statement
    statement.bind(line.record)
    statement.bind(line.code)
    statement.bind(line.form)
    try bind(line, &statement)
    try statement.run()
    return db.lastInsertedRowID
  }

  private func update(_ row: Int64, _ line: Line) throws {
    var statement = try BoundStatement(
      db,
      """
      UPDATE record SET area = ?, creator = ?, epoch = ?, claimed = ?, changed = ?, arrival = ?,
        own_seq = ?, entries = ?, conflicts = ?, held = ?, withdrawn = ?, unopened = ?,
        summary = ?, digest = ? WHERE id = ?
      """)
    try bind(line, &statement)
    statement.bind(row)
    try statement.run()
  }

  private func bind(_ line: Line, _ statement: inout BoundStatement) throws {
    statement.bind(line.area)
    if let creator = line.creator { statement.bind(creator) } else { statement.bindNull() }
    statement.bind(line.epoch)
    statement.bind(line.claimed)
    statement.bind(line.changed)
    statement.bind(try nextArrival())
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
