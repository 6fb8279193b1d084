import SyncCore

/// The fields of a form after every check.
struct CompiledFields {
  let fields: [Field]
  let indexes: [String: Int]
  let order: [Int]

  func field(_ name: String, at mark: SourceMark) throws(FormError) -> Field {
    guard let index = indexes[name] else {
      throw FormError(.unknownField, "The form has no field named \(printable(name)).", at: mark)
    }
    return fields[index]
  }
}

/// Resolves names, compiles expressions, and runs the checks that need the whole form (forms §1.5).
struct FormCompiler {
  let drafts: [FieldDraft]
  let lists: [String: ChoiceList]
  let limits: FormLimits
  private let indexes: [String: Int]

  init(drafts: [FieldDraft], lists: [String: ChoiceList], limits: FormLimits) {
    self.drafts = drafts
    self.lists = lists
    self.limits = limits
    var indexes: [String: Int] = [:]
    for draft in drafts { indexes[draft.name] = draft.index }
    self.indexes = indexes
  }

  func compile() throws(FormError) -> CompiledFields {
    var choices: [(list: ChoiceList?, order: [String])] = []
    for draft in drafts {
      let list = try list(draft)
      choices.append((list, try protectiveOrder(draft, list)))
    }
    var expressions: [FieldExpressions] = []
    for draft in drafts { expressions.append(try compileAll(draft)) }
    let order = try EvaluationOrder.order(expressions, drafts)
    let clocked = whatReadsTheClock(expressions, order)
    let fields = drafts.indices.map { index in
      Field(
        drafts[index], list: choices[index].list, protectiveOrder: choices[index].order,
        expressions[index], clockDependent: clocked[index].value,
        constraintClockDependent: clocked[index].constraint)
    }
    for draft in drafts { try ClassRule(fields: fields).check(draft) }
    for draft in drafts { try CodeRule(fields: fields).check(draft) }
    return CompiledFields(fields: fields, indexes: indexes, order: order)
  }

  private func list(_ draft: FieldDraft) throws(FormError) -> ChoiceList? {
    guard let name = draft.choices, name != ChoiceList.areasName else { return nil }
    guard let found = lists[name] else {
      throw FormError(
        .unknownList,
        "There is no choice list \(printable(name)); add it under lists, or to the shared "
          + "lists.", at: draft.marks["choices"]
      ).in(field: draft.name, attribute: "choices")
    }
    return found
  }

  private func compileAll(_ draft: FieldDraft) throws(FormError) -> FieldExpressions {
    var expressions = FieldExpressions()
    for source in draft.sources {
      let expression = try compile(source, of: draft)
      switch source.attribute {
      case "required": expressions.required = expression
      case "relevant": expressions.relevant = expression
      case "constraint": expressions.constraint = expression
      case "choice_filter": expressions.choiceFilter = expression
      case "default": expressions.initial = expression
      default: expressions.calculation = expression
      }
    }
    return expressions
  }

  /// Every code once; what every select accepts stands before the least protective code, unless
  /// the form places it itself.
  private func protectiveOrder(_ draft: FieldDraft, _ list: ChoiceList?) throws(FormError)
    -> [String]
  {
    guard let order = draft.order else { return [] }
    let given = Set(order)
    let own = Set(list?.choices.map(\.code) ?? [])
    guard !order.isEmpty, given.count == order.count, given.isSuperset(of: own),
      order.allSatisfy({ own.contains($0) || Choice.isUniversal($0) })
    else {
      throw FormError(
        .order, "order must name every code of the choice list once.", at: draft.marks["order"]
      ).in(field: draft.name, attribute: "order")
    }
    let missing = Choice.universal.map(\.code).filter { !given.contains($0) }
    return order.dropLast() + missing + order.suffix(1)
  }

  private func compile(_ source: FieldDraft.Source, of draft: FieldDraft) throws(FormError)
    -> Expression
  {
    let drafts = drafts
    let indexes = indexes
    var scope = ExpressionParser.Scope(
      field: { name in Self.resolve(name, from: draft, drafts, indexes) },
      counted: { name in Self.count(name, from: draft, drafts, indexes) })
    scope.allowsCurrent = source.attribute == "constraint"
    scope.allowsAttributes = source.attribute == "choice_filter"
    do throws(ExpressionError) {
      return try ExpressionParser.parse(source.text, scope: scope, limits: limits)
    } catch {
      var mark = source.mark
      // A text folded over several lines keeps the place where it begins.
      if let inline = source.inlineOffset { mark.column += inline + error.offset }
      var problem = FormError(error.code, error.reason, at: mark)
      problem.offset = error.offset
      throw problem.in(field: draft.name, attribute: source.attribute)
    }
  }

  private static func resolve(
    _ name: String, from draft: FieldDraft, _ drafts: [FieldDraft], _ indexes: [String: Int]
  ) -> Result<Int, ExpressionParser.ScopeError> {
    guard let index = indexes[name] else {
      return .failure(.init(code: .unknownField, reason: "The form has no field \(name)."))
    }
    guard drafts[index].type.holdsAnswer else {
      return .failure(
        .init(
          code: .unknownField,
          reason: "\(name) holds no answer; of a repeat only count(${\(name)}) can be read."))
    }
    if let outer = drafts[index].outerRepeat, outer != draft.outerRepeat {
      return .failure(
        .init(
          code: .unknownField,
          reason: "\(name) has one answer for each instance of \(drafts[outer].name); from here "
            + "only count(${\(name)}) can be read."))
    }
    return .success(index)
  }

  private static func count(
    _ name: String, from draft: FieldDraft, _ drafts: [FieldDraft], _ indexes: [String: Int]
  ) -> Result<Expression.Node, ExpressionParser.ScopeError> {
    guard let index = indexes[name] else {
      return .failure(.init(code: .unknownField, reason: "The form has no field \(name)."))
    }
    if drafts[index].type == .repeat { return .success(.countInstances(index)) }
    guard drafts[index].outerRepeat != nil, drafts[index].type.holdsAnswer else {
      return .failure(
        .init(
          code: .expression,
          reason: "count() is for a repeat or a field in one; for a select_multiple use "
            + "count-selected()."))
    }
    return .success(.countAnswers(index))
  }

  /// Finds what follows from the clock, over calculations and defaults.
  private func whatReadsTheClock(
    _ expressions: [FieldExpressions], _ order: [Int]
  ) -> [(value: Bool, constraint: Bool)] {
    var valueReads = [Bool](repeating: false, count: expressions.count)
    func reads(_ expression: Expression?) -> Bool {
      guard let expression else { return false }
      return expression.readsClock || expression.reads.contains { valueReads[$0] }
    }
    for index in order {
      valueReads[index] =
        reads(expressions[index].calculation) || reads(expressions[index].initial)
    }
    return expressions.indices.map {
      (valueReads[$0], valueReads[$0] || reads(expressions[$0].constraint))
    }
  }
}
