import Console
import Forms

/// How a field is named on the command line.
enum FieldName {
  /// The field and its place.
  static func required(_ text: String, _ form: Form) throws(CommandFailure) -> (FieldPath, Field) {
    guard let path = path(text, form), let field = form.field(path.name) else {
      throw CommandFailure(
        .inputInvalid, "failure.field_missing", ["form": form.name, "field": text])
    }
    return (path, field)
  }

  /// `name`, an alias, or `repeat[n].name` with n from 1.
  static func path(_ text: String, _ form: Form) -> FieldPath? {
    if let field = form.field(aliased: text), field.repeat == nil, field.type.holdsAnswer {
      return FieldPath(field.name)
    }
    guard let open = text.firstIndex(of: "["), let close = text.firstIndex(of: "]"), open < close,
      let number = Int(text[text.index(after: open)..<close]), (1...10_000).contains(number)
    else { return nil }
    let rest = text[text.index(after: close)...]
    guard rest.first == ".", let outer = form.field(String(text[..<open])), outer.type == .repeat,
      let inner = form.field(aliased: String(rest.dropFirst())), inner.repeat == outer.index
    else { return nil }
    return FieldPath(inner.name, in: outer.name, instance: number - 1)
  }
}
