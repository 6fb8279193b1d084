import SyncCore
import Testing

@testable import Forms

@Suite struct QuestionTests {
  @Test func `recording goes question by question, and skips what does not apply`() throws {
    let form = try SampleForm.form()
    var answers = Answers()
    var asked: [String] = []
    var path: FieldPath?
    var legs = 0
    while let question = form.nextQuestion(after: path, answers, SampleForm.context) {
      asked.append("\(question.path)")
      path = question.path
      switch (question.kind, question.path.name) {
      case (.oneMore, _):
        if legs < 2 { answers.repeats["legs", default: []].append([:]) }
        legs += 1
      case (_, "district"): answers[question.path] = .value(.text("north"))
      case (_, "safe"): answers[question.path] = .value(.text("yes"))
      case (_, "country"): answers[question.path] = .value(.text("A"))
      default: break
      }
    }
    #expect(
      asked == [
        "district", "status", "kind", "received", "responded", "persons", "safe", "phone", "thanks",
        "legs[1].legs", "legs[1].country", "legs[1].border", "legs[2].legs", "legs[2].country",
        "legs[2].border", "legs[3].legs",
      ])
  }

  @Test func `required follows the answers, and headings name the repeat`() throws {
    let form = try SampleForm.form()
    let answers = Answers(["safe": .value(.text("yes"))], repeats: ["legs": [[:]]])
    let questions = form.questions(answers, SampleForm.context)
    #expect(questions.first { $0.path.name == "phone" }?.isRequired == true)
    #expect(questions.first { $0.path.name == "country" }?.headings.map(\.name) == ["legs"])
    #expect(questions.first { $0.kind == .note }?.path.name == "thanks")
  }

  @Test func `choices follow the other answers and end with the codes of every select`() throws {
    let form = try SampleForm.form()
    func offered(_ kinds: [String]) -> [String] {
      form.choices(
        for: FieldPath("work"), Answers(["kind": .codes(kinds)]), SampleForm.context
      ).map(\.code)
    }
    let universal = ["unknown", "not_asked", "prefer_not_to_say"]
    #expect(offered(["labour"]) == ["farm", "mine"] + universal)
    #expect(offered(["labour", "other"]) == ["farm", "mine", "street"] + universal)
    #expect(offered([]) == universal)
    #expect(
      form.choices(for: FieldPath("district"), Answers(), SampleForm.context).map(\.code)
        == ["north", "south"] + universal)
  }

  @Test func `a library finds the newest version and keeps the others`() throws {
    var library = FormLibrary()
    for version in [3, 1, 2] {
      library.add(
        try SampleForm.form("version: 2", version == 2 ? "version:  2" : "version: \(version)"))
    }
    #expect(library.newest("sample")?.version == 3)
    #expect(library.form("sample", version: 1)?.version == 1)
    #expect(library.form("sample", version: 9) == nil && library.newest("other") == nil)
    #expect(library.versions("sample").map(\.version) == [1, 2, 3])
  }
}
