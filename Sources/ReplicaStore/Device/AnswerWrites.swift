package import Forms
package import SyncCore

/// Between a form's answers and the writes of an entry (entry §1.3, forms §5).
extension Answers {
  /// Without answers that were taken away.
  var withoutCleared: Answers {
    var copy = self
    copy.fields = fields.filter { $0.value != .value(.cleared) }
    copy.repeats = repeats.mapValues { $0.map { $0.filter { $0.value != .value(.cleared) } } }
    return copy
  }
}

extension RecordState {
  /// The answers that a record shows, for a form to evaluate again.
  package func answers(_ form: Form) -> Answers {
    var answers = Answers()
    for state in fields where state.instance == nil {
      answers.fields[state.field] = state.answer
    }
    answers.repeats = repeatAnswers
    return answers
  }

  /// Those inside repeats, by the repeat's name.
  var repeatAnswers: [String: [Answers.Instance]] {
    var answers: [String: [Answers.Instance]] = [:]
    for repeated in repeats {
      answers[repeated.name] = repeated.instances.map { instance in
        var values: Answers.Instance = [:]
        for state in instance.fields { values[state.field] = state.answer }
        return values
      }
    }
    return answers
  }

  /// The writes that turn one set of answers into another.
  func changes(
    form: Form, from before: Answers, to after: Answers, limits: Limits
  ) throws -> LogAuthor.Content {
    var content = LogAuthor.Content()
    func note(_ name: String, _ old: Answer?, _ new: Answer?, _ part: SensitivityClass) {
      guard old != new else { return }
      switch new ?? .value(.cleared) {
      case .value(let value):
        if old == nil, value == .cleared { return }
        content.add(name, write(name, value, limits: limits), part)
      case .codes(let codes): content.add(name, write(name, codes: codes, limits: limits), part)
      }
    }
    for field in form.fields where field.type.holdsAnswer {
      guard let container = field.repeat else {
        note(field.name, before.fields[field.name], after.fields[field.name], field.sensitivity)
        continue
      }
      let name = form.fields[container].name
      let known = repeats.first { $0.name == name }?.instances ?? []
      let old = before.repeats[name] ?? []
      let new = after.repeats[name] ?? []
      for n in 0..<max(old.count, new.count) {
        let path =
          n < known.count
          ? known[n].instance.name(of: field.name) : "\(name)#\(n - known.count).\(field.name)"
        note(
          path, n < old.count ? old[n][field.name] : nil,
          n < new.count ? new[n][field.name] : nil, field.sensitivity)
      }
    }
    return content
  }
}

extension FieldState {
  /// The shown value as an answer; nil when it was taken away.
  package var answer: Answer? {
    switch policy {
    case .set: codes.isEmpty ? nil : .codes(codes.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    case .append:
      shown.last.flatMap { $0 == .cleared ? nil : .value($0) }
    case .review, .protective, .latest:
      shown.first.flatMap { $0 == .cleared ? nil : .value($0) }
    }
  }
}
