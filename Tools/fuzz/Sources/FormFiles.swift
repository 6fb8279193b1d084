import ReplicaStore
import SyncCore
import TransparencyLog

@testable import Forms

let formTargets = [
  Target(name: "form") { input in
    _ = try? FormLibrary.parseLists(bytes: input, fileName: "lists")
    guard
      let form = try? Form.parse(
        bytes: input, fileName: "form", sharedLists: FormLibrary.shipped.sharedLists)
    else { return false }
    // A committee's verifier reads the classes for itself, and must come to the same.
    let classes = FormClasses.read(input)
    for field in form.fields where field.type.holdsAnswer {
      check(
        classes?[field.name] == field.sensitivity,
        "the class of a field is \(field.sensitivity) to one reader of forms and not to another")
    }
    evaluate(form)
    return true
  },

  Target(name: "expression") { input in
    var input = Input(input)
    let result = ["text", "integer", "decimal", "date", "boolean"][Int(input.byte() % 5)]
    let source = String(decoding: input.all(), as: UTF8.self)
    guard
      (try? ExpressionParser.parse(source, scope: scope, limits: .specified)) != nil,
      let form = try? Form.parse(bytes: host(source, result), fileName: "form")
    else { return false }
    evaluate(form)
    return true
  },

  Target(name: "pattern") { input in
    var input = Input(input)
    let source = String(decoding: input.bytes(Int(input.byte())), as: UTF8.self)
    guard let pattern = try? Pattern(source, limits: .specified) else { return false }
    _ = pattern.matches(String(decoding: input.all(), as: UTF8.self))
    return true
  },

  Target(name: "policy") { input in
    let classes = FormClasses.read(input)
    guard
      let policy = try? DisclosurePolicy(yaml: input, classOf: { _, _ in .operational })
    else { return classes != nil }
    for count in [0, 4, 5, 9, 10, 1_000] {
      let band = policy.band(of: count)
      check(count >= policy.threshold || band.contains("-"), "a small count is shown: \(band)")
    }
    return true
  },
]

/// Answers to every question, some of them not of its kind, and to a few that are not asked.
private func evaluate(_ form: Form) {
  let today = CivilDate(year: 2026, month: 2, day: 28)!
  let context = EvaluationContext(today: today, now: Instant(seconds: 1_772_236_800))
  var answers = Answers()
  for (place, field) in form.fields.enumerated() where field.type.holdsAnswer {
    let text = texts[place % texts.count]
    let path = field.repeat.map { FieldPath(field.name, in: form.fields[$0].name, instance: 1) }
    if case .success(let answer) = form.parseAnswer(field, text, ReadingContext(), at: path) {
      answers[path ?? FieldPath(field.name)] = answer
    }
  }
  answers[FieldPath("no_such_field")] = .value(.integer(.min))
  let first = form.evaluate(answers, context)
  let again = form.evaluate(answers, context)
  check(
    first.answers == again.answers && first.findings == again.findings,
    "the same answers were judged in two ways")
  for finding in first.findings + first.warnings { _ = finding.message("en") }
}

private let texts = [
  "9223372036854775807", "-0.000000000000000001", "2026-02-28", "2026-02-28T23:59:59Z", "a", "a b",
  "true", "north", "15.5 32.5", "0001-01-01", "999999999999999999", "",
]

private let names = ["a", "b", "c", "d", "e", "f", "r", "x"]

private var scope: ExpressionParser.Scope {
  let missing = ExpressionParser.ScopeError(code: .unknownField, reason: "There is no such field.")
  return ExpressionParser.Scope(
    field: { name in names.firstIndex(of: name).map { .success($0) } ?? .failure(missing) },
    counted: { name in
      names.firstIndex(of: name).map { .success(.countInstances($0)) } ?? .failure(missing)
    })
}

/// A form with a field of each kind, and one that is calculated by the expression.
private func host(_ expression: String, _ result: String) -> [UInt8] {
  var quoted = ""
  for scalar in expression.unicodeScalars {
    let isPlain = (0x20..<0x7f).contains(scalar.value) && scalar != "\"" && scalar != "\\"
    let digits = String(scalar.value, radix: 16)
    quoted +=
      isPlain
      ? String(scalar) : "\\U" + String(repeating: "0", count: 8 - digits.utf8.count) + digits
  }
  return Array(
    """
    form: host
    version: 1
    title: {en: Host}
    area: f
    lists:
      l: [{code: a, label: {en: A}}, {code: b, label: {en: B}}]
    fields:
      - {name: a, type: integer, label: {en: A}}
      - {name: b, type: text, label: {en: B}}
      - {name: c, type: select_multiple, choices: l, label: {en: C}}
      - {name: d, type: date, label: {en: D}}
      - {name: e, type: decimal, label: {en: E}}
      - {name: f, type: select_one, choices: areas, class: coded, label: {en: F}}
      - name: r
        type: repeat
        label: {en: R}
        fields:
          - {name: x, type: datetime, label: {en: X}}
      - {name: z, type: calculate, result_type: \(result), calculation: "\(quoted)"}
    """.utf8)
}
