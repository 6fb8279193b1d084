import SyncCore

/// A field as read from the file, before names are resolved and expressions compiled.
struct FieldDraft {
  /// An expression's text and where it stands.
  struct Source {
    let attribute: String
    let text: String
    let mark: SourceMark
    let inlineOffset: Int?
  }

  var name = ""
  var index = 0
  var type = FieldType.text
  var sensitivity = SensitivityClass.identity
  var merge = MergePolicy.review
  var order: [String]?
  var choices: String?
  var resultType = FieldType.text
  var container: Int?
  var outerRepeat: Int?
  var mark = SourceMark(line: 0, column: 0)
  var marks: [String: SourceMark] = [:]
  var labels = LocalizedText([])
  var hints: LocalizedText?
  var constraintMessages: LocalizedText?
  var requiredMessages: LocalizedText?
  var requiredAlways = false
  var sources: [Source] = []
}

/// The expressions of a field, compiled.
struct FieldExpressions {
  var required: Expression?
  var relevant: Expression?
  var constraint: Expression?
  var choiceFilter: Expression?
  var initial: Expression?
  var calculation: Expression?
}

extension FieldDraft {
  static let keys: Set<String> = [
    "name", "type", "choices", "class", "merge", "order", "required", "required_message", "label",
    "hint", "relevant", "constraint", "constraint_message", "choice_filter", "default",
    "calculation", "result_type", "fields",
  ]

  /// The keys that a field of this type may have.
  static func keys(for type: FieldType) -> Set<String> {
    switch type {
    case .note: return ["name", "type", "label", "hint", "relevant"]
    case .group, .repeat: return ["name", "type", "label", "hint", "relevant", "fields"]
    case .calculate:
      return [
        "name", "type", "class", "merge", "label", "hint", "relevant", "calculation", "result_type",
      ]
    default:
      var keys = Self.keys.subtracting(["fields", "calculation", "result_type"])
      if !type.isSelect { keys.subtract(["choices", "choice_filter"]) }
      return keys
    }
  }
}

/// Whether `text` is a lower-case letter, then lower-case letters, digits and `_`, within `max`.
func isPlainName(_ text: String, max: Int) -> Bool {
  guard let first = text.utf8.first, (0x61...0x7A).contains(first), text.utf8.count <= max else {
    return false
  }
  return text.utf8.allSatisfy {
    (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F
  }
}
