import SyncCore

/// Nothing of a higher class may show in a field of a lower one (forms §4.1).
struct ClassRule {
  let fields: [Field]

  func check(_ draft: FieldDraft) throws(FormError) {
    let field = fields[draft.index]
    if field.type.holdsAnswer {
      try check(field.calculation, "calculation", of: field, draft)
      try check(field.initial, "default", of: field, draft)
      try check(field.choiceFilter, "choice_filter", of: field, draft)
      try check(field.relevant, "relevant", of: field, draft)
      var container = field.container
      while let outer = container {
        try check(fields[outer].relevant, "relevant", of: field, draft, through: fields[outer])
        container = fields[outer].container
      }
    }
  }

  private func check(
    _ expression: Expression?, _ attribute: String, of field: Field, _ draft: FieldDraft,
    through outer: Field? = nil
  ) throws(FormError) {
    guard let expression else { return }
    let read = classes(expression)[Int(expression.root)]
    guard let read, read > field.sensitivity else { return }
    let what = outer.map { "of \($0.name), which encloses it, " } ?? ""
    throw FormError(
      .classRule,
      "Its \(attribute) \(what)reads an answer of class \(read.name), but the field is "
        + "\(field.sensitivity.name), so who may see the field could infer that answer; raise the "
        + "field's class to \(read.name), or read something else.",
      at: outer == nil ? draft.marks[attribute] : draft.mark
    ).in(field: field.name, attribute: attribute)
  }

  /// The class of each node's value; nil when it reads no answer.
  private func classes(_ expression: Expression) -> [SensitivityClass?] {
    var classes: [SensitivityClass?] = []
    classes.reserveCapacity(expression.nodes.count)
    // Operands stand before the node that uses them.
    for node in expression.nodes {
      func highest(_ refs: Expression.Ref...) -> SensitivityClass? {
        refs.compactMap { classes[Int($0)] }.max()
      }
      switch node {
      case .literal, .current, .attribute, .today, .now: classes.append(nil)
      case .field(let index), .countAnswers(let index):
        classes.append(fields[index].sensitivity)
      case .countInstances(let index):
        classes.append(
          fields.filter { $0.repeat == index && $0.type.holdsAnswer }
            .map(\.sensitivity).max())
      case .or(let a, let b), .and(let a, let b), .compare(_, let a, let b),
        .arithmetic(_, let a, let b), .selected(let a, let b):
        classes.append(highest(a, b))
      case .not(let a), .negate(let a), .countSelected(let a), .matches(let a, _),
        .stringLength(let a), .number(let a), .string(let a), .int(let a):
        classes.append(highest(a))
      case .round(let a, let b): classes.append(b.map { highest(a, $0) } ?? highest(a))
      case .conditional(let a, let b, let c): classes.append(highest(a, b, c))
      case .coalesce(let parts), .concat(let parts):
        classes.append(parts.compactMap { classes[Int($0)] }.max())
      case .month(let a):
        classes.append(coarsened(highest(a), [a], expression))
      case .daysBetween(let a, let b):
        classes.append(coarsened(highest(a, b), [a, b], expression))
      }
    }
    return classes
  }

  /// A month or a number of days may be a class lower than the coded days it comes from, and only
  /// when these are days: an `if()` around them could carry anything.
  private func coarsened(
    _ read: SensitivityClass?, _ arguments: [Expression.Ref], _ expression: Expression
  ) -> SensitivityClass? {
    guard read == .coded else { return read }
    let plain = arguments.allSatisfy { ref in
      switch expression.nodes[Int(ref)] {
      case .today, .now: true
      case .field(let index): isPlainDay(fields[index])
      default: false
      }
    }
    return plain ? .operational : read
  }

  /// Whether a day was asked for in any case: one that is asked, or filled in, after a coded answer
  /// would tell that answer by being there.
  private func isPlainDay(_ field: Field) -> Bool {
    guard field.type == .date || field.type == .datetime else { return false }
    var expressions = [field.relevant, field.initial]
    var container = field.container
    while let outer = container {
      expressions.append(fields[outer].relevant)
      container = fields[outer].container
    }
    return expressions.allSatisfy { expression in
      expression?.reads.allSatisfy { fields[$0].sensitivity == .operational } ?? true
    }
  }
}
