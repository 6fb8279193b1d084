internal import Forms
internal import SyncCore

/// Whether a form accepts an entry, as far as the checker can read it (forms §6).
///
/// A pure function of the entry and the form it names, so everybody comes to the same answer about
/// the parts that both can read.
enum EntryCheck {
  static let formUnknown = "form_unknown"
  static let structure = "system_form"
  static let scope = "scope"

  /// The first reason to hold the entry back; nil when there is none.
  ///
  /// - Parameters:
  ///   - writes: those of the sections that the checker can read.
  ///   - counts: whether a write under this name is looked at; all of them without it.
  static func reason(
    _ envelope: Envelope, _ writes: [SensitivityClass: FieldWrites], catalog: FormCatalog,
    where counts: ((String) -> Bool)? = nil
  ) -> String? {
    if envelope.form.hasPrefix(SystemForm.prefix) {
      let allowed: [EntryKind: String] = [.epoch: SystemForm.epoch, .grant: SystemForm.grant]
      return allowed[envelope.kind] == envelope.form ? nil : structure
    }
    switch envelope.kind {
    case .epoch, .grant: return structure
    case .withdraw, .erase, .move, .assign: return nil
    case .create, .amend, .resolve: break
    }
    guard let form = catalog.form(envelope.form, version: envelope.formVersion) else {
      return formUnknown
    }
    var sections = writes
    for part in SensitivityClass.allCases {
      if let counts { sections[part]?.removeAll { !counts($0.name) } }
      for (name, write) in sections[part] ?? [] {
        if let reason = check(name, write, part, form) { return reason.rawValue }
      }
    }
    return form.refusal(ofWritten: answers(sections, envelope.kind))?.rawValue
  }

  /// The same by the sections that nobody sealed: what a hub can read.
  static func reason(_ entry: Entry, catalog: FormCatalog, limits: Limits) throws -> String? {
    let readable = try FoldedEntry(entry, limits: limits)
    return reason(entry.envelope, readable.writesByClass, catalog: catalog)
  }

  /// What the entry says in full: of a set field only its first write does.
  private static func answers(
    _ sections: [SensitivityClass: FieldWrites], _ kind: EntryKind
  ) -> [String: Answer] {
    var answers: [String: Answer] = [:]
    for (name, write) in sections.values.joined() {
      switch write {
      case .assign(let value, _): answers[name] = .value(value)
      case .set(let add, _) where kind == .create: answers[name] = .codes(add)
      case .set: break
      }
    }
    return answers
  }

  private static func check(
    _ name: String, _ write: FieldWrite, _ part: SensitivityClass, _ form: Form
  ) -> QuarantineReason? {
    var field = name
    var repeatName: String?
    // By its bytes: this runs for every write, and few names have the mark.
    if let mark = name.utf8.firstIndex(of: UInt8(ascii: "#")) {
      // `repeat#n.field` or `repeat#n@hash.field` (entry §1.3).
      guard let dot = name.lastIndex(of: "."), dot > mark else { return .unknownField }
      repeatName = String(name[..<mark])
      field = String(name[name.index(after: dot)...])
    }
    switch write {
    case .assign(let value, _):
      return form.checkReadable(name: field, in: repeatName, section: part, value: value)
    case .set(let add, let remove):
      return form.checkReadable(
        name: field, in: repeatName, section: part, adding: add, removing: Array(remove.keys))
    }
  }
}
