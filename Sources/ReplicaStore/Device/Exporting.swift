public import Forms
internal import Foundation
internal import GRDB
public import SyncCore

/// What may leave the sealed file in clear (cli `export`).
public struct ExportRequest: Sendable {
  /// Nil: records of every form.
  public var form: String?
  public var classes: Set<SensitivityClass>
  /// A code; needed for classes above ``freeClasses``.
  public var reason: String?

  /// The classes that need no reason.
  public static let freeClasses: Set<SensitivityClass> = [.operational, .coded]

  public init(
    form: String? = nil, classes: Set<SensitivityClass> = Self.freeClasses, reason: String? = nil
  ) {
    self.form = form
    self.classes = classes
    self.reason = reason
  }
}

/// One record as it leaves: only answers of the requested classes.
public struct ExportedRecord: Sendable {
  public let line: RecordLine
  public let form: Form?
  public let answers: Answers
}

extension Replica {
  private static let recordsPerRead = 256

  /// Gives every record, oldest first, and says how many there were.
  ///
  /// Classes above ``ExportRequest/freeClasses`` are logged before the first record is given, so
  /// that an export that is cut short is logged too.
  ///
  /// - Throws: ``StoreError`` with `invalidAnswers` when a reason is missing or no code, and
  ///   `notFound` for an unknown form.
  @discardableResult
  public func export(
    _ request: ExportRequest, each: (ExportedRecord) throws -> Void
  ) throws -> Int {
    let records: [Data] = try read { db in
      if let form = request.form { _ = try requireForm(form, db) }
      return try Data.fetchAll(
        db,
        sql: """
          SELECT record FROM record WHERE ?1 IS NULL OR form = ?1 ORDER BY id
          """, arguments: [request.form])
    }
    try log(request, records: records.count)
    for start in stride(from: 0, to: records.count, by: Self.recordsPerRead) {
      // Short reads: an export of everything must not keep other processes from recording.
      let part = try read { db in
        try records[start..<min(start + Self.recordsPerRead, records.count)].compactMap {
          try RecordID(Array($0)).flatMap { try exported($0, request, db) }
        }
      }
      for record in part { try each(record) }
    }
    return records.count
  }

  /// The forms of which there are records, in canonical order.
  public func recordedForms() throws -> [String] {
    try read {
      try String.fetchAll($0, sql: "SELECT DISTINCT form FROM record")
        .sorted(by: canonicalKeyOrder)
    }
  }

  private func log(_ request: ExportRequest, records: Int) throws {
    guard !request.classes.isSubset(of: ExportRequest.freeClasses) else { return }
    guard let reason = request.reason, reason.isReasonCode else {
      throw StoreError(
        .invalidAnswers,
        "Sealed classes leave only with a reason: a code of letters, digits and underscores.")
    }
    let classes = request.classes.sorted().map(\.name).joined(separator: ",")
    try db.write { db in
      try db.execute(
        sql: "INSERT INTO export_log(at, classes, reason, records) VALUES (?, ?, ?, ?)",
        arguments: [environment.now(), classes, reason, records])
    }
  }

  private func exported(
    _ record: RecordID, _ request: ExportRequest, _ db: Database
  ) throws -> ExportedRecord? {
    guard let loaded = try loadIfHeld(record, db), let line = try line(of: record, db) else {
      return nil
    }
    guard let form = try catalog(db).readable(loaded.form) else {
      return ExportedRecord(line: line, form: nil, answers: Answers())
    }
    return ExportedRecord(
      line: line, form: form, answers: loaded.state.answers(form, only: request.classes))
  }
}

extension RecordState {
  /// The shown answers of these classes. A value that came in a higher section than the form asks
  /// for has the section's class.
  func answers(_ form: Form, only classes: Set<SensitivityClass>) -> Answers {
    func mayLeave(_ state: FieldState) -> Bool {
      let part = form.field(state.field)?.sensitivity ?? .identity
      return classes.contains(max(part, state.sensitivity))
    }
    var answers = Answers()
    for state in fields where state.instance == nil && mayLeave(state) {
      answers.fields[state.field] = state.answer
    }
    for repeated in repeats {
      answers.repeats[repeated.name] = repeated.instances.map { instance in
        var values: Answers.Instance = [:]
        for state in instance.fields where mayLeave(state) { values[state.field] = state.answer }
        return values
      }
    }
    return answers
  }
}
