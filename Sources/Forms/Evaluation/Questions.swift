import SyncCore

/// One step of recording a form question by question (forms §5.6).
public struct Question: Sendable {
  public enum Kind: Sendable, Hashable {
    /// Ask for an answer.
    case answer
    /// Show the label; nothing is asked.
    case note
    /// Ask whether there is one more instance of the repeat; `path.instance` is its number.
    case oneMore
  }

  public let kind: Kind
  public let path: FieldPath
  public let field: Field
  public let isRequired: Bool
  /// The groups and repeats around it, outermost first, for headings.
  public let headings: [Field]
}

extension Form {
  /// The questions that apply to these answers, in order (forms §5.6).
  ///
  /// Ask again after each answer: what follows may have changed, what went before has not, unless
  /// an earlier question reads a later one.
  public func questions(_ answers: Answers, _ context: EvaluationContext) -> [Question] {
    let evaluation = evaluate(answers, context)
    let evaluator = Evaluator(evaluation, context)
    var questions: [Question] = []
    var index = 0
    while index < fields.count {
      if fields[index].type == .repeat {
        let end = fields[index...].firstIndex { $0.index > index && $0.repeat != index }
        let body = (index + 1)..<(end ?? fields.count)
        if evaluation.relevance[evaluation.layout.slot(index, 0)] {
          append(repeat: index, body, evaluation, evaluator, to: &questions)
        }
        index = body.upperBound
      } else {
        append(index, 0, evaluation, evaluator, to: &questions)
        index += 1
      }
    }
    return questions
  }

  /// The first question after `path`, or the first of all; nil at the end.
  ///
  /// A `path` that no longer applies is passed over in document order.
  public func nextQuestion(
    after path: FieldPath?, _ answers: Answers, _ context: EvaluationContext
  ) -> Question? {
    let all = questions(answers, context)
    guard let path else { return all.first }
    let place = order(path)
    return all.first { order($0.path) > place }
  }

  /// The choices of a select that go with the other answers, then the codes that every select
  /// accepts; empty for other types and for areas that the context does not give.
  public func choices(
    for path: FieldPath, _ answers: Answers, _ context: EvaluationContext
  ) -> [Choice] {
    guard let field = field(path.name), field.type.isSelect else { return [] }
    let list = field.choosesArea ? context.areas : field.list
    var offered = list?.choices ?? []
    if let filter = field.choiceFilter {
      let evaluation = evaluate(answers, context)
      let evaluator = Evaluator(evaluation, context)
      guard path.instance < evaluation.layout.count(of: field.index, in: self) else { return [] }
      offered = offered.filter { choice in
        evaluator.value(filter, at: Evaluator.Site(instance: path.instance, choice: choice)).isTrue
      }
    }
    let own = Set(offered.map(\.code))
    return offered + Choice.universal.filter { !own.contains($0.code) }
  }

  /// Instances of a repeat are asked one after the other, so the instance counts before the field.
  private func order(_ path: FieldPath) -> OrderKey {
    let index = indexes[path.name] ?? fields.count
    if let outer = path.repeatName.flatMap({ indexes[$0] }) {
      return OrderKey(outer: outer, instance: path.instance, inner: index == outer ? -1 : index)
    }
    return OrderKey(outer: index, instance: 0, inner: -1)
  }

  private struct OrderKey: Comparable {
    let outer: Int
    let instance: Int
    let inner: Int

    static func < (a: Self, b: Self) -> Bool {
      (a.outer, a.instance, a.inner) < (b.outer, b.instance, b.inner)
    }
  }

  private func append(
    repeat index: Int, _ body: Range<Int>, _ evaluation: Evaluation, _ evaluator: Evaluator,
    to questions: inout [Question]
  ) {
    let count = evaluation.layout.instances[index] ?? 0
    for instance in 0..<count {
      for inner in body { append(inner, instance, evaluation, evaluator, to: &questions) }
    }
    guard count < limits.instancesPerRepeatMax else { return }
    questions.append(
      Question(
        kind: .oneMore,
        path: FieldPath(fields[index].name, in: fields[index].name, instance: count),
        field: fields[index], isRequired: false, headings: headings(of: index)))
  }

  private func append(
    _ index: Int, _ instance: Int, _ evaluation: Evaluation, _ evaluator: Evaluator,
    to questions: inout [Question]
  ) {
    let field = fields[index]
    guard !field.type.isContainer, field.type != .calculate,
      evaluation.relevance[evaluation.layout.slot(index, instance)]
    else { return }
    let inside = field.repeat.map { fields[$0].name }
    let required =
      field.requiredAlways
      || field.required.map {
        evaluator.value($0, at: Evaluator.Site(instance: instance)).isTrue
      } ?? false
    questions.append(
      Question(
        kind: field.type == .note ? .note : .answer,
        path: FieldPath(field.name, in: inside, instance: instance), field: field,
        isRequired: required, headings: headings(of: index)))
  }

  private func headings(of index: Int) -> [Field] {
    var headings: [Field] = []
    var next = fields[index].container
    while let container = next {
      headings.append(fields[container])
      next = fields[container].container
    }
    return headings.reversed()
  }
}
