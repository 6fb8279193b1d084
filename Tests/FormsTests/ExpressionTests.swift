import SyncCore
import Testing

@testable import Forms

@Suite struct ExpressionTests {
  /// The text of what an expression gives in a form with a number n, a text t, codes c, a day d
  /// and a moment m, and with e unanswered.
  private func result(_ expression: String, current: String = "") throws -> String {
    let quoted = expression.split(separator: "'", omittingEmptySubsequences: false)
      .joined(separator: "''")
    let yaml = """
      form: f
      version: 1
      title: {en: F}
      area: a
      lists:
        l: [{code: x, label: {en: X}}, {code: y, label: {en: Y}}]
      fields:
        - {name: a, type: select_one, choices: areas, class: coded, label: {en: A}}
        - {name: n, type: decimal, label: {en: N}}
        - {name: t, type: text, label: {en: T}}
        - {name: c, type: select_multiple, choices: l, label: {en: C}}
        - {name: d, type: date, label: {en: D}}
        - {name: m, type: datetime, label: {en: M}}
        - {name: e, type: text, label: {en: E}}
        - {name: z, type: calculate, calculation: '\(quoted)'}
      """
    let form = try Form.parse(bytes: Array(yaml.utf8), fileName: "f.yaml")
    let answers = Answers([
      "n": .value(.decimal(Decimal64("2.5")!)), "t": .value(.text("hé llo")),
      "c": .codes(["x", "y"]), "d": .value(.text("2024-02-28")),
      "m": .value(.text("2024-05-01T23:30:00Z")),
    ])
    guard
      case .value(.text(let text)) = form.evaluate(answers, SampleForm.context).answers.fields["z"]
    else { return "" }
    return text
  }

  @Test(arguments: [
    ("1 + 2 * 3", "7"), ("(1 + 2) * 3", "9"), ("7 mod 4 - 1", "2"), ("-7 mod 4", "-3"),
    ("10 div 4", "2.5"), ("1 div 0", ""), ("0.1 + 0.2", "0.3"), ("0.07 = 7 div 100", "true"),
    ("- -3", "3"), ("2 - -3", "5"), ("1 - 2 - 3", "-4"), (".5 + 1", "1.5"),
    ("1 = 1 and 2 = 3 or 4 = 4", "true"), ("1 = 1 or 2 = 3 and 1 = 2", "true"),
    ("1 < 2 = true()", "true"), ("not(1 > 2)", "true"), ("${n} >= 2.5", "true"),
    ("${n} > ${e}", "false"), ("${e} = ''", "true"), ("${e} != 'x'", "true"),
    ("${e} + 1", ""), ("not(${e})", "true"), ("${t} = 'hé llo'", "true"),
    ("${t} = 'he\u{301} llo'", "false"),
    ("string-length(${t})", "6"), ("concat(${t}, '-', ${n})", "hé llo-2.5"),
    ("selected(${c}, 'x')", "true"), ("selected(${c}, 'unknown')", "false"),
    ("selected(${e}, '')", "false"), ("count-selected(${c})", "2"),
    ("count-selected(${e})", "0"), ("${c} = 'x y'", "true"),
    ("if(${n} > 2, 'big', 'small')", "big"), ("coalesce(${e}, ${t}, 'z')", "hé llo"),
    ("${d} + 2", "2024-03-01"), ("${d} - 59", "2023-12-31"), ("today() - ${d}", "65"),
    ("now() - ${m}", "1.395833"), ("${d} < '2024-03-01'", "true"), ("${d} < today()", "true"),
    ("${d} = '2024-02-28'", "true"), ("${d} = '2024-02-30'", "false"),
    ("month(${d})", "2024-02"), ("days-between(${d}, ${m})", "63"),
    ("days-between(${m}, ${d})", "-63"), ("days-between(${e}, ${d})", ""),
    ("number('12.50') * 2", "25"), ("number('abc')", ""), ("string(1.50)", "1.5"),
    ("int(-2.7)", "-2"), ("round(2.5)", "3"), ("round(-2.5)", "-2"), ("round(2.345, 2)", "2.35"),
    ("round(1234, -2)", "1200"), ("regex(${t}, 'h. llo')", "true"), ("regex(${t}, 'llo')", "false"),
    ("\"it's\"", "it's"), ("true()", "true"), ("1e", "!"), ("'a' < 'b'", "false"),
  ])
  func `an expression gives`(expression: String, expected: String) throws {
    if expected == "!" {
      #expect(throws: FormError.self) { try result(expression) }
    } else {
      #expect(try result(expression) == expected)
    }
  }

  @Test(arguments: [
    ("1 +", 3), ("1 2", 2), ("(1", 2), ("'abc", 0), ("${}", 0), ("${a b}", 0), ("foo(1)", 0),
    ("1 = = 2", 4), ("not()", 0), ("if(1, 2)", 0), ("1 / 2", 2), ("a = 1", 0), ("1 ! 2", 2),
    ("  ${nowhere}", 2), ("regex(${t}, ${t})", 12), ("regex(${t}, 'a(')", 15), ("1 + ;", 4),
    ("count(${t})", 6), (". = 1", 0), ("1)", 1), ("", 0),
  ])
  func `a wrong expression is refused at its place`(expression: String, offset: Int) {
    do {
      _ = try result(expression)
      Issue.record("accepted: \(expression)")
    } catch let error as FormError {
      guard !expression.isEmpty else { return }
      #expect(error.offset == offset, "\(error)")
      #expect(error.field == "z" && error.attribute == "calculation")
      #expect(error.line == 15)
    } catch {
      Issue.record(error)
    }
  }

  @Test func `the column of an error is the column of the file`() throws {
    let error = #expect(throws: FormError.self) {
      try SampleForm.form("\"${persons} > 0\"", "\"${persons} >< 0\"")
    }
    let line = SampleForm.replaced("\"${persons} > 0\"", "\"${persons} >< 0\"")
      .split(separator: "\n", omittingEmptySubsequences: false)[try #require(error).line - 1]
    #expect(line.dropFirst(try #require(error).column - 1).hasPrefix("< 0\""))
  }

  @Test func `depth, length and size of an expression are bounded`() {
    #expect(throws: FormError.self) {
      try result(String(repeating: "(", count: 900) + "1" + String(repeating: ")", count: 900))
    }
    #expect(throws: FormError.self) { try result(String(repeating: "-", count: 900) + "1") }
    #expect(throws: FormError.self) { try result("1" + String(repeating: "+1", count: 400)) }
    #expect(throws: FormError.self) { try result("'" + String(repeating: "a", count: 3000) + "'") }
    #expect(throws: Never.self) { try result("1" + String(repeating: "+1", count: 200)) }
  }
}
