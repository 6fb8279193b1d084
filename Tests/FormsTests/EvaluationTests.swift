import SyncCore
import Testing

@testable import Forms

@Suite struct EvaluationTests {
  private func text(_ text: String) -> Answer { .value(.text(text)) }
  private func number(_ number: Int64) -> Answer { .value(.integer(number)) }

  private func codes(_ findings: [Finding]) -> [String] {
    findings.map { "\($0.path) \($0.code.rawValue)" }
  }

  @Test func `defaults, calculations and coarse values are filled in`() throws {
    let form = try SampleForm.form()
    let e = form.evaluate(
      Answers([
        "district": text("north"), "received": text("2024-04-30T22:00:00Z"),
        "responded": text("2024-05-02"),
      ]), SampleForm.context)
    #expect(e.isComplete, "\(codes(e.findings))")
    #expect(e.answers.fields["status"] == text("new"))
    #expect(e.defaulted.map(\.name) == ["status"])
    #expect(e.answers.fields["received_month"] == text("2024-04"))
    #expect(e.answers.fields["response_days"] == number(2))
  }

  @Test func `a cleared answer is not filled again, nor is an amended record`() throws {
    let form = try SampleForm.form()
    let cleared = Answers(["district": text("north"), "status": .value(.cleared)])
    #expect(form.evaluate(cleared, SampleForm.context).defaulted == [])
    var context = SampleForm.context
    context.fillsDefaults = false
    let e = form.evaluate(Answers(["district": text("north")]), context)
    #expect(e.answers.fields["status"] == nil && e.isComplete)
  }

  @Test func `an answer that does not apply is dropped, with what follows from it`() throws {
    let form = try SampleForm.form()
    var answers = Answers([
      "district": text("north"), "persons": number(2), "children": number(1),
      "safe": text("no"), "phone": text("55 555 555"),
    ])
    var e = form.evaluate(answers, SampleForm.context)
    #expect(e.dropped.map(\.name) == ["phone"] && e.answers.fields["phone"] == nil)
    #expect(codes(e.warnings) == ["phone irrelevant"] && e.isComplete)
    #expect(!e.isRelevant(FieldPath("phone")) && e.isRelevant(FieldPath("children")))
    answers.fields["persons"] = number(0)
    answers.fields["safe"] = text("yes")
    e = form.evaluate(answers, SampleForm.context)
    #expect(e.dropped.map(\.name) == ["children"] && e.answers.fields["phone"] != nil)
  }

  @Test func `findings name the field, in document order, in the person's language`() throws {
    let form = try SampleForm.form()
    let e = form.evaluate(
      Answers(
        [
          "district": text("west"), "status": text("open"), "kind": .codes(["labour"]),
          "work": text("street"), "persons": number(1000), "children": text("two"),
          "safe": text("yes"), "nonsense": text("x"), "thanks": text("x"),
        ], repeats: ["legs": [["country": text("A")], [:]], "wings": [[:]]]), SampleForm.context)
    #expect(
      codes(e.findings) == [
        "district code_unknown", "status code_unknown", "work code_unavailable",
        "persons constraint", "children type", "phone required", "thanks unknown_field",
        "legs[2].country required", "nonsense unknown_field", "wings unknown_field",
      ])
    let constraint = try #require(e.findings.first { $0.code == .constraint })
    #expect(constraint.message("fr") == "Entre 0 et 999.")
    #expect(constraint.message("ar") == "Between 0 and 999.")
    #expect(e.findings[0].message("es") == "Esta no es una de las opciones.")
  }

  @Test func `every select takes the three codes that say why there is none`() throws {
    let form = try SampleForm.form()
    for code in ["unknown", "not_asked", "prefer_not_to_say"] {
      let e = form.evaluate(
        Answers([
          "district": text(code), "kind": .codes([code]), "work": text(code), "safe": text(code),
        ]), SampleForm.context)
      #expect(e.isComplete, "\(codes(e.findings))")
    }
  }

  @Test func `a constraint on the clock only warns when the clock is known to be wrong`() throws {
    let form = try SampleForm.form()
    let answers = Answers([
      "district": text("north"), "received": text("2031-01-01T00:00:00Z"), "persons": number(-1),
    ])
    var context = SampleForm.context
    #expect(
      codes(form.evaluate(answers, context).findings) == [
        "received constraint", "persons constraint",
      ])
    context.clockKnownWrong = true
    let e = form.evaluate(answers, context)
    #expect(codes(e.findings) == ["persons constraint"])
    #expect(codes(e.warnings) == ["received constraint"])
  }

  @Test func `each instance of a repeat is judged and calculated by itself`() throws {
    let form = try SampleForm.form()
    let legs: [Answers.Instance] = [
      ["country": text("A"), "border": .value(.boolean(true))],
      ["country": .value(.cleared), "border": .value(.boolean(true))],
      ["country": text("C"), "district": text("north")],
    ]
    let e = form.evaluate(
      Answers(["district": text("north")], repeats: ["legs": legs]), SampleForm.context)
    #expect(e.answers.fields["leg_count"] == number(3))
    #expect(e.answers.repeats["legs"]?[2]["leg_text"] == text("C/new"))
    #expect(e.dropped == [FieldPath("border", in: "legs", instance: 1)])
    #expect(codes(e.findings) == ["legs[3].district unknown_field", "legs[2].country required"])
  }

  @Test func `too many instances are a finding, not work`() throws {
    let form = try SampleForm.form()
    let many = [Answers.Instance](repeating: ["country": text("A")], count: 201)
    let e = form.evaluate(
      Answers(["district": text("north")], repeats: ["legs": many]), SampleForm.context)
    #expect(codes(e.findings) == ["legs too_long"])
  }

  @Test func `who cannot read a class does not judge it`() throws {
    let form = try SampleForm.form()
    let answers = Answers(["district": text("north")], repeats: ["legs": [[:]]])
    #expect(!form.evaluate(answers, SampleForm.context).isComplete)
    var context = SampleForm.context
    context.readable = .coded
    let e = form.evaluate(answers, context)
    #expect(e.isComplete, "\(codes(e.findings))")
  }

  @Test func `a calculation that a caller supplies is replaced`() throws {
    let form = try SampleForm.form()
    let e = form.evaluate(
      Answers([
        "district": text("north"), "leg_count": number(9), "received_month": text("1999-01"),
      ]),
      SampleForm.context)
    #expect(e.answers.fields["leg_count"] == number(0))
    #expect(e.answers.fields["received_month"] == nil)
  }

  @Test func `evaluating its own result changes nothing`() throws {
    let form = try SampleForm.form()
    let first = form.evaluate(
      Answers(
        ["district": text("north"), "persons": number(0), "children": number(4)],
        repeats: ["legs": [["country": text("A")]]]), SampleForm.context)
    let second = form.evaluate(first.answers, SampleForm.context)
    #expect(second.answers == first.answers && second.dropped == [] && second.defaulted == [])
  }
}
