public import Forms
internal import Foundation
internal import GRDB
internal import Identity
public import SyncCore

/// Recording and changing records (cli `new`, `edit`, `note`, `resolve`, `withdraw`, …).
extension Replica {
  /// What the form made of the answers, when it does not accept them.
  public struct Refusal: Error, Sendable {
    public let findings: [Finding]
    public init(findings: [Finding]) { self.findings = findings }
  }

  /// Records one report. Durable on return.
  ///
  /// - Parameters:
  ///   - draft: a draft that became this record; it goes in the same transaction, so that a
  ///     crash leaves either the draft or the record, never both.
  ///   - name: the form's name; its newest version is used.
  ///   - answers: as the person gave them; defaults and calculations are filled in.
  ///   - files: those that answers name; sealed and saved with the record, or not at all.
  /// - Throws: ``Refusal`` for invalid answers; ``StoreError`` with `notFound` for an unknown form.
  public func record(
    form name: String, answers: Answers, draft: Bytes16? = nil, files: [AttachmentContent] = []
  ) throws -> Saved {
    try write { author in
      let saved = try self.create(name, answers, files, &author)
      try self.discard(draft, author.db)
      return saved
    }
  }

  /// Records many, in one durable transaction; an invalid one is refused alone (cli `import`).
  public func record(
    form name: String, batch: [Answers]
  ) throws -> [Result<Saved, Refusal>] {
    try write { author in
      try batch.map { answers in
        do { return .success(try self.create(name, answers, [], &author)) } catch let refusal
          as Refusal
        { return .failure(refusal) }
      }
    }
  }

  /// Checks answers without saving (cli `import --dry-run`, prompts).
  public func check(form name: String, answers: Answers, amending: Bool = false) throws -> Evaluation {
    try read { db in
      let form = try requireForm(name, db)
      return form.evaluate(answers, try context(db, fillsDefaults: !amending))
    }
  }

  /// Changes answers of a record: only fields whose value differs are written, each naming the
  /// writes it saw (merge §2).
  ///
  /// - Parameters:
  ///   - draft: the draft that these answers come from, which then goes.
  ///   - record: a record that this replica holds.
  ///   - changed: only the answers that change.
  ///   - files: those that answers name.
  public func edit(
    _ record: RecordID, answers changed: Answers, draft: Bytes16? = nil,
    files: [AttachmentContent] = []
  ) throws -> Saved {
    try write { author in
      let loaded = try self.load(record, author.db)
      let form = try self.requireForm(of: loaded, author.db)
      let before = loaded.state.answers(form)
      let sealing = try FileSealing(
        files, record: record, key: try self.requireRecordKey(record, author.db))
      let changed = sealing.answers(changed, form)
      var wanted = before
      for (name, answer) in changed.fields { wanted.fields[name] = answer }
      for (name, instances) in changed.repeats {
        for (n, instance) in instances.enumerated() {
          for (field, answer) in instance {
            wanted[FieldPath(field, in: name, instance: n)] = answer
          }
        }
      }
      let evaluation = form.evaluate(
        wanted.withoutCleared, try self.context(author.db, fillsDefaults: false))
      guard evaluation.findings.isEmpty else { throw Refusal(findings: evaluation.findings) }
      try sealing.check(evaluation.answers, before: before, form)
      let content = try loaded.state.changes(
        form: form, from: before, to: evaluation.answers, limits: self.limits)
      guard !content.isEmpty else {
        throw StoreError(.nothingToChange, "Nothing differs from what is saved; nothing was written.")
      }
      let saved = try self.change(
        loaded, kind: .amend, content: content, version: UInt64(form.version), &author)
      try sealing.store(of: saved.hash, in: author.db)
      try self.discard(draft, author.db)
      return saved
    }
  }

  /// Retracts a record; `reason` is a code, since it travels in the clear.
  public func withdraw(_ record: RecordID, reason: String) throws -> Saved {
    try write { author in
      let loaded = try self.load(record, author.db)
      guard reason.isReasonCode else { throw Self.badReason }
      var content = LogAuthor.Content()
      for (name, write) in loaded.state.withdrawal(reason: reason, limits: self.limits) {
        content.add(name, write, .operational)
      }
      return try self.change(loaded, kind: .withdraw, content: content, version: nil, &author)
    }
  }

  /// Gives a record to another area (cli `move`).
  public func move(_ record: RecordID, to area: String) throws -> Saved {
    try write { author in
      let loaded = try self.load(record, author.db)
      let areas = try SettingTable(db: author.db).text(SettingName.programmeAreas)?.areaCodes ?? []
      guard areas.contains(area) else {
        throw StoreError(.notFound, "The programme has no area \(area).")
      }
      guard area != loaded.state.area else {
        throw StoreError(.nothingToChange, "The record is in that area already.")
      }
      var content = LogAuthor.Content()
      for (name, write) in loaded.state.move(to: area, limits: self.limits) {
        content.add(name, write, .operational)
      }
      return try self.change(loaded, kind: .move, content: content, version: nil, &author)
    }
  }

  /// Assigns a record to another device. Its sealed sections are granted only when the authority
  /// has named that device's key; the result says whether.
  public func assign(_ record: RecordID, to origin: OriginID) throws -> (saved: Saved, granted: Bool) {
    try write { author in
      let loaded = try self.load(record, author.db)
      var content = LogAuthor.Content()
      content.add("assignee", .assign(.bytes(origin.bytes)), .operational)
      let reader = try self.book(author.db).reader(origin)
      var granted = false
      if let reader, reader.state == .active, let key = try self.recordKey(record, in: author.db) {
        let grant = self.wrapping.grant(
          key, programme: self.programme.id, record: record, to: reader.keys.opening)
        content.add("key", .assign(.bytes(grant.bytes)), .operational)
        granted = true
      }
      let saved = try self.change(loaded, kind: .assign, content: content, version: nil, &author)
      return (saved, granted)
    }
  }

  /// Takes back the newest entry of a record, if nobody was ever offered it and nothing was written
  /// after it.
  public func undo(_ record: RecordID) throws -> EntryHash {
    try transaction { db in
      let own = try ownRow(db)
      let row = try Row.fetchOne(
        db.cachedStatement(
          sql: """
            SELECT id, seq, hash, kind FROM entry WHERE \(BytePrefix.equals("record")) AND origin = ?
            ORDER BY seq DESC LIMIT 1
            """),
        arguments: [Data(record.bytes), own])
      guard let row, let hash = Digest32(Array(row["hash"] as Data)) else {
        throw StoreError(.notFound, "There is no entry of this device in that record.")
      }
      let offered = try SettingTable(db: db).integer(SettingName.offeredSeq) ?? 0
      guard (row["seq"] as Int64) > offered else {
        throw StoreError(
          .alreadyOffered, "The newest entry was offered to the hub already; use withdraw or edit.")
      }
      let head = try EntryTable.head(ofOriginRow: own, in: db)
      guard UInt64(row["seq"] as Int64) == head.seq else {
        throw StoreError(
          .notNewest, "Something was saved after it, which builds on it; use withdraw or edit.")
      }
      let loaded = try load(record, db)
      try db.execute(sql: "DELETE FROM entry WHERE id = ?", arguments: [row["id"] as Int64])
      // The files that came with it, and with nothing else.
      try db.execute(sql: "DELETE FROM attachment WHERE entry = ?", arguments: [Data(hash.bytes)])
      let index = RecordIndex(self, db)
      try index.refresh(loaded)
      try index.finish()
      return hash
    }
  }

  // MARK: Inside one transaction

  /// Runs one immediate transaction with an author; what it wrote is durable on return.
  func write<T>(_ body: (inout LogAuthor) throws -> T) throws -> T {
    try transaction { db in
      var author = try LogAuthor(self, db)
      if try epochIsCompromised(db) { try refreshSealing(&author) }
      let result = try body(&author)
      try author.index.finish()
      return result
    }
  }

  private func create(
    _ name: String, _ answers: Answers, _ files: [AttachmentContent], _ author: inout LogAuthor
  ) throws -> Saved {
    let form = try author.form(name)
    let salt = author.newSalt()
    let sealing = try FileSealing(
      files, record: salt.createdRecord, key: try author.key(ofNew: salt.createdRecord))
    let evaluation = form.evaluate(
      sealing.answers(answers, form), try author.evaluationContext())
    guard evaluation.findings.isEmpty else { throw Refusal(findings: evaluation.findings) }
    try sealing.check(evaluation.answers, before: Answers(), form)
    let area = try area(of: form, evaluation.answers, author.db)
    let columns = try author.index.columns(form)
    let row = columns.row(evaluation)
    let entry = try author.create(
      form: form.name, version: UInt64(form.version), area: area,
      content: columns.content(row), salt: salt)
    var saved = Saved(entry)
    saved.foreignArea = try author.foreign(area)
    try sealing.store(of: entry.hash, in: author.db)
    try author.index.add(
      entry, columns, row, summary: SummaryText(columns, row).text, code: saved.code)
    return saved
  }

  func change(
    _ loaded: LoadedRecord, kind: EntryKind, content: LogAuthor.Content, version: UInt64?,
    _ author: inout LogAuthor
  ) throws -> Saved {
    let entry = try author.change(
      loaded.record, kind: kind, area: loaded.state.area ?? "", form: loaded.form,
      version: version ?? loaded.formVersion, content: content)
    try author.index.refresh(loaded)
    return Saved(entry)
  }

  private func requireRecordKey(_ record: RecordID, _ db: Database) throws -> RecordKey {
    guard let key = try recordKey(record, in: db) else { throw Self.notOpenable }
    return key
  }

  func requireForm(_ name: String, _ db: Database) throws -> Form {
    guard let form = try catalog(db).newest(name) else {
      throw StoreError(.notFound, "The programme has no form \(name); forms lists them.")
    }
    return form
  }

  /// The form with which a record is changed: none that is older than what the record was written with,
  /// since a field may have risen to a class that the older one does not know of (forms §4.4).
  func requireForm(of loaded: LoadedRecord, _ db: Database) throws -> Form {
    let form = try requireForm(loaded.form, db)
    let newest = loaded.entries.lazy.map(\.envelope)
      .filter { $0.form == loaded.form }.map(\.formVersion).max() ?? 0
    guard UInt64(form.version) >= newest else {
      throw StoreError(
        .formRefused,
        "This record was changed with a newer version of its form, which is not here yet; sync first.")
    }
    return form
  }

  func context(_ db: Database, fillsDefaults: Bool) throws -> EvaluationContext {
    let now = Instant(seconds: environment.now())
    let settings = SettingTable(db: db)
    let offset = try settings.integer(SettingName.clockOffset) ?? 0
    let codes = try settings.text(SettingName.programmeAreas)?.areaCodes ?? []
    return EvaluationContext(
      today: now.date ?? CivilDate(year: 1970, month: 1, day: 1)!, now: now,
      areas: ChoiceList(
        name: ChoiceList.areasName,
        choices: codes.map { Choice(code: $0, label: LocalizedText([])) }),
      clockKnownWrong: abs(offset) > 86_400, fillsDefaults: fillsDefaults)
  }

  /// The area of a new record: its own answer, or its parent's area.
  private func area(of form: Form, _ answers: Answers, _ db: Database) throws -> String {
    switch form.place {
    case .root(let field):
      guard case .value(.text(let code)) = answers.fields[field] else {
        throw StoreError(.invalidAnswers, "The form needs its field \(field), the area of the record.")
      }
      return code
    case .child(let parent, let field):
      guard case .value(.text(let hex)) = answers.fields[field], let id = RecordID(hex: hex),
        let row = try Row.fetchOne(
          db.cachedStatement(sql: "SELECT form, area FROM record WHERE \(BytePrefix.equals("record"))"),
          arguments: [Data(id.bytes)]),
        row["form"] as String == parent
      else {
        throw StoreError(
          .notFound, "The field \(field) must name a \(parent) record of this replica.")
      }
      return row["area"]
    }
  }

  static let notOpenable = StoreError(
    .notOpenable,
    "The keys of this record are not here, so its sealed sections can't be written; sync first.")

  private static let badReason = StoreError(
    .invalidAnswers, "A reason is a code of letters, digits and underscores: it travels in the clear.")
}

extension String {
  package var isReasonCode: Bool {
    (1...48).contains(utf8.count)
      && utf8.allSatisfy {
        (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F
          || (0x41...0x5A).contains($0)
      }
  }
}
