import SyncCore

/// A compiled expression: nodes in one array, fields by index (forms §5).
struct Expression: Sendable {
  typealias Ref = Int32

  enum Comparison: Sendable { case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual }
  enum Arithmetic: Sendable { case add, subtract, multiply, divide, remainder }

  enum Node: Sendable {
    case literal(Value)
    case field(Int)
    case current
    /// A key of the choice that a `choice_filter` is tried on.
    case attribute(String)
    case or(Ref, Ref)
    case and(Ref, Ref)
    case not(Ref)
    case compare(Comparison, Ref, Ref)
    case arithmetic(Arithmetic, Ref, Ref)
    case negate(Ref)
    case selected(Ref, Ref)
    case countSelected(Ref)
    case conditional(Ref, Ref, Ref)
    case coalesce([Ref])
    case concat([Ref])
    case today
    case now
    case matches(Ref, Pattern)
    case stringLength(Ref)
    case number(Ref)
    case string(Ref)
    case int(Ref)
    case round(Ref, Ref?)
    /// Instances of a repeat.
    case countInstances(Int)
    /// Answers to a field of a repeat, over its instances.
    case countAnswers(Int)
    case month(Ref)
    case daysBetween(Ref, Ref)
  }

  let source: String
  let nodes: [Node]
  let root: Ref

  /// The fields it reads, in the order of appearance.
  var reads: [Int] {
    nodes.compactMap { node in
      switch node {
      case .field(let index), .countInstances(let index), .countAnswers(let index): index
      default: nil
      }
    }
  }

  var readsClock: Bool {
    nodes.contains { node in
      switch node {
      case .today, .now: true
      default: false
      }
    }
  }
}

/// What is wrong with an expression, and where.
struct ExpressionError: Error {
  let code: FormError.Code
  let reason: String
  /// Unicode scalars from the expression's start.
  let offset: Int
}
