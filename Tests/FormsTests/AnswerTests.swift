import SyncCore
import Testing

@testable import Forms

@Suite struct AnswerTests {
  private func form(_ type: String) throws -> (Form, Field) {
    let yaml = """
      form: f
      version: 1
      title: {en: F}
      area: a
      lists:
        l: [{code: x, label: {en: The X, ar: إكس}}, {code: "24h", label: {en: One day}}]
      fields:
        - {name: a, type: select_one, choices: areas, class: coded, label: {en: A}}
        - {name: v, type: \(type), label: {en: V}\(type.hasPrefix("select") ? ", choices: l" : "")}
      """
    let form = try Form.parse(bytes: Array(yaml.utf8), fileName: "f.yaml")
    return (form, form.field("v")!)
  }

  @Test(arguments: [
    ("text", " two  words ", FieldValue.text("two  words")), ("integer", "-012", .integer(-12)),
    ("integer", "٤٢", .integer(42)), ("decimal", "1.50", .decimal(Decimal64("1.5")!)),
    ("decimal", "٢٫٥", .decimal(Decimal64("2.5")!)), ("date", "2024-02-29", .text("2024-02-29")),
    ("date", "۲۰۲۴-۰۲-۲۹", .text("2024-02-29")),
    ("datetime", "2024-03-01T01:30:00+03:00", .text("2024-02-29T22:30:00Z")),
    ("datetime", "2024-03-01 01:30-05:30", .text("2024-03-01T07:00:00Z")),
    ("datetime", "2024-03-01T01:30:00.999z", .text("2024-03-01T01:30:00Z")),
    ("boolean", "Oui", .boolean(true)), ("boolean", "لا", .boolean(false)),
    ("acknowledge", "ok", .boolean(true)), ("geopoint", "-12.5, 044.10 7", .text("-12.5 44.1 7")),
    ("record", "00112233445566778899AABBCCDDEEFF", .text("00112233445566778899aabbccddeeff")),
    ("select_one", "x", .text("x")), ("select_one", "the x", .text("x")),
    ("select_one", "إكس", .text("x")), ("select_one", "unknown", .text("unknown")),
    ("integer", "", .cleared), ("select_multiple", " ", .cleared),
  ])
  func `a typed answer takes its one form`(type: String, typed: String, value: FieldValue) throws {
    let (form, field) = try form(type)
    #expect(form.parseAnswer(field, typed) == .success(.value(value)))
  }

  @Test(arguments: [
    ("integer", "1.5"), ("integer", "9007199254740992"), ("integer", "+1"), ("integer", "1 000"),
    ("decimal", "1e3"), ("decimal", "1,5"), ("decimal", "NaN"), ("date", "2023-02-29"),
    ("date", "29/02/2024"), ("date", "2024-2-9"), ("date", "2024-02-29Z"),
    ("datetime", "2024-03-01T01:30:00"), ("datetime", "2024-03-01T24:00:00Z"),
    ("datetime", "0001-01-01T00:00:00+01:00"), ("datetime", "2024-03-01"), ("boolean", "maybe"),
    ("geopoint", "91 0"), ("geopoint", "0 -180.1"), ("geopoint", "1"), ("geopoint", "1 2 3 4 5"),
    ("record", "0011"), ("file", "../../etc/passwd"), ("select_one", "y"), ("select_one", "x x"),
    ("select_multiple", "x y"),
  ])
  func `an answer of another form is a finding`(type: String, typed: String) throws {
    let (form, field) = try form(type)
    guard case .failure(let finding) = form.parseAnswer(field, typed) else {
      Issue.record("accepted \(typed) as \(type)")
      return
    }
    #expect(finding.code == (type.hasPrefix("select") ? .codeUnknown : .type))
    #expect(!finding.message("en").contains(typed))
  }

  @Test func `codes come apart by space, comma or semicolon, labels by semicolon`() throws {
    let (form, field) = try form("select_multiple")
    for typed in ["x 24h", "24h;x", "24h, x, x", "The X; one day", "x؛24h"] {
      #expect(form.parseAnswer(field, typed) == .success(.codes(["24h", "x"])), "\(typed)")
    }
    #expect(
      form.parseAnswer(field, .list([.text("x"), .text("24h")])) == .success(.codes(["24h", "x"])))
  }

  @Test func `a JSON object is read by names and aliases, and every fault is found`() throws {
    let form = try SampleForm.form()
    let (answers, findings) = form.parseAnswers([
      "vic_Kind": .list([.text("labour")]), "persons": .number("3"), "children": .number("1.5"),
      "safe": .bool(true), "status": .null, "where": .text("x"),
      "legs": .list([.object(["country": .text("A"), "persons": .number("1")]), .text("x")]),
    ])
    #expect(answers.fields["kind"] == .codes(["labour"]))
    #expect(answers.fields["persons"] == .value(.integer(3)))
    #expect(answers.fields["status"] == .value(.cleared))
    #expect(answers.repeats["legs"]?.first?["country"] == .value(.text("A")))
    #expect(
      Set(findings.map { "\($0.path) \($0.code.rawValue)" }) == [
        "children type", "safe type", "where unknown_field", "legs[1].persons unknown_field",
        "legs[2].legs type",
      ])
  }

  @Test func `every day from year 1 to 9999 reads back`() throws {
    var expected = -719_162
    for year in 1...9999 {
      for (month, day) in [(1, 1), (2, 28), (2, 29), (3, 1), (12, 31)] {
        guard let date = CivilDate(year: year, month: month, day: day) else { continue }
        #expect(CivilDate(dayNumber: date.dayNumber) == date)
        #expect(CivilDate(date.description) == date)
        if month == 1 { #expect(date.dayNumber == expected) }
      }
      expected += (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 366 : 365
    }
    #expect(CivilDate(dayNumber: -719_163) == nil && CivilDate(dayNumber: 2_932_897) == nil)
    #expect(Instant("1969-12-31T23:59:59Z")?.seconds == -1)
    #expect(Instant(seconds: -1).description == "1969-12-31T23:59:59Z")
  }

  @Test func `one field write is judged by the form alone`() throws {
    let form = try SampleForm.form()
    func check(
      _ name: String, _ section: SensitivityClass, _ value: FieldValue, in r: String? = nil
    )
      -> QuarantineReason?
    { form.checkReadable(name: name, in: r, section: section, value: value) }
    #expect(check("persons", .coded, .integer(3)) == nil)
    #expect(check("persons", .coded, .cleared) == nil)
    #expect(check("persons", .operational, .integer(3)) == .wrongSection)
    #expect(check("persons", .coded, .text("3")) == .wrongType)
    #expect(check("person", .coded, .integer(3)) == .unknownField)
    #expect(check("thanks", .identity, .text("x")) == .unknownField)
    #expect(check("status", .operational, .text("new")) == nil)
    #expect(check("status", .operational, .text("unknown")) == nil)
    #expect(check("status", .operational, .text("open")) == .codeUnknown)
    #expect(check("district", .coded, .text("an_area_of_next_year")) == nil)
    #expect(check("district", .coded, .text("not a code")) == .codeUnknown)
    #expect(check("received", .coded, .text("2024-05-01T10:00:00Z")) == nil)
    #expect(check("received", .coded, .text("2024-05-01T10:00:00+00:00")) == .wrongType)
    #expect(check("response_days", .operational, .integer(3)) == nil)
    #expect(check("kind", .coded, .text("labour")) == .wrongType)
    #expect(check("phone", .identity, .text(String(repeating: "5", count: 16_385))) == .tooLong)
    #expect(check("phone", .identity, .bytes([1])) == .wrongType)
    #expect(check("country", .sensitive, .text("A")) == .unknownField)
    #expect(check("country", .sensitive, .text("A"), in: "legs") == nil)
    #expect(check("persons", .coded, .integer(3), in: "legs") == .unknownField)
    func codes(_ name: String, _ adding: [String], _ removing: [String] = []) -> QuarantineReason? {
      form.checkReadable(name: name, section: .coded, adding: adding, removing: removing)
    }
    #expect(codes("kind", ["other", "labour"]) == nil)
    #expect(codes("kind", ["other"], ["else"]) == .codeUnknown)
    #expect(codes("work", ["farm"]) == .wrongType)
    #expect(codes("kind", (0..<201).map { "c\($0)" }) == .tooLong)
  }

  @Test func `answers written together are judged by each other and by nothing else`() throws {
    let form = try SampleForm.form()
    func refusal(_ written: [String: Answer]) -> QuarantineReason? {
      form.refusal(ofWritten: written)
    }
    #expect(refusal(["persons": .value(.integer(1_000))]) == .constraint)
    #expect(refusal(["persons": .value(.integer(999))]) == nil)
    let three = Answer.value(.integer(3))
    let four = Answer.value(.integer(4))
    #expect(refusal(["persons": three, "children": four]) == .constraint)
    #expect(refusal(["persons": four, "children": three]) == nil)
    // Another entry may have said how many persons: nobody who sees only this one can tell.
    #expect(refusal(["children": four]) == nil)
    #expect(refusal(["persons": .value(.cleared), "children": four]) == .constraint)
    // What follows from a clock never holds anything back.
    #expect(refusal(["received": .value(.text("2999-01-01T00:00:00Z"))]) == nil)
    let farm = Answer.value(.text("farm"))
    #expect(refusal(["kind": .codes(["other"]), "work": farm]) == .codeUnavailable)
    #expect(refusal(["kind": .codes(["labour"]), "work": farm]) == nil)
    #expect(refusal(["work": farm]) == nil)
    let unknown = Answer.value(.text("unknown"))
    #expect(refusal(["kind": .codes(["other"]), "work": unknown]) == nil)
    #expect(refusal(["persons": .value(.text("many"))]) == nil)
  }
}
