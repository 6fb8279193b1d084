internal import Forms
internal import GRDB
internal import SyncCore
internal import Synchronization

/// What saving an answer needs to know of its field, by name and in the order of the form.
struct FormColumns: Sendable {
  struct Column: Sendable {
    let name: String
    /// The place of its field in the form.
    let index: Int
    let sensitivity: SensitivityClass
    let words: Words
  }

  /// How the value of a field is searched for.
  enum Words: Sendable {
    case text, code, none
  }

  /// Those outside repeats.
  let single: [Column]
  /// Those of each repeat, in the order of the form.
  let repeated: [(name: String, columns: [Column])]
  /// The fields that a list line shows, with their places in ``single``.
  let summary: [(name: String, position: Int)]
  private let positions: [String: Int]
  /// Names of the fields whose answers name files.
  private let fileFields: Set<String>
  /// The places in ``single`` in the order in which an entry has its writes (entry §1.3).
  private let writeOrder: [Int]

  init(_ form: Form) {
    var single: [Column] = []
    var repeated: [(name: String, columns: [Column])] = []
    for field in form.fields where field.type.holdsAnswer {
      let words: Words =
        field.choices != nil ? .code : field.type == .record ? .none : .text
      let column = Column(
        name: field.name, index: field.index, sensitivity: field.sensitivity, words: words)
      if let container = field.repeat {
        let name = form.fields[container].name
        if repeated.last?.name != name { repeated.append((name, [])) }
        repeated[repeated.count - 1].columns.append(column)
      } else {
        single.append(column)
      }
    }
    self.single = single
    self.repeated = repeated
    let positions = Dictionary(
      uniqueKeysWithValues: single.enumerated().map { ($0.element.name, $0.offset) })
    self.positions = positions
    summary = form.summary.compactMap { name in positions[name].map { (name, $0) } }
    fileFields = Set(form.fields.filter(\.type.isFile).map(\.name))
    writeOrder = single.indices.sorted { canonicalKeyOrder(single[$0].name, single[$1].name) }
  }

  /// Those of a form, whose labels can be searched for from then on.
  static func known(_ form: Form, _ replica: Replica, _ db: Database) throws -> FormColumns {
    let key = "\(form.name)/\(form.version)"
    if let known = replica.cache.withLock({ $0.columns[key] }) { return known }
    try LabelWords.index(form, db)
    let columns = FormColumns(form)
    replica.cache.withLock { $0.columns[key] = columns }
    return columns
  }

  /// The answers of one record, each found by its name once.
  struct Row: Sendable {
    /// Those outside repeats, in the order of ``FormColumns/single``.
    let single: [Answer?]
    let repeats: [String: [Answers.Instance]]
  }

  func row(_ state: RecordState) -> Row {
    var values = [Answer?](repeating: nil, count: single.count)
    for field in state.fields where field.instance == nil {
      if let position = positions[field.name] { values[position] = field.answer }
    }
    return Row(single: values, repeats: state.repeatAnswers)
  }

  /// The same of answers that the form has evaluated, which stand in its order already.
  func row(_ evaluation: Evaluation) -> Row {
    Row(
      single: single.map { evaluation.byField[$0.index] }, repeats: evaluation.answers.repeats)
  }

  /// The files that a record's answers name, those of every remaining write too.
  func files(_ state: RecordState) -> [AttachmentDescriptor] {
    guard !fileFields.isEmpty else { return [] }
    let fields = state.fields + state.repeats.flatMap { $0.instances.flatMap(\.fields) }
    return fields.filter { fileFields.contains($0.field) }.flatMap { field in
      field.remaining.compactMap { write in
        if case .text(let text) = write.value { AttachmentDescriptor(text) } else { nil }
      }
    }
  }

  /// Every answer, with the column of its field, in the order of the form.
  func each(_ row: Row, _ body: (Column, RepeatPlace?, Answer) throws -> Void) rethrows {
    for (position, answer) in row.single.enumerated() {
      if let answer { try body(single[position], nil, answer) }
    }
    try eachRepeated(row, body)
  }

  private func eachRepeated(
    _ row: Row, _ body: (Column, RepeatPlace?, Answer) throws -> Void
  ) rethrows {
    for (name, columns) in repeated {
      for (n, instance) in (row.repeats[name] ?? []).enumerated() {
        for column in columns {
          guard let answer = instance[column.name] else { continue }
          try body(column, RepeatPlace(name: name, instance: n), answer)
        }
      }
    }
  }

  /// An instance of a repeat, counted from 0.
  struct RepeatPlace {
    let name: String
    let instance: Int
  }
}

/// Between a form's answers and the writes of an entry (entry §1.3, forms §5).
extension FormColumns {
  /// The writes that create a record with these answers.
  func content(_ row: Row) -> LogAuthor.Content {
    var content = LogAuthor.Content()
    for position in writeOrder {
      guard let write = row.single[position]?.firstWrite else { continue }
      content.add(single[position].name, write, single[position].sensitivity)
    }
    eachRepeated(row) { column, place, answer in
      guard let place, let write = answer.firstWrite else { return }
      content.add("\(place.name)#\(place.instance).\(column.name)", write, column.sensitivity)
    }
    return content
  }
}

extension Answer {
  fileprivate var firstWrite: FieldWrite? {
    switch self {
    case .value(.cleared): nil
    case .value(let value): .assign(value)
    case .codes(let codes): codes.isEmpty ? nil : .set(add: codes)
    }
  }
}
