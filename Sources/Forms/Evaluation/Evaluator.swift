import SyncCore

/// Runs expressions over the values of one record (forms §5.2).
struct Evaluator {
  let form: Form
  let context: EvaluationContext
  let layout: SlotLayout
  /// By slot; empty for what is unanswered or does not apply.
  var values: [Value]

  init(form: Form, context: EvaluationContext, layout: SlotLayout) {
    self.form = form
    self.context = context
    self.layout = layout
    values = [Value](repeating: .empty, count: layout.slots)
  }

  /// Takes up the values of a finished evaluation.
  init(_ evaluation: Evaluation, _ context: EvaluationContext) {
    (form, self.context) = (evaluation.form, context)
    (layout, values) = (evaluation.layout, evaluation.values)
  }

  /// The place an expression is run for.
  struct Site {
    var instance = 0
    var current = Value.empty
    var choice: Choice?
  }

  func value(_ expression: Expression, at site: Site) -> Value {
    expression.nodes.withUnsafeBufferPointer { run(expression.root, $0, site) }
  }

  private typealias Nodes = UnsafeBufferPointer<Expression.Node>

  private func run(_ ref: Expression.Ref, _ nodes: Nodes, _ site: borrowing Site) -> Value {
    switch nodes[Int(ref)] {
    case .literal(let value): return value
    case .field(let index): return field(index, site.instance)
    case .current: return site.current
    case .attribute(let name): return attribute(name, of: site.choice)
    case .or(let a, let b):
      return .boolean(run(a, nodes, site).isTrue || run(b, nodes, site).isTrue)
    case .and(let a, let b):
      return .boolean(run(a, nodes, site).isTrue && run(b, nodes, site).isTrue)
    case .not(let a): return .boolean(!run(a, nodes, site).isTrue)
    case .compare(let kind, let a, let b):
      return .boolean(kind.holds(run(a, nodes, site), run(b, nodes, site)))
    case .arithmetic(let kind, let a, let b):
      return kind.result(run(a, nodes, site), run(b, nodes, site))
    case .negate(let a): return .number(-run(a, nodes, site).number)
    case .selected(let a, let b):
      return .boolean(Self.selected(run(a, nodes, site), run(b, nodes, site).text))
    case .countSelected(let a):
      switch run(a, nodes, site) {
      case .codes(let codes): return .number(Double(codes.count))
      case let other: return .number(other.isEmpty ? 0 : 1)
      }
    case .conditional(let test, let a, let b):
      return run(run(test, nodes, site).isTrue ? a : b, nodes, site)
    case .coalesce(let parts):
      for part in parts {
        let value = run(part, nodes, site)
        if !value.isEmpty { return value }
      }
      return .empty
    case .concat(let parts):
      var text = ""
      for part in parts { text += run(part, nodes, site).text }
      return .text(text)
    case .today: return .date(context.today)
    case .now: return .instant(context.now)
    case .matches(let a, let pattern): return .boolean(pattern.matches(run(a, nodes, site).text))
    case .stringLength(let a):
      return .number(Double(run(a, nodes, site).text.unicodeScalars.count))
    case .number(let a): return .number(run(a, nodes, site).number)
    case .string(let a): return .text(run(a, nodes, site).text)
    case .int(let a): return .number(run(a, nodes, site).number.rounded(.towardZero))
    case .round(let a, let places):
      let number = run(a, nodes, site).number
      return .number(Self.round(number, places: places.map { run($0, nodes, site).number } ?? 0))
    case .countInstances(let index):
      return .number(
        Double(values[layout.slot(index, 0)].isTrue ? layout.instances[index] ?? 0 : 0))
    case .countAnswers(let index):
      var count = 0
      for instance in 0..<layout.count(of: index, in: form)
      where !values[layout.slot(index, instance)].isEmpty { count += 1 }
      return .number(Double(count))
    case .month(let a): return run(a, nodes, site).day.map { .text($0.monthText) } ?? .empty
    case .daysBetween(let a, let b):
      guard let first = run(a, nodes, site).day, let second = run(b, nodes, site).day else {
        return .empty
      }
      return .number(Double(second.dayNumber - first.dayNumber))
    }
  }

  private func field(_ index: Int, _ instance: Int) -> Value {
    values[layout.slot(index, form.fields[index].repeat == nil ? 0 : instance)]
  }

  private func attribute(_ name: String, of choice: Choice?) -> Value {
    guard let choice else { return .empty }
    if name == "code" || name == "name" { return .text(choice.code) }
    return choice.attributes[name].map { .text($0) } ?? .empty
  }

  private static func selected(_ value: Value, _ code: String) -> Bool {
    switch value {
    case .codes(let codes): codes.contains(code)
    case .empty: false
    case let other: !code.isEmpty && other.text == code
    }
  }

  /// Half towards positive infinity, as XPath does; `places` from -9 to 9.
  private static func round(_ number: Double, places: Double) -> Double {
    guard number.isFinite, places.isFinite, places.magnitude <= 9 else { return .nan }
    var scale = 1.0
    for _ in 0..<Int(places.magnitude) { scale *= 10 }
    return places < 0
      ? (number / scale + 0.5).rounded(.down) * scale
      : (number * scale + 0.5).rounded(.down) / scale
  }
}

extension Expression.Comparison {
  func holds(_ a: Value, _ b: Value) -> Bool {
    switch self {
    case .equal: return Self.equal(a, b)
    case .notEqual: return !Self.equal(a, b)
    case .less, .lessOrEqual, .greater, .greaterOrEqual: break
    }
    if a.isMoment || b.isMoment, let x = a.seconds, let y = b.seconds { return ordered(x, y) }
    return ordered(a.number, b.number)
  }

  private func ordered<T: Comparable>(_ x: T, _ y: T) -> Bool {
    switch self {
    case .less: x < y
    case .lessOrEqual: x <= y
    case .greater: x > y
    case .greaterOrEqual: x >= y
    case .equal, .notEqual: false
    }
  }

  private static func equal(_ a: Value, _ b: Value) -> Bool {
    switch (a, b) {
    case (.text(let x), .text(let y)):
      // Swift's == also joins canonically equivalent texts, which have other bytes.
      return x == y && x.utf8.elementsEqual(y.utf8)
    case (.boolean(let x), .boolean(let y)): return x == y
    case (.number, _), (_, .number): return a.number == b.number
    default: break
    }
    if a.isMoment || b.isMoment {
      guard let x = a.seconds, let y = b.seconds else { return false }
      return x == y
    }
    return a.text.utf8.elementsEqual(b.text.utf8)
  }
}

extension Expression.Arithmetic {
  /// A day plus or minus a whole number is a day; a moment minus a moment is days.
  func result(_ a: Value, _ b: Value) -> Value {
    switch (self, a, b) {
    case (.add, .date(let date), _) where !b.isMoment: return Self.shift(date, by: b.number)
    case (.add, _, .date(let date)) where !a.isMoment: return Self.shift(date, by: a.number)
    case (.subtract, .date(let date), .number(let days)): return Self.shift(date, by: -days)
    case (.subtract, _, _) where a.isMoment || b.isMoment:
      guard let x = a.seconds, let y = b.seconds else { return .number(.nan) }
      return .number(Double(x - y) / 86_400)
    default: break
    }
    let x = a.number
    let y = b.number
    let result: Double =
      switch self {
      case .add: x + y
      case .subtract: x - y
      case .multiply: x * y
      case .divide: x / y
      case .remainder: x.truncatingRemainder(dividingBy: y)
      }
    return .number(result.isFinite ? result : .nan)
  }

  private static func shift(_ date: CivilDate, by days: Double) -> Value {
    guard days.magnitude < 4_000_000 else { return .empty }
    return CivilDate(dayNumber: date.dayNumber + Int(days.rounded(.down))).map { .date($0) }
      ?? .empty
  }
}
