import SyncCore

extension Form {
  /// Relevance, defaults, calculations and findings of one record's answers (forms §5.4).
  ///
  /// Pure: the same answers and context give the same evaluation everywhere.
  public func evaluate(_ answers: Answers, _ context: EvaluationContext) -> Evaluation {
    var pass = EvaluationPass(form: self, answers: answers, context: context)
    for index in evaluationOrder { pass.settle(index) }
    pass.refuseUnknown()
    for index in fields.indices { pass.judge(index) }
    pass.finish()
    return pass.evaluation
  }
}

/// One evaluation under way.
struct EvaluationPass {
  let form: Form
  let given: Answers
  let context: EvaluationContext
  var evaluator: Evaluator
  var evaluation: Evaluation
  /// The answers outside repeats, by the index of their field: looked up once for each answer,
  /// not for each field of the form.
  private var answered: [Answer?]
  private var known = 0
  private let instances: [[Answers.Instance]]

  init(form: Form, answers: Answers, context: EvaluationContext) {
    self.form = form
    given = answers
    self.context = context
    let layout = SlotLayout(form: form, answers: answers)
    evaluator = Evaluator(form: form, context: context, layout: layout)
    evaluation = Evaluation(
      answers: answers, form: form, relevance: [Bool](repeating: false, count: layout.slots),
      layout: layout)
    instances =
      form.hasRepeats
      ? form.fields.map { $0.type == .repeat ? answers.repeats[$0.name] ?? [] : [] } : []
    answered = [Answer?](repeating: nil, count: form.fields.count)
    for (name, answer) in answers.fields {
      guard let index = form.indexes[name], form.fields[index].type.holdsAnswer,
        form.fields[index].repeat == nil
      else { continue }
      answered[index] = answer
      known += 1
    }
  }

  private func path(_ index: Int, _ instance: Int) -> FieldPath {
    let inside = form.fields[index].repeat.map { form.fields[$0].name }
    return FieldPath(form.fields[index].name, in: inside, instance: instance)
  }

  // MARK: First pass: relevance and values, every field after those it reads

  mutating func settle(_ index: Int) {
    for instance in 0..<evaluator.layout.count(of: index, in: form) {
      let slot = evaluator.layout.slot(index, instance)
      let relevant = isRelevant(index, instance)
      evaluation.relevance[slot] = relevant
      let type = form.fields[index].type
      if type.holdsAnswer {
        settleAnswer(index, instance, slot, relevant: relevant)
      } else if type == .repeat {
        evaluator.values[slot] = .boolean(relevant)
      }
    }
  }

  private func isRelevant(_ index: Int, _ instance: Int) -> Bool {
    if let container = form.fields[index].container {
      let at = form.fields[container].repeat == nil ? 0 : instance
      guard evaluation.relevance[evaluator.layout.slot(container, at)] else { return false }
    }
    guard form.fields[index].sensitivity <= context.readable,
      let expression = form.fields[index].relevant
    else { return true }
    return evaluator.value(expression, at: Evaluator.Site(instance: instance)).isTrue
  }

  private mutating func settleAnswer(
    _ index: Int, _ instance: Int, _ slot: Int, relevant: Bool
  ) {
    let answer: Answer? =
      if let outer = form.fields[index].repeat {
        instances[outer][instance][form.fields[index].name]
      } else {
        answered[index]
      }
    guard relevant else {
      if let answer, answer != .value(.cleared) { drop(index, instance) }
      return
    }
    guard form.fields[index].sensitivity <= context.readable else { return }
    if form.fields[index].type == .calculate {
      calculate(index, instance, slot)
    } else if let answer {
      evaluator.values[slot] = read(answer, index, instance)
    } else if context.fillsDefaults, form.fields[index].initial != nil {
      fill(index, instance, slot)
    }
  }

  private mutating func drop(_ index: Int, _ instance: Int) {
    let path = path(index, instance)
    write(nil, index, path)
    evaluation.dropped.append(path)
    evaluation.warnings.append(Finding(.irrelevant, path))
  }

  private mutating func read(_ answer: Answer, _ index: Int, _ instance: Int) -> Value {
    let list = form.fields[index].choosesArea ? context.areas : form.fields[index].list
    do throws(AnswerShape.Fault) {
      return try AnswerShape.value(
        answer, type: form.fields[index].type, list: list, limits: form.limits)
    } catch {
      let code: Finding.Code =
        switch error {
        case .type: .type
        case .tooLong: .tooLong
        case .codeUnknown: .codeUnknown
        }
      evaluation.findings.append(Finding(code, path(index, instance)))
      return .empty
    }
  }

  private mutating func calculate(_ index: Int, _ instance: Int, _ slot: Int) {
    guard let expression = form.fields[index].calculation else { return }
    let value = evaluator.value(expression, at: Evaluator.Site(instance: instance))
    let place = path(index, instance)
    switch value.result(as: form.fields[index].resultType, limits: form.limits) {
    case .none: set(nil, index, place)
    case .some(let answer, let value):
      evaluator.values[slot] = value
      set(answer, index, place)
    case .impossible:
      set(nil, index, place)
      evaluation.findings.append(Finding(.calculation, place))
    }
  }

  /// Writing copies all answers the first time, so what stands already is left.
  private mutating func set(_ answer: Answer?, _ index: Int, _ place: FieldPath) {
    let held = place.repeatName == nil ? answered[index] : evaluation.answers[place]
    if held != answer { write(answer, index, place) }
  }

  private mutating func write(_ answer: Answer?, _ index: Int, _ place: FieldPath) {
    evaluation.answers[place] = answer
    if place.repeatName == nil { answered[index] = answer }
  }

  private mutating func fill(_ index: Int, _ instance: Int, _ slot: Int) {
    guard let expression = form.fields[index].initial else { return }
    let text = evaluator.value(expression, at: Evaluator.Site(instance: instance)).text
    guard !text.isEmpty else { return }
    let place = path(index, instance)
    let reading = ReadingContext(areas: context.areas)
    guard case .success(let answer) = form.parseAnswer(form.fields[index], text, reading) else {
      evaluation.findings.append(Finding(.calculation, place))
      return
    }
    write(answer, index, place)
    evaluation.defaulted.append(place)
    evaluator.values[slot] = read(answer, index, instance)
  }

  // MARK: Second pass: findings

  mutating func judge(_ index: Int) {
    guard form.fields[index].sensitivity <= context.readable else { return }
    if form.fields[index].type == .repeat { return judgeRepeat(index) }
    guard form.fields[index].type.holdsAnswer else { return }
    for instance in 0..<evaluator.layout.count(of: index, in: form) {
      let slot = evaluator.layout.slot(index, instance)
      guard evaluation.relevance[slot] else { continue }
      // Most questions are optional and unanswered.
      if !mayBeRequired(index), evaluator.values[slot].isEmpty { continue }
      var site = Evaluator.Site(instance: instance)
      site.current = evaluator.values[slot]
      if site.current.isEmpty {
        judgeEmpty(index, site)
      } else {
        judgeAnswer(index, site)
      }
    }
  }

  /// An unreadable answer has its own finding and is not missing.
  private mutating func judgeEmpty(_ index: Int, _ site: Evaluator.Site) {
    guard isRequired(index, site) else { return }
    let place = path(index, site.instance)
    guard !evaluation.findings.contains(where: { $0.path == place }) else { return }
    evaluation.findings.append(
      Finding(.required, place, own: form.fields[index].requiredMessages))
  }

  private func mayBeRequired(_ index: Int) -> Bool {
    form.fields[index].requiredAlways || form.fields[index].required != nil
  }

  private func isRequired(_ index: Int, _ site: Evaluator.Site) -> Bool {
    if form.fields[index].requiredAlways { return true }
    guard let expression = form.fields[index].required, isReadable(expression) else { return false }
    return evaluator.value(expression, at: site).isTrue
  }

  /// Nobody is judged by answers that the caller cannot see.
  private func isReadable(_ expression: Expression) -> Bool {
    context.readable == .identity
      || expression.reads.allSatisfy { form.fields[$0].sensitivity <= context.readable }
  }

  private mutating func judgeAnswer(_ index: Int, _ site: Evaluator.Site) {
    if form.fields[index].type == .acknowledge, !isAcknowledged(site), isRequired(index, site) {
      evaluation.findings.append(
        Finding(
          .required, path(index, site.instance), own: form.fields[index].requiredMessages))
    }
    if let expression = form.fields[index].constraint, isReadable(expression),
      !evaluator.value(expression, at: site).isTrue
    {
      let finding = Finding(
        .constraint, path(index, site.instance), own: form.fields[index].constraintMessages)
      if context.clockKnownWrong, form.fields[index].constraintClockDependent {
        evaluation.warnings.append(finding)
      } else {
        evaluation.findings.append(finding)
      }
    }
    if let filter = form.fields[index].choiceFilter { judgeChoices(index, filter, site) }
  }

  private func isAcknowledged(_ site: Evaluator.Site) -> Bool { site.current.isTrue }

  private mutating func judgeChoices(_ index: Int, _ filter: Expression, _ site: Evaluator.Site) {
    guard !evaluator.offers(form.fields[index], filter, at: site) else { return }
    evaluation.findings.append(Finding(.codeUnavailable, path(index, site.instance)))
  }

  private mutating func judgeRepeat(_ index: Int) {
    let given = given.repeats[form.fields[index].name]?.count ?? 0
    if given > form.limits.instancesPerRepeatMax {
      evaluation.findings.append(Finding(.tooLong, path(index, 0)))
    }
  }

  // MARK: Unknown names, order

  mutating func refuseUnknown() {
    if known < given.fields.count {
      for name in given.fields.keys.sorted(by: utf8Less) {
        if let index = form.indexes[name], form.fields[index].type.holdsAnswer,
          form.fields[index].repeat == nil
        {
          continue
        }
        refuse(FieldPath(name))
      }
    }
    for (name, instances) in given.repeats.sorted(by: { utf8Less($0.key, $1.key) }) {
      guard let index = form.indexes[name], form.fields[index].type == .repeat else {
        refuse(FieldPath(name))
        evaluation.answers.repeats[name] = nil
        continue
      }
      for (n, instance) in instances.prefix(form.limits.instancesPerRepeatMax).enumerated() {
        for field in instance.keys.sorted(by: utf8Less) {
          let inside = form.indexes[field].flatMap { form.fields[$0].repeat }
          if inside != index { refuse(FieldPath(field, in: name, instance: n)) }
        }
      }
    }
  }

  private mutating func refuse(_ path: FieldPath) {
    evaluation.answers[path] = nil
    evaluation.findings.append(Finding(.unknownField, path))
  }

  mutating func finish() {
    evaluation.values = evaluator.values
    evaluation.byField = answered
    let form = form
    func place(_ finding: Finding) -> (Int, Int) {
      (form.indexes[finding.path.name] ?? Int.max, finding.path.instance)
    }
    if evaluation.findings.count > 1 {
      // Stable, so that unknown names keep their order by bytes.
      evaluation.findings = evaluation.findings.enumerated().sorted { a, b in
        (place(a.element).0, place(a.element).1, a.offset)
          < (place(b.element).0, place(b.element).1, b.offset)
      }.map(\.element)
    }
  }
}
