/// The functions of expressions (forms §5.3).
extension ExpressionParser {
  /// Reads the arguments of `name`, the opening parenthesis being behind us.
  mutating func call(_ name: String, at offset: Int) throws(ExpressionError) -> Expression.Ref {
    switch name {
    case "regex": return try regex()
    case "count": return try count()
    default: break
    }
    guard let arity = Self.arities[name] else {
      throw error(
        "There is no function \(name)(); known are: "
          + (Self.arities.keys + ["regex", "count"]).sorted().joined(separator: ", ") + ".",
        at: offset)
    }
    var given: [Expression.Ref] = []
    if !take(")") {
      repeat { given.append(try expression(above: 0)) } while take(",")
      try expect(")")
    }
    guard arity.contains(given.count) else {
      let wanted =
        arity.lowerBound == arity.upperBound
        ? "\(arity.lowerBound)" : "\(arity.lowerBound) to \(arity.upperBound)"
      throw error("\(name)() takes \(wanted) values.", at: offset)
    }
    switch name {
    case "not": return try add(.not(given[0]))
    case "true": return try add(.literal(.boolean(true)))
    case "false": return try add(.literal(.boolean(false)))
    case "selected": return try add(.selected(given[0], given[1]))
    case "count-selected": return try add(.countSelected(given[0]))
    case "if": return try add(.conditional(given[0], given[1], given[2]))
    case "coalesce": return try add(.coalesce(given))
    case "concat": return try add(.concat(given))
    case "today": return try add(.today)
    case "now": return try add(.now)
    case "string-length": return try add(.stringLength(given[0]))
    case "number": return try add(.number(given[0]))
    case "string": return try add(.string(given[0]))
    case "int": return try add(.int(given[0]))
    case "round": return try add(.round(given[0], given.count == 2 ? given[1] : nil))
    case "month": return try add(.month(given[0]))
    case "days-between": return try add(.daysBetween(given[0], given[1]))
    default: preconditionFailure("every name in arities has a case")
    }
  }

  private static let arities: [String: ClosedRange<Int>] = [
    "not": 1...1, "true": 0...0, "false": 0...0, "selected": 2...2, "count-selected": 1...1,
    "if": 3...3, "coalesce": 1...16, "concat": 1...32, "today": 0...0, "now": 0...0,
    "string-length": 1...1, "number": 1...1, "string": 1...1, "int": 1...1, "round": 1...2,
    "month": 1...1, "days-between": 2...2,
  ]

  /// The pattern must be a literal, so that it is checked and compiled with the form.
  private mutating func regex() throws(ExpressionError) -> Expression.Ref {
    let subject = try expression(above: 0)
    try expect(",")
    let literal = token
    guard case .text(let source) = literal.kind else {
      throw error("The pattern of regex() must be a text in quotation marks.")
    }
    takeLiteral()
    try expect(")")
    let pattern: Pattern
    do throws(PatternError) {
      pattern = try Pattern(source, limits: limits)
    } catch {
      throw self.error(
        "In the pattern: \(error.reason).", code: .pattern,
        at: literal.offset + 1 + error.offset)
    }
    return try add(.matches(subject, pattern))
  }

  private mutating func count() throws(ExpressionError) -> Expression.Ref {
    let offset = token.offset
    guard let field = takeField() else {
      throw error("count() takes one ${name}, of a repeat or of a field in one.")
    }
    try expect(")")
    switch scope.counted(field) {
    case .success(let node): return try add(node)
    case .failure(let problem): throw error(problem.reason, code: problem.code, at: offset)
    }
  }
}
