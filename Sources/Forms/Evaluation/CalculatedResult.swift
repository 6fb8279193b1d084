import SyncCore

/// What a calculation leaves in its field (forms §5.4).
enum CalculatedResult {
  case none
  case some(Answer, Value)
  /// A value that the result type cannot hold.
  case impossible
}

extension Value {
  func result(as type: FieldType, limits: FormLimits) -> CalculatedResult {
    if type == .boolean { return .some(.value(.boolean(isTrue)), .boolean(isTrue)) }
    if isEmpty { return .none }
    switch type {
    case .integer:
      let number = number
      if number.isNaN { return .impossible }
      let rounded = (number + 0.5).rounded(.down)
      guard let whole = Int64(exactly: rounded), AnswerShape.integers.contains(whole) else {
        return .impossible
      }
      return .some(.value(.integer(whole)), .number(rounded))
    case .decimal:
      guard let exact = Decimal64(sixPlaces: number) else { return .impossible }
      return .some(.value(.decimal(exact)), .number(exact.binary))
    case .date:
      guard let day else { return .impossible }
      return .some(.text(day.description), .date(day))
    default:
      let text = text
      if text.isEmpty || text.utf8.count > limits.textAnswerBytesMax { return .impossible }
      return .some(.text(text), .text(text))
    }
  }
}
