public import Forms
internal import Foundation
internal import GRDB
internal import Identity
public import SyncCore

/// One line of a list (cli `list`, `find`).
public struct RecordLine: Sendable, Hashable {
  public enum State: String, Sendable, Hashable {
    case saved, received, quarantined, conflict
  }
  public let record: RecordID
  public let code: String
  public let form: String
  public let area: String
  public let state: State
  /// Beside the state: whether all of this device's part is under a checked receipt.
  public let isReceived: Bool
  public let conflicts: Int
  public let isWithdrawn: Bool
  public let isOwn: Bool
  /// Seconds since 1970, as claimed by whoever created and last changed it.
  public let created: Int64
  public let changed: Int64
  /// Sealed sections that can't be opened here.
  public let unopened: Int
  /// Codes and numbers of the form's summary fields, as a JSON object.
  public let summary: String
}

/// What to list.
public struct RecordFilter: Sendable {
  public var form: String?
  public var state: RecordLine.State?
  public var area: String?
  /// Seconds since 1970.
  public var since: Int64?
  public var limit: Int?
  public init(
    form: String? = nil, state: RecordLine.State? = nil, area: String? = nil, since: Int64? = nil,
    limit: Int? = nil
  ) {
    self.form = form
    self.state = state
    self.area = area
    self.since = since
    self.limit = limit
  }
}

extension Replica {
  /// Records, the one that changed last here first.
  public func list(_ filter: RecordFilter = RecordFilter()) throws -> [RecordLine] {
    var lines: [RecordLine] = []
    try list(filter) { lines.append($0) }
    return lines
  }

  /// The same, handed on one after the other while the file is read: nobody can write to it before
  /// this returns.
  public func list(
    _ filter: RecordFilter = RecordFilter(), each body: (RecordLine) throws -> Void
  ) throws {
    try read { try lines($0, filter, matching: nil, body) }
  }

  /// Records in which every word of the text occurs: as a prefix, in any spelling that
  /// ``SearchFolding`` makes one, or as a word of the label of a code.
  public func find(_ text: String, _ filter: RecordFilter = RecordFilter()) throws -> [RecordLine] {
    var lines: [RecordLine] = []
    try find(text, filter) { lines.append($0) }
    return lines
  }

  /// The same, handed on as ``list(_:each:)`` does.
  public func find(
    _ text: String, _ filter: RecordFilter = RecordFilter(),
    each body: (RecordLine) throws -> Void
  ) throws {
    let words = SearchFolding.words(text).prefix(16)
    guard !words.isEmpty else { return }
    try read { db in
      try lines(db, filter, matching: words.map { try SearchTerm($0, in: db) }, body)
    }
  }

  private func lines(
    _ db: Database, _ filter: RecordFilter, matching: [SearchTerm]?,
    _ body: (RecordLine) throws -> Void
  ) throws {
    let received = try SettingTable(db: db).integer(SettingName.receivedSeq) ?? 0
    var sql = "SELECT \(Self.lineColumns) FROM record r WHERE TRUE"
    var arguments: StatementArguments = []
    if let matching {
      sql += " AND r.id IN (SELECT rowid FROM search WHERE search MATCH ?"
      for id in try WaitingWords.matching(matching, in: db) { sql += " UNION ALL SELECT \(id)" }
      sql += ")"
      arguments += [matching.map(\.match).joined(separator: " AND ")]
    }
    if let form = filter.form {
      sql += " AND r.form = ?"
      arguments += [form]
    }
    if let area = filter.area {
      sql += " AND r.area = ?"
      arguments += [area]
    }
    if let since = filter.since {
      sql += " AND r.changed >= ?"
      arguments += [since]
    }
    switch filter.state {
    case .conflict: sql += " AND r.conflicts > 0"
    case .quarantined: sql += " AND r.held IS NOT NULL"
    case .saved:
      sql += " AND r.own_seq > ?"
      arguments += [received]
    case .received:
      sql += " AND r.own_seq <= ?"
      arguments += [received]
    case nil: break
    }
    sql += " ORDER BY r.id DESC"
    if let limit = filter.limit {
      sql += " LIMIT ?"
      arguments += [limit]
    }
    let own = Array(ownOrigins)
    try SteppedRow.each(db.makeStatement(sql: sql), arguments, in: db) {
      try body(Self.line($0, received: received, own: own))
    }
  }

  /// The line of one record, as a list shows it; nil when there is none in this replica.
  func line(of record: RecordID, _ db: Database) throws -> RecordLine? {
    let received = try SettingTable(db: db).integer(SettingName.receivedSeq) ?? 0
    let own = Array(ownOrigins)
    var found: RecordLine?
    let statement = try db.cachedStatement(
      sql: "SELECT \(Self.lineColumns) FROM record WHERE \(BytePrefix.equals("record"))")
    try SteppedRow.each(statement, [Data(record.bytes)], in: db) {
      found = Self.line($0, received: received, own: own)
    }
    return found
  }

  /// What ``line(_:received:own:)`` reads, in its order: finding a column by its name costs more
  /// than reading it.
  private static let lineColumns = """
    record, code, form, area, held, own_seq, conflicts, withdrawn, creator, claimed, changed,
    unopened, summary
    """

  private static func line(_ row: SteppedRow, received: Int64, own: [OriginID]) -> RecordLine {
    let isReceived = row.integer(5) <= received
    let conflicts = Int(row.integer(6))
    let state: RecordLine.State =
      if !row.isNull(4) {
        .quarantined
      } else if conflicts > 0 {
        .conflict
      } else {
        isReceived ? .received : .saved
      }
    return RecordLine(
      record: RecordID(row.bytes(0)) ?? RecordID(high: 0, low: 0), code: row.text(1),
      form: row.text(2), area: row.text(3), state: state, isReceived: isReceived,
      conflicts: conflicts, isWithdrawn: row.integer(7) != 0,
      isOwn: OriginID(row.bytes(8)).map { own.contains($0) } ?? false, created: row.integer(9),
      changed: row.integer(10), unopened: Int(row.integer(11)), summary: row.text(12))
  }

  /// Finds a record by any unique prefix of its id, or by its public code.
  public func find(id text: String) throws -> RecordID {
    let found: [Data] = try read { db in
      if let code = PublicCode(text) {
        // Both halves are words of the full-text index, so that codes need none of their own.
        let byCode = try Data.fetchAll(
          db.cachedStatement(
            sql: """
              SELECT record FROM record
              WHERE id IN (SELECT rowid FROM search WHERE search MATCH ?
                UNION ALL SELECT id FROM record WHERE id > ?) AND code = ? LIMIT 2
              """),
          arguments: [SearchWords.match(code), WaitingWords.indexed(db), code.description])
        if !byCode.isEmpty { return byCode }
      }
      let hex = text.lowercased()
      guard (4...32).contains(hex.utf8.count), let low = [UInt8](hex: hex.padded(with: "0")),
        let high = [UInt8](hex: hex.padded(with: "f"))
      else { return [] }
      return try Data.fetchAll(
        db.cachedStatement(
          sql: "SELECT record FROM record WHERE \(BytePrefix.between("record")) LIMIT 2"),
        arguments: [Data(low), Data(high)])
    }
    guard let first = found.first, let record = RecordID(Array(first)) else {
      throw StoreError(.notFound, "No record of this replica has that id or code.")
    }
    guard found.count == 1 else {
      throw StoreError(.ambiguous, "More than one record begins with that; give more digits.")
    }
    return record
  }

  /// One record with everything of it that this replica can open.
  public func show(_ record: RecordID) throws -> RecordView {
    try read { db in
      let loaded = try load(record, db)
      let received = try SettingTable(db: db).integer(SettingName.receivedSeq) ?? 0
      guard let line = try line(of: record, db) else {
        throw StoreError(.notFound, "There is no such record in this replica.")
      }
      let own = try ownLog(db)
      var entries: [RecordView.Change] = []
      for entry in loaded.entries {
        let stored = try Row.fetchOne(
          db.cachedStatement(
            sql: "SELECT e.origin, e.seq, e.leaf, e.held \(EntryTable.atPlace)"),
          arguments: [
            Data(entry.envelope.origin.bytes), Int64(clamping: entry.envelope.seq),
            Data(entry.hash.bytes),
          ])
        let isOwn = stored.map { own.contains($0["origin"], seq: $0["seq"]) } ?? false
        entries.append(
          RecordView.Change(
            entry: entry, isOwn: isOwn,
            isReceived: !isOwn || Int64(entry.envelope.seq) <= received,
            provenBy: try provenTime(leaf: stored?["leaf"], in: db),
            held: stored?["held"] ?? loaded.judged[entry.hash]))
      }
      return RecordView(
        line: line, form: try catalog(db).readable(loaded.form),
        state: loaded.state, changes: entries)
    }
  }

  /// When the first timestamped checkpoint that contains a leaf was signed.
  private func provenTime(leaf: Int64?, in db: Database) throws -> UInt64? {
    guard let leaf else { return nil }
    let bytes = try Data.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT bytes FROM checkpoint WHERE size > ?
            AND hub_epoch = (SELECT max(hub_epoch) FROM checkpoint)
          ORDER BY size LIMIT 1
          """), arguments: [leaf])
    return bytes.flatMap { CheckpointSeal(bytes: Array($0)) }?.time
  }

  /// Every field that a person should decide about.
  public func conflicts() throws -> [(line: RecordLine, fields: [FieldState])] {
    try list(RecordFilter(state: .conflict)).map { line in
      (line, try read { try load(line.record, $0).state.conflicts })
    }
  }
}

/// One record for a person to look at (cli `show`).
public struct RecordView: Sendable {
  public struct Change: Sendable {
    public let entry: Entry
    public let isOwn: Bool
    public let isReceived: Bool
    /// Seconds since 1970 of the hub's first checkpoint over it, for this device's own entries.
    public let provenBy: UInt64?
    public let held: String?
  }
  public let line: RecordLine
  public let form: Form?
  public let state: RecordState
  public let changes: [Change]
}

extension String {
  fileprivate func padded(with digit: Character) -> String {
    self + String(repeating: digit, count: max(0, 32 - count))
  }
}
