/// A code that a form compares with must be a code that its field can hold (forms §1.5).
///
/// A misspelt code would make a question appear never, or always.
struct CodeRule {
  let fields: [Field]

  func check(_ draft: FieldDraft) throws(FormError) {
    let field = fields[draft.index]
    let expressions = [
      ("relevant", field.relevant), ("constraint", field.constraint),
      ("required", field.required), ("choice_filter", field.choiceFilter),
      ("default", field.initial), ("calculation", field.calculation),
    ]
    for (attribute, expression) in expressions {
      guard let expression else { continue }
      for node in expression.nodes {
        switch node {
        case .compare(.equal, let a, let b), .compare(.notEqual, let a, let b):
          try check(a, b, in: expression, attribute, draft)
          try check(b, a, in: expression, attribute, draft)
        case .selected(let a, let b):
          try check(a, b, in: expression, attribute, draft)
        default: break
        }
      }
    }
  }

  private func check(
    _ select: Expression.Ref, _ literal: Expression.Ref, in expression: Expression,
    _ attribute: String, _ draft: FieldDraft
  ) throws(FormError) {
    let index: Int
    switch expression.nodes[Int(select)] {
    case .field(let read): index = read
    case .current: index = draft.index
    default: return
    }
    guard case .literal(.text(let code)) = expression.nodes[Int(literal)], !code.isEmpty,
      let list = fields[index].list, !list.contains(code)
    else { return }
    // A select_multiple compares as its codes joined by spaces.
    if fields[index].type == .selectMultiple,
      code.split(separator: " ").allSatisfy({ list.contains(String($0)) })
    {
      return
    }
    throw FormError(
      .unknownCode,
      "The choice list \(list.name) of \(fields[index].name) has no code \(printable(code)).",
      at: draft.marks[attribute]
    ).in(field: draft.name, attribute: attribute)
  }
}
