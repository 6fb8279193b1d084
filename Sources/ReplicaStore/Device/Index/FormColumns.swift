internal import Forms
internal import GRDB
internal import SyncCore

/// What saving an answer needs to know of its field, by name and in the order of the form.
struct FormColumns: Sendable {
  struct Column: Sendable {
    let name: String
    let sensitivity: SensitivityClass
    let words: Words
  }

  /// How the value of a field is searched for.
  enum Words: Sendable {
    case text, code, none
  }

  /// Those outside repeats: the columns of the form's table.
  let single: [Column]
  /// Those of each repeat, in the order of the form.
  let repeated: [(name: String, columns: [Column])]
  let table: String
  let insertion: String
  private let positions: [String: Int]

  init(_ form: Form) {
    var single: [Column] = []
    var repeated: [(name: String, columns: [Column])] = []
    for field in form.fields where field.type.holdsAnswer {
      let words: Words =
        field.choices != nil ? .code : field.type == .record ? .none : .text
      let column = Column(name: field.name, sensitivity: field.sensitivity, words: words)
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
    positions = Dictionary(
      uniqueKeysWithValues: single.enumerated().map { ($0.element.name, $0.offset) })
    table = "form_\(form.name)".quotedDatabaseIdentifier
    let names = ["record"] + single.map { "f_\($0.name)".quotedDatabaseIdentifier }
    let marks = names.map { _ in "?" }.joined(separator: ",")
    insertion = "INSERT INTO \(table)(\(names.joined(separator: ","))) VALUES (\(marks))"
  }

  /// The answers outside repeats, in the order of ``single``.
  func values(_ answers: Answers) -> [Answer?] {
    var values = [Answer?](repeating: nil, count: single.count)
    for (name, answer) in answers.fields {
      if let position = positions[name] { values[position] = answer }
    }
    return values
  }

  /// Every answer, with the column of its field, in the order of the form.
  func each(_ answers: Answers, _ body: (Column, RepeatPlace?, Answer) throws -> Void) rethrows {
    for (position, answer) in values(answers).enumerated() {
      if let answer { try body(single[position], nil, answer) }
    }
    for (name, columns) in repeated {
      for (n, instance) in (answers.repeats[name] ?? []).enumerated() {
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
  func content(_ answers: Answers) -> LogAuthor.Content {
    var content = LogAuthor.Content()
    each(answers) { column, place, answer in
      guard let write = answer.firstWrite else { return }
      let name = place.map { "\($0.name)#\($0.instance).\(column.name)" } ?? column.name
      content.add(name, write, column.sensitivity)
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
