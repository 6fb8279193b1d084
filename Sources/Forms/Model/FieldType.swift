/// What a field asks for (forms §2).
public enum FieldType: String, Sendable, Hashable, CaseIterable {
  case text, integer, decimal, date, datetime, boolean, acknowledge
  case selectOne = "select_one"
  case selectMultiple = "select_multiple"
  case geopoint, record, image, file
  case calculate, note, group, `repeat`

  /// Whether a field of this type has an answer.
  public var holdsAnswer: Bool {
    switch self {
    case .note, .group, .repeat: false
    default: true
    }
  }

  /// Whether a field of this type encloses other fields.
  public var isContainer: Bool { self == .group || self == .repeat }

  public var isSelect: Bool { self == .selectOne || self == .selectMultiple }

  /// What a `calculate` may result in.
  static let results: Set<FieldType> = [.text, .integer, .decimal, .date, .boolean]
}
