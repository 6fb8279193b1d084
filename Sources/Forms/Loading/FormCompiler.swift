import SyncCore

/// The fields of a form after every check.
struct CompiledFields {
  var fields: [Field]
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
    var fields: [Field] = []
    fields.reserveCapacity(drafts.count)
    for draft in drafts { fields.append(try field(draft)) }
    for draft in drafts {
      for source in draft.sources {
        let expression = try compile(source, of: draft)
        switch source.attribute {
        case "required": fields[draft.index].required = expression
        case "relevant": fields[draft.index].relevant = expression
        case "constraint": fields[draft.index].constraint = expression
        case "choice_filter": fields[draft.index].choiceFilter = expression
        case "default": fields[draft.index].initial = expression
        default: fields[draft.index].calculation = expression
        }
      }
    }
    let order = try EvaluationOrder.order(fields, drafts)
    for draft in drafts { try ClassRule(fields: fields).check(draft) }
    for draft in drafts { try CodeRule(fields: fields).check(draft) }
    markClock(&fields, order)
    return CompiledFields(fields: fields, indexes: indexes, order: order)
  }

  private func field(_ draft: FieldDraft) throws(FormError) -> Field {
    var list: ChoiceList?
    if let name = draft.choices, name != ChoiceList.areasName {
      guard let found = lists[name] else {
        throw FormError(
          .unknownList,
          "There is no choice list \(printable(name)); add it under lists, or to the shared "
            + "lists.", at: draft.marks["choices"]
        ).in(field: draft.name, attribute: "choices")
      }
      list = found
    }
    return Field(
      name: draft.name, index: draft.index, type: draft.type, sensitivity: draft.sensitivity,
      merge: draft.merge, protectiveOrder: try protectiveOrder(draft, list),
      choices: draft.choices, resultType: draft.resultType, container: draft.container,
      repeat: draft.outerRepeat, line: draft.mark.line, labels: draft.labels, hints: draft.hints,
      constraintMessages: draft.constraintMessages, requiredMessages: draft.requiredMessages,
      list: list, requiredAlways: draft.requiredAlways)
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
  private func markClock(_ fields: inout [Field], _ order: [Int]) {
    func dependent(_ expression: Expression?, _ fields: [Field]) -> Bool {
      guard let expression else { return false }
      return expression.readsClock || expression.reads.contains { fields[$0].clockDependent }
    }
    for index in order {
      fields[index].clockDependent =
        dependent(fields[index].calculation, fields) || dependent(fields[index].initial, fields)
    }
    for index in fields.indices {
      fields[index].constraintClockDependent =
        fields[index].clockDependent || dependent(fields[index].constraint, fields)
    }
  }
}
