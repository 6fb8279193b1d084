import SyncCore

/// Something about a form that a programme should not ship or sign (forms §4.3, §4.4).
public struct FormViolation: Sendable, Hashable, CustomStringConvertible {
  public enum Code: String, Sendable, Hashable {
    /// Free text, a place or a medium below `sensitive`.
    case freeTextBelowSensitive
    /// An exact date or time below `coded`.
    case exactDateBelowCoded
    /// A field's class is lower than in the older version.
    case classLowered
    /// A field of the older version holds another type of answer now.
    case typeChanged
    /// The merge policy of a field differs from the older version's.
    case mergeChanged
    /// The version number does not rise, or the name differs.
    case notNewer
    /// The area field or the parent differs from the older version's.
    case placeChanged
  }

  public let code: Code
  public let field: String?
  public let reason: String

  public var description: String { field.map { "\($0): \(reason)" } ?? reason }
}

extension Form {
  /// What keeps this form from being shipped with the toolkit; empty when nothing does.
  ///
  /// A programme's own form may differ, since its authority signs for it.
  public func shippedRuleViolations() -> [FormViolation] {
    fields.compactMap { field in
      switch field.type {
      case .geopoint, .image, .file:
        guard field.sensitivity < .sensitive else { return nil }
        return FormViolation(
          code: .freeTextBelowSensitive, field: field.name,
          reason: "A \(field.type.rawValue) must be sensitive or identity.")
      case .text:
        guard field.sensitivity < .sensitive else { return nil }
        return FormViolation(
          code: .freeTextBelowSensitive, field: field.name,
          reason: "Free text must be sensitive or identity; use a select for coded facts.")
      default:
        guard field.resultType == .date || field.resultType == .datetime,
          field.sensitivity < .coded
        else { return nil }
        return FormViolation(
          code: .exactDateBelowCoded, field: field.name,
          reason: "An exact date must be coded or higher; calculate month() or days-between().")
      }
    }
  }

  /// What keeps this form from following `old`: between versions a class only rises, and what a
  /// field holds stays what it was (forms §4.4).
  public func upgradeViolations(from old: Form) -> [FormViolation] {
    var violations: [FormViolation] = []
    if old.name != name || old.version >= version {
      violations.append(
        FormViolation(
          code: .notNewer, field: nil,
          reason: "The version must be above \(old.version) of the same form."))
    }
    if old.place != place {
      violations.append(
        FormViolation(
          code: .placeChanged, field: nil,
          reason: "Records cannot change their area or parent field."))
    }
    for before in old.fields where before.type.holdsAnswer {
      guard let now = field(before.name), now.type.holdsAnswer else { continue }
      if now.sensitivity < before.sensitivity {
        violations.append(
          FormViolation(
            code: .classLowered, field: now.name,
            reason: "The class was \(before.sensitivity.name) and may only rise."))
      }
      let moved = before.repeat.map { old.fields[$0].name } != now.repeat.map { fields[$0].name }
      if now.resultType != before.resultType || moved {
        violations.append(
          FormViolation(
            code: .typeChanged, field: now.name,
            reason: "It held a \(before.resultType.rawValue)\(moved ? " elsewhere" : ""); "
              + "add a field under another name instead."))
      }
      if now.merge != before.merge {
        violations.append(
          FormViolation(
            code: .mergeChanged, field: now.name,
            reason: "The merge policy was \(before.merge.rawValue) and must stay."))
      }
    }
    return violations
  }
}
