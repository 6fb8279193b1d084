/// Reads one expression by operator precedence (forms §5.1).
///
/// `or` < `and` < `= !=` < `< <= > >=` < `+ -` < `* div mod` < unary `-`; all group to the left.
struct ExpressionParser {
  /// What the surroundings of an expression let it name.
  struct Scope {
    /// `${name}`: the field's index, or why it cannot be read here.
    var field: (String) -> Result<Int, ScopeError>
    /// `count(${name})`: counts instances of a repeat, or answers to a field of one.
    var counted: (String) -> Result<Expression.Node, ScopeError>
    /// `.`
    var allowsCurrent = false
    /// Bare names, in a `choice_filter`.
    var allowsAttributes = false
  }

  struct ScopeError: Error {
    let code: FormError.Code
    let reason: String
  }

  let scope: Scope
  let limits: FormLimits
  private let tokens: [ExpressionLexer.Token]
  private var position = 0
  private var depth = 0
  private(set) var nodes: [Expression.Node] = []

  static func parse(_ source: String, scope: Scope, limits: FormLimits) throws(ExpressionError)
    -> Expression
  {
    guard source.utf8.count <= limits.expressionBytesMax else {
      throw ExpressionError(
        code: .limit, reason: "An expression is at most \(limits.expressionBytesMax) bytes long.",
        offset: 0)
    }
    var parser = ExpressionParser(
      scope: scope, limits: limits, tokens: try ExpressionLexer.tokens(source))
    let root = try parser.expression(above: 0)
    guard parser.token.kind == .end else {
      throw parser.error("The expression should end here, or an operator is missing.")
    }
    return Expression(source: source, nodes: parser.nodes, root: root)
  }

  private init(scope: Scope, limits: FormLimits, tokens: [ExpressionLexer.Token]) {
    self.scope = scope
    self.limits = limits
    self.tokens = tokens
  }

  // MARK: Tokens

  var token: ExpressionLexer.Token { tokens[position] }

  /// The end token is never passed.
  private mutating func advance() { if position < tokens.count - 1 { position += 1 } }

  mutating func take(_ symbol: String) -> Bool {
    guard token.kind == .symbol(symbol) else { return false }
    advance()
    return true
  }

  mutating func takeLiteral() { advance() }

  mutating func takeField() -> String? {
    guard case .field(let name) = token.kind else { return nil }
    advance()
    return name
  }

  mutating func expect(_ symbol: String) throws(ExpressionError) {
    guard take(symbol) else { throw error("Here \(symbol) is missing.") }
  }

  func error(_ reason: String, code: FormError.Code = .expression, at offset: Int? = nil)
    -> ExpressionError
  {
    ExpressionError(code: code, reason: reason, offset: offset ?? token.offset)
  }

  mutating func add(_ node: Expression.Node) throws(ExpressionError) -> Expression.Ref {
    guard nodes.count < limits.expressionNodesMax else {
      throw error("The expression is too long; move parts into calculate fields.", code: .limit)
    }
    nodes.append(node)
    return Expression.Ref(nodes.count - 1)
  }

  // MARK: Operators

  private enum Infix {
    case or, and
    case compare(Expression.Comparison)
    case arithmetic(Expression.Arithmetic)

    var power: Int {
      switch self {
      case .or: 1
      case .and: 2
      case .compare(.equal), .compare(.notEqual): 3
      case .compare: 4
      case .arithmetic(.add), .arithmetic(.subtract): 5
      case .arithmetic: 6
      }
    }
  }

  private var infix: Infix? {
    switch token.kind {
    case .name("or"): .or
    case .name("and"): .and
    case .name("div"): .arithmetic(.divide)
    case .name("mod"): .arithmetic(.remainder)
    case .symbol("="): .compare(.equal)
    case .symbol("!="): .compare(.notEqual)
    case .symbol("<"): .compare(.less)
    case .symbol("<="): .compare(.lessOrEqual)
    case .symbol(">"): .compare(.greater)
    case .symbol(">="): .compare(.greaterOrEqual)
    case .symbol("+"): .arithmetic(.add)
    case .symbol("-"): .arithmetic(.subtract)
    case .symbol("*"): .arithmetic(.multiply)
    default: nil
    }
  }

  mutating func expression(above power: Int) throws(ExpressionError) -> Expression.Ref {
    depth += 1
    defer { depth -= 1 }
    guard depth <= limits.expressionDepthMax else {
      throw error("The expression nests too deeply.", code: .limit)
    }
    var left = try prefix()
    while let infix, infix.power > power {
      advance()
      let right = try expression(above: infix.power)
      left =
        switch infix {
        case .or: try add(.or(left, right))
        case .and: try add(.and(left, right))
        case .compare(let kind): try add(.compare(kind, left, right))
        case .arithmetic(let kind): try add(.arithmetic(kind, left, right))
        }
    }
    return left
  }

  private mutating func prefix() throws(ExpressionError) -> Expression.Ref {
    let start = token
    switch start.kind {
    case .number(let number):
      advance()
      return try add(.literal(.number(number.binary)))
    case .text(let text):
      advance()
      return try add(.literal(.text(text)))
    case .field(let name):
      advance()
      switch scope.field(name) {
      case .success(let index): return try add(.field(index))
      case .failure(let problem):
        throw error(problem.reason, code: problem.code, at: start.offset)
      }
    case .current:
      advance()
      guard scope.allowsCurrent else {
        throw error("The sign . (this answer) has a meaning in constraint only.", at: start.offset)
      }
      return try add(.current)
    case .symbol("-"):
      advance()
      // Binds tighter than every infix operator.
      return try add(.negate(try expression(above: 7)))
    case .symbol("("):
      advance()
      let inner = try expression(above: 0)
      try expect(")")
      return inner
    case .name(let name):
      advance()
      if take("(") { return try call(name, at: start.offset) }
      guard scope.allowsAttributes else {
        throw error(
          "Write a field as ${\(name)}, a text as '\(name)', a function as \(name)(…).",
          at: start.offset)
      }
      return try add(.attribute(name))
    case .symbol, .end:
      throw error("Here a value is missing.")
    }
  }
}
