internal import Forms
internal import Foundation
internal import GRDB
internal import Identity
package import SyncCore

/// A record with everything of it that this replica can open, folded.
package struct LoadedRecord {
  package let record: RecordID
  package let form: String
  package let formVersion: UInt64
  package let entries: [Entry]
  package let state: RecordState
  /// Sealed sections that are here and can't be opened.
  package let unopened: Int
}

extension Replica {
  func load(_ record: RecordID, _ db: Database) throws -> LoadedRecord {
    guard let loaded = try loadIfHeld(record, db) else {
      throw StoreError(.notFound, "There is no such record in this replica.")
    }
    return loaded
  }

  func loadIfHeld(_ record: RecordID, _ db: Database) throws -> LoadedRecord? {
    let entries = try EntryTable.entries(ofRecord: record, in: db)
    guard let first = entries.first(where: { $0.envelope.kind.startsRecord }) ?? entries.first
    else { return nil }
    let key = try recordKey(record, in: db)
    var unopened = 0
    let folded = try entries.map { entry in
      var opened: [SensitivityClass: FieldWrites] = [:]
      for part in [SensitivityClass.sensitive, .identity] {
        guard let bytes = entry.section(part).bytes else { continue }
        let salt = entry.rootSalt.salt(of: part == .sensitive ? .sensitive : .identity)
        guard let key,
          let plain = try? sealer.open(bytes, part: part, record: record, salt: salt, key: key),
          let writes = try? decodeFieldWrites(plain, limits: limits)
        else {
          unopened += 1
          continue
        }
        opened[part] = writes
      }
      return try FoldedEntry(entry, opened: opened, limits: limits)
    }
    let form = first.envelope.form
    return LoadedRecord(
      record: record, form: form,
      formVersion: entries.map(\.envelope.formVersion).max() ?? 0, entries: entries,
      state: RecordFold(folded).state(under: try catalog(db).rules(form)), unopened: unopened)
  }
}

/// Keeps a record's row, its form's table and its words in step with its entries.
///
/// Everything here can be rebuilt from the entries; it exists so that a list, a search or an SQL
/// question costs what it shows, not what is stored.
struct RecordIndex {
  let replica: Replica
  let db: Database

  init(_ replica: Replica, _ db: Database) {
    self.replica = replica
    self.db = db
  }

  /// A record that was just created here: its answers are its state.
  func add(_ entry: Entry, form: Form, answers: Answers) throws {
    let envelope = entry.envelope
    let row = try insertRecord(
      envelope.record, form: form.name, area: envelope.area, creator: envelope.origin,
      epoch: envelope.epoch, claimed: envelope.claimed, changed: envelope.claimed,
      ownSeq: envelope.seq, entries: 1, conflicts: 0, withdrawn: false, unopened: 0,
      summary: Self.summary(form, answers), digest: entry.hash)
    try FormTable(form, replica, db).write(row, answers)
    try index(row, words: Self.words(envelope.record, form, answers), replacing: false)
  }

  /// Folds a record again after its entries changed.
  func refresh(_ record: RecordID) throws {
    guard let loaded = try replica.loadIfHeld(record, db),
      !loaded.form.hasPrefix(SystemForm.prefix)
    else { return try remove(record) }
    let first = loaded.entries.first { $0.envelope.kind.startsRecord } ?? loaded.entries[0]
    let own = loaded.entries.filter { $0.envelope.origin == replica.identity.origin }
    let form = try replica.catalog(db).newest(loaded.form)
    let answers = form.map { loaded.state.answers($0) } ?? Answers()
    let existed = try Int64.fetchOne(
      db, sql: "SELECT id FROM record WHERE record = ?", arguments: [Data(record.bytes)])
    let row = try insertRecord(
      record, form: loaded.form, area: loaded.state.area ?? first.envelope.area,
      creator: first.envelope.kind.startsRecord ? first.envelope.origin : nil,
      epoch: first.envelope.epoch, claimed: first.envelope.claimed,
      changed: loaded.entries.map(\.envelope.claimed).max() ?? 0,
      ownSeq: own.map(\.envelope.seq).max() ?? 0, entries: loaded.entries.count,
      conflicts: loaded.state.conflicts.count, withdrawn: loaded.state.isWithdrawn,
      unopened: loaded.unopened, summary: form.map { Self.summary($0, answers) } ?? "{}",
      digest: loaded.state.digest)
    guard let form else { return }
    try FormTable(form, replica, db).write(row, answers)
    try index(row, words: Self.words(record, form, answers), replacing: existed != nil)
  }

  /// Forgets the index of a record that is no longer held.
  func remove(_ record: RecordID) throws {
    guard
      let row = try Row.fetchOne(
        db, sql: "SELECT id, form FROM record WHERE record = ?", arguments: [Data(record.bytes)])
    else { return }
    let id = row["id"] as Int64
    try db.execute(sql: "DELETE FROM search WHERE rowid = ?", arguments: [id])
    if let form = try replica.catalog(db).newest(row["form"]) {
      try FormTable(form, replica, db).remove(id)
    }
    try db.execute(sql: "DELETE FROM record WHERE id = ?", arguments: [id])
  }

  private func insertRecord(
    _ record: RecordID, form: String, area: String, creator: OriginID?, epoch: UInt64,
    claimed: Int64, changed: Int64, ownSeq: UInt64, entries: Int, conflicts: Int, withdrawn: Bool,
    unopened: Int, summary: String, digest: Digest32
  ) throws -> Int64 {
    let statement = try db.cachedStatement(
      sql: """
        INSERT INTO record(record, code, form, area, creator, epoch, claimed, changed, arrival,
          own_seq, entries, conflicts, withdrawn, unopened, summary, digest)
        VALUES (?,?,?,?,?,?,?,?, (SELECT coalesce(max(arrival), 0) + 1 FROM record),?,?,?,?,?,?,?)
        ON CONFLICT(record) DO UPDATE SET area = excluded.area, creator = excluded.creator,
          epoch = excluded.epoch, claimed = excluded.claimed, changed = excluded.changed,
          arrival = excluded.arrival, own_seq = excluded.own_seq, entries = excluded.entries,
          conflicts = excluded.conflicts, withdrawn = excluded.withdrawn,
          unopened = excluded.unopened, summary = excluded.summary, digest = excluded.digest
        RETURNING id
        """)
    return try Int64.fetchOne(
      statement,
      arguments: [
        Data(record.bytes), PublicCode(of: record).description, form, area,
        creator.map { Data($0.bytes) }, Int64(epoch), claimed, changed, Int64(ownSeq), entries,
        conflicts, withdrawn ? 1 : 0, unopened, summary, Data(digest.bytes),
      ]) ?? 0
  }

  private func index(_ row: Int64, words: String, replacing: Bool) throws {
    if replacing {
      try db.cachedStatement(sql: "DELETE FROM search WHERE rowid = ?").execute(arguments: [row])
    }
    try db.cachedStatement(sql: "INSERT INTO search(rowid, words) VALUES (?, ?)")
      .execute(arguments: [row, words])
  }

  /// Everything of a record that a search may find: folded texts, and codes as single words.
  static func words(_ record: RecordID, _ form: Form, _ answers: Answers) -> String {
    var words = PublicCode(of: record).description.lowercased()
      .split(separator: "-").joined(separator: " ")
    func add(_ field: Field, _ answer: Answer?) {
      switch answer {
      case .value(.text(let text)) where field.choices != nil:
        words += " " + Self.codeWord(text)
      case .value(.text(let text)) where field.type != .record:
        words += " " + SearchFolding.fold(text)
      case .value(.integer(let number)): words += " \(number)"
      case .codes(let codes):
        for code in codes { words += " " + Self.codeWord(code) }
      default: break
      }
    }
    for field in form.fields where field.type.holdsAnswer {
      if let container = field.repeat {
        for instance in answers.repeats[form.fields[container].name] ?? [] {
          add(field, instance[field.name])
        }
      } else {
        add(field, answers.fields[field.name])
      }
    }
    return words
  }

  /// A code as one word of the index.
  static func codeWord(_ code: String) -> String {
    String(
      decoding: code.utf8.map { byte -> UInt8 in
        switch byte {
        case 0x41...0x5A: byte + 32
        case 0x61...0x7A, 0x30...0x39: byte
        default: 0x5F
        }
      }, as: UTF8.self)
  }

  /// The summary fields as a JSON object of codes and numbers.
  static func summary(_ form: Form, _ answers: Answers) -> String {
    var parts: [String] = []
    for name in form.summary {
      let text: String? =
        switch answers.fields[name] {
        case .value(.text(let text)): text
        case .value(.integer(let number)): "\(number)"
        case .value(.boolean(let flag)): flag ? "true" : "false"
        case .value(.decimal(let number)): number.description
        case .codes(let codes): codes.joined(separator: " ")
        default: nil
        }
      if let text { parts.append("\"\(name)\":\"\(text.jsonEscaped)\"") }
    }
    return "{" + parts.joined(separator: ",") + "}"
  }
}

extension String {
  fileprivate var jsonEscaped: String {
    var out = ""
    for scalar in unicodeScalars {
      switch scalar.value {
      case 0x22: out += "\\\""
      case 0x5C: out += "\\\\"
      case 0..<0x20: out += "\\u" + String(repeating: "0", count: 4 - String(scalar.value, radix: 16).count) + String(scalar.value, radix: 16)
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }
}
