import Console
import Forms
import ReplicaStore
import SyncCore

/// How a record stands in an exported file.
enum ExportColumns {
  /// What every record has beside its answers, named so that no field of a form is called the same.
  static let own = [
    "_record", "_code", "_form", "_area", "_state", "_withdrawn", "_created", "_changed",
  ]

  private static func values(_ line: RecordLine) -> [String] {
    [
      line.record.hex, line.code, line.form, line.area, line.state.rawValue,
      line.isWithdrawn ? "true" : "false", Instant(seconds: line.created).description,
      Instant(seconds: line.changed).description,
    ]
  }

  // MARK: JSON Lines

  static func json(_ record: ExportedRecord) -> JSONValue {
    let line = record.line
    return [
      "record": .string(line.record.hex), "code": .string(line.code), "form": .string(line.form),
      "area": .string(line.area), "state": .string(line.state.rawValue),
      "withdrawn": .bool(line.isWithdrawn), "created": .integer(line.created),
      "changed": .integer(line.changed),
      "fields": record.form.map { AnswerJSON.object(record.answers, $0) } ?? .object([]),
    ]
  }

  // MARK: CSV

  /// The columns of a form: fields of these classes; a repeat is one column of JSON.
  static func fields(_ form: Form, _ classes: Set<SensitivityClass>) -> [Field] {
    form.fields.filter { field in
      if field.type == .repeat {
        return form.fields.contains {
          $0.repeat == field.index && $0.type.holdsAnswer && classes.contains($0.sensitivity)
        }
      }
      return field.repeat == nil && field.type.holdsAnswer && classes.contains(field.sensitivity)
    }
  }

  static func header(_ fields: [Field]) -> [String] { own + fields.map(\.name) }

  static func cells(_ record: ExportedRecord, _ fields: [Field]) -> [String] {
    let object = record.form.map { AnswerJSON.object(record.answers, $0) } ?? .object([])
    return values(record.line)
      + fields.map { field in
        switch object[field.name] {
        case .string(let text): text
        case .number(let text): text
        case .bool(let flag): flag ? "true" : "false"
        case .array(let codes) where field.type == .selectMultiple:
          codes.compactMap { if case .string(let code) = $0 { code } else { nil } }
            .joined(separator: " ")
        case .array(let instances): JSONValue.array(instances).line
        case .null, .object, nil: ""
        }
      }
  }
}
