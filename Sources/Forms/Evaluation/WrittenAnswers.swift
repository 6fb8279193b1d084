public import SyncCore

extension Form {
  /// Why the answers that one entry writes refuse each other, or one refuses itself (forms §6).
  ///
  /// Judged are constraints and choice filters that follow from these answers and from nothing else:
  /// neither from another answer, nor from a clock, nor from the programme's areas. So everybody who
  /// can read the entry judges it alike, whatever else the record holds.
  ///
  /// - Parameter written: by field name, outside repeats; what does not have its field's shape is
  ///   passed over, since ``checkReadable(name:in:section:value:)`` has its own word for it.
  /// - Returns: the reason of the first field of the form that is refused; nil when none is.
  public func refusal(ofWritten written: [String: Answer]) -> QuarantineReason? {
    var values: [Int: Value] = [:]
    for (name, answer) in written where judged.contains(name) {
      guard let index = indexes[name] else { continue }
      values[index] = try? AnswerShape.value(
        answer, type: fields[index].resultType, list: fields[index].list, limits: limits)
    }
    var evaluator: Evaluator?
    for index in fields.indices {
      guard let current = values[index], !current.isEmpty else { continue }
      let constraint = fields[index].constraint.flatMap { follows($0, from: values) ? $0 : nil }
      let filter =
        fields[index].choosesArea
        ? nil : fields[index].choiceFilter.flatMap { follows($0, from: values) ? $0 : nil }
      guard constraint != nil || filter != nil else { continue }
      if evaluator == nil { evaluator = Evaluator(form: self, written: values) }
      let site = Evaluator.Site(current: current)
      if let constraint, evaluator?.value(constraint, at: site).isTrue == false {
        return .constraint
      }
      if let filter, let evaluator, !evaluator.offers(fields[index], filter, at: site) {
        return .codeUnavailable
      }
    }
    return nil
  }

  /// Whether the answer to a field has a part in ``refusal(ofWritten:)``; the others need not be given.
  public func judges(_ name: String) -> Bool { judged.contains(name) }

  /// Names of the fields that have a constraint or a filter, or that one of those reads.
  static func judged(_ fields: [Field]) -> Set<String> {
    var judged: Set<String> = []
    for field in fields where field.repeat == nil {
      let filter = field.choosesArea ? nil : field.choiceFilter
      let expressions = [field.constraint, filter].compactMap(\.self)
      guard !expressions.isEmpty else { continue }
      judged.insert(field.name)
      for read in expressions.flatMap(\.reads) where fields[read].repeat == nil {
        judged.insert(fields[read].name)
      }
    }
    return judged
  }

  private func follows(_ expression: Expression, from values: [Int: Value]) -> Bool {
    !expression.readsClock
      && expression.reads.allSatisfy { values[$0] != nil && !fields[$0].clockDependent }
  }
}

extension Evaluator {
  /// Over what one entry writes; whoever uses it runs nothing that reads a clock or other answers.
  fileprivate init?(form: Form, written: [Int: Value]) {
    guard let noDay = CivilDate(dayNumber: 0) else { return nil }
    self.init(
      form: form,
      context: EvaluationContext(today: noDay, now: Instant(seconds: 0), fillsDefaults: false),
      layout: SlotLayout(form: form, answers: Answers()))
    for (index, value) in written { values[layout.slot(index, 0)] = value }
  }

  /// Whether a choice filter lets every chosen code pass; codes of every select always do.
  func offers(_ field: Field, _ filter: Expression, at site: Site) -> Bool {
    let codes: [String] =
      switch site.current {
      case .codes(let codes): codes
      case let other: [other.text]
      }
    let list = field.choosesArea ? context.areas : field.list
    return codes.allSatisfy { code in
      guard !Choice.isUniversal(code), let choice = list?[code] else { return true }
      var site = site
      site.choice = choice
      return value(filter, at: site).isTrue
    }
  }
}
