/// Why a form file was refused, where, and what to do about it (forms §1).
///
/// It may quote names and keys of the form, which are public, and never an answer.
public struct FormError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What went wrong, to switch on.
  public enum Code: String, Sendable, Hashable, CaseIterable {
    case tooLarge, notUTF8, yaml, anchor, tooDeep
    case wrongKind, unknownKey, missingKey, keyNotForType
    case badName, badCode, badVersion, badLanguage, duplicateName
    case unknownType, unknownClass, unknownMerge, unknownList, unknownField, unknownCode
    case mergeNotForType, order, areaOrParent
    case expression, pattern, cycle, classRule
    case limit, unknownForm
  }

  public let code: Code
  /// A sentence that says what is wrong and what to do next.
  public let reason: String
  public internal(set) var file = ""
  /// One-based, in the file; zero when unknown.
  public internal(set) var line = 0
  public internal(set) var column = 0
  /// The field whose definition is at fault.
  public internal(set) var field: String?
  /// The key of that field: `relevant`, `constraint`…
  public internal(set) var attribute: String?
  /// For an expression: the fault's distance from its start, in Unicode scalars.
  public internal(set) var offset: Int?

  init(_ code: Code, _ reason: String, at mark: SourceMark? = nil) {
    self.code = code
    self.reason = reason
    line = mark?.line ?? 0
    column = mark?.column ?? 0
  }

  public var description: String {
    var place = file.isEmpty ? "form" : file
    if line > 0 { place += ":\(line):\(column)" }
    if let field { place += ", field \(field)" }
    if let attribute { place += ", \(attribute)" }
    if let offset { place += " at character \(offset + 1)" }
    return "\(place): \(reason)"
  }
}

/// A place in a form file; both numbers count from one.
struct SourceMark: Sendable, Hashable {
  var line: Int
  var column: Int
}
