import Testing

@testable import Console

/// Types into a prompt; the first outcome that is not editing, or editing.
func type(_ keys: [Key], into prompt: inout some PromptModel) -> PromptOutcome {
  for key in keys {
    let outcome = prompt.handle(key)
    if outcome != .editing { return outcome }
  }
  return .editing
}

func letters(_ text: String) -> [Key] { text.map { .character($0) } }

struct PromptTests {
  private let districts = [
    Choice(code: "north", label: "Nord-Équateur"), Choice(code: "south", label: "الجنوب"),
    Choice(code: "s2", label: "South coast"), Choice(code: "e", label: "East\u{202E}ern"),
  ]

  private func question(
    required: Bool = false, constraint: (@Sendable (PromptAnswer) -> String?)? = nil
  ) -> Question {
    Question("Where?", isRequired: required, catalog: .english, constraint: constraint)
  }

  @Test func `an editor inserts and deletes at the cursor, and a vowel sign goes alone`() {
    var editor = LineEditor("ac")
    func press(_ key: Key) -> String {
      _ = editor.handle(key)
      return editor.text
    }
    _ = editor.handle(.left)
    _ = editor.insert("b")
    #expect(editor.text == "abc")
    _ = editor.handle(.end)
    #expect(press(.backspace) == "ab")
    _ = editor.insert(" مُ")
    #expect(press(.backspace) == "ab م")
    #expect(press(.control("w")) == "ab ")
    var small = LineEditor("é", bytesMax: 3)
    let fits = [small.insert("é"), small.insert("x")]
    #expect(fits == [false, true] && small.text == "éx")
  }

  @Test func `the cursor stands where the terminal will draw it`() {
    var editor = LineEditor("人人\u{1B}a")
    #expect(editor.render(width: 40).cursor == Frame.Place(row: 0, column: 11))
    #expect(editor.render(width: 40).texts == ["人人\\u{1b}a"])
    _ = editor.handle(.left)
    #expect(editor.render(width: 40).cursor == Frame.Place(row: 0, column: 10))
    #expect(LineEditor("abcd").render(width: 4).texts == ["abcd", ""])
    #expect(LineEditor("a\nb").render(width: 4).cursor == Frame.Place(row: 1, column: 1))
  }

  @Test func `an invalid date is refused in place, and the corrected one is echoed in words`() {
    let today = CalendarDate(year: 2026, month: 3, day: 1)!
    var prompt = EntryPrompt(question(), rule: .date(today: today, catalog: .english))
    #expect(type(letters("3/5/2026") + [.enter], into: &prompt) == .editing)
    #expect(
      prompt.complaint == "Is it 3 May 2026 or 5 March 2026? Write the month in words.")
    #expect(prompt.render(width: 80, height: 10).texts.contains(prompt.complaint!))
    #expect(type([.control("u")] + letters("5 march 2026"), into: &prompt) == .editing)
    #expect(prompt.complaint == nil)
    #expect(prompt.render(width: 80, height: 10).texts.last == "Understood: 5 March 2026")
    #expect(
      prompt.handle(.enter) == .answered(.date(CalendarDate(year: 2026, month: 3, day: 5)!)))
  }

  @Test func `a number keeps its bounds and takes Arabic digits`() {
    var prompt = EntryPrompt(question(), rule: .number(in: 0...120, catalog: .english))
    #expect(prompt.answer(line: "121") == .editing)
    #expect(prompt.complaint == "The largest possible is 120.")
    #expect(prompt.answer(line: "3.5") == .editing)
    #expect(prompt.complaint == "Give a whole number.")
    #expect(prompt.answer(line: "٣٢") == .answered(.number("32")))
  }

  @Test func `a required answer cannot be empty, another can`() {
    var required = EntryPrompt(question(required: true), rule: .text())
    #expect(required.handle(.enter) == .editing)
    #expect(required.complaint == "This question needs an answer.")
    var optional = EntryPrompt(question(), rule: .text())
    #expect(type([.character(" "), .enter], into: &optional) == .answered(.skipped))
  }

  @Test func `text takes line breaks and pastes, and a form's rule refuses it in its own words`() {
    var prompt = EntryPrompt(
      question(constraint: { $0 == .text("a\nb") ? "not\u{1B}this" : nil }), rule: .text())
    #expect(type([.character("a"), .newline, .paste("b"), .enter], into: &prompt) == .editing)
    #expect(prompt.complaint == "not\\u{1b}this")
    #expect(type([.paste("c\nd"), .enter], into: &prompt) == .answered(.text("a\nbc\nd")))
    var short = EntryPrompt(question(), rule: .text(bytesMax: 3))
    #expect(type(letters("abcd"), into: &short) == .editing)
    #expect(short.typed == "abc" && short.complaint == "The answer is too long: 3 bytes at most.")
  }

  @Test func `typing finds a choice by code or label, without accents or case`() {
    var prompt = SelectOnePrompt(question(required: true), choices: districts)
    #expect(prompt.handle(.enter) == .editing)
    #expect(prompt.complaint == "Choose one of the list.")
    #expect(type(letters("equa") + [.enter], into: &prompt) == .answered(.choice("north")))
    var coast = SelectOnePrompt(question(), choices: districts)
    #expect(type(letters("so co") + [.enter], into: &coast) == .answered(.choice("s2")))
    var arabic = SelectOnePrompt(question(), choices: districts)
    #expect(type(letters("الجنُوب") + [.enter], into: &arabic) == .answered(.choice("south")))
    var exact = SelectOnePrompt(question(), choices: districts)
    #expect(type(letters("s2") + [.enter], into: &exact) == .answered(.choice("s2")))
    var none = SelectOnePrompt(question(), choices: districts)
    #expect(type(letters("zzz") + [.enter], into: &none) == .editing)
    #expect(none.complaint == "Nothing matches.")
    let screen = SelectOnePrompt(question(), choices: districts).render(width: 60, height: 20)
    #expect(screen.texts.contains("  East\\u{202e}ern"))
  }

  @Test func `arrows choose, a former answer is lit, and the last entry gives no answer`() {
    var prompt = SelectOnePrompt(question(), choices: districts, current: "south")
    #expect(type([.down, .enter], into: &prompt) == .answered(.choice("s2")))
    #expect(type([.end, .enter], into: &prompt) == .answered(.skipped))
    #expect(prompt.handle(.character("<")) == .back)
    var line = SelectOnePrompt(question(), choices: districts)
    #expect(line.answer(line: "3") == .answered(.choice("s2")))
    #expect(line.answer(line: "9") == .editing)
    #expect(line.answer(line: "") == .answered(.skipped))
  }

  @Test func `a long list shows the part around the lit choice and says how much is outside`() {
    let many = (1...50).map { Choice(code: "c\($0)", label: "Choice \($0)") }
    var prompt = SelectOnePrompt(question(required: true), choices: many)
    _ = type(Array(repeating: .down, count: 25), into: &prompt)
    let frame = prompt.render(width: 40, height: 12)
    #expect(frame.lines.count <= 12)
    #expect(frame.lines.contains { $0.style == .reversed && $0.text == "  Choice 25" })
    #expect(frame.texts.contains { $0.hasSuffix(" above") })
    #expect(frame.texts.contains { $0.hasSuffix(" below") })
  }

  @Test func `marks toggle, survive a filter, and come in the order of the list`() {
    var prompt = SelectManyPrompt(question(required: true), choices: districts)
    #expect(prompt.handle(.enter) == .editing)
    let keys = letters("s2") + [.character(" ")] + letters("nord") + [.character(" "), .enter]
    #expect(type(keys, into: &prompt) == .answered(.choices(["north", "s2"])))
    #expect(
      type(letters("nord") + [.character(" "), .enter], into: &prompt)
        == .answered(.choices(["s2"])))
    #expect(prompt.answer(line: "1، e") == .answered(.choices(["north", "e"])))
    #expect(prompt.answer(line: "1, nowhere") == .editing)
  }

  @Test func `yes and no are taken in the person's language, and Enter alone decides nothing`() {
    let french = Question("Oui ?", isRequired: true, catalog: Catalog(Language("fr")!))
    var prompt = YesNoPrompt(french)
    #expect(prompt.handle(.enter) == .editing)
    #expect(prompt.handle(.character("x")) == .editing)
    #expect(prompt.handle(.character("o")) == .answered(.yes(true)))
    #expect(prompt.answer(line: "NON") == .answered(.yes(false)))
    #expect(prompt.answer(line: "yes") == .answered(.yes(true)))
    var preset = YesNoPrompt(french, current: false)
    #expect(preset.handle(.enter) == .answered(.yes(false)))
  }

  @Test func `a review goes to the lit question, saves on Ctrl-S, and shows who can read`() {
    let items = (1...30).map {
      ReviewPrompt.Item(number: $0, label: "L\($0)", value: $0 == 2 ? nil : "v", readers: "the hub")
    }
    var prompt = ReviewPrompt(items, catalog: .english)
    let frame = prompt.render(width: 40, height: 10)
    #expect(frame.lines.count <= 10)
    #expect(frame.texts[1...3] == ["1. L1: v", "    the hub", "2. L2: (no answer)"])
    #expect(type([.down, .down, .enter], into: &prompt) == .goTo(3))
    #expect(prompt.handle(.control("s")) == .answered(.yes(true)))
    #expect(prompt.answer(line: "") == .editing)
    #expect(prompt.answer(line: "no") == .answered(.yes(false)))
  }

  @Test func `a question screen leads back, forward and to a number, and stays in its window`() {
    var screen = QuestionScreen(
      EntryPrompt(question(), rule: .text()), title: "Report", number: 2, count: 9,
      readers: "the hub", catalog: .english)
    #expect(screen.handle(.escape) == .back)
    #expect(screen.handle(.control("f")) == .forward)
    #expect(type([.control("g")] + letters("٧") + [.enter], into: &screen) == .goTo(7))
    #expect(type([.control("g")] + letters("10") + [.enter], into: &screen) == .editing)
    #expect(screen.complaint == "There is no question with that number.")
    #expect(
      type([.control("g"), .escape] + letters("ok") + [.enter], into: &screen)
        == .answered(.text("ok")))
    for height in 6...24 {
      let frame = screen.render(width: 20, height: height)
      #expect(frame.lines.count <= height)
      #expect(frame.lines.allSatisfy { ColumnWidth.of($0.text) <= 20 })
    }
    #expect(screen.answer(line: "<") == .back)
    #expect(screen.answer(line: " > ") == .forward)
    #expect(screen.answer(line: "#3") == .goTo(3))
    #expect(screen.answer(line: "#0") == .editing)
    #expect(screen.render(width: 60, height: 12).texts[0] == "Report · Question 2 of 9")
  }

  @Test func `without a screen the same prompts read lines, and half an input is refused`() throws {
    var lines = ["121", "45"]
    var said: [String] = []
    let dialogue = LineDialogue(
      catalog: .english,
      readLine: { () throws(CommandFailure) in lines.isEmpty ? nil : lines.removeFirst() },
      write: { said.append($0) })
    var prompt = EntryPrompt(question(), rule: .number(in: 0...120, catalog: .english))
    #expect(try dialogue.ask(&prompt) == .answered(.number("45")))
    #expect(said == ["Where?", "The largest possible is 120."])
    #expect(throws: CommandFailure(.inputInvalid, "prompt.end_of_input")) {
      try dialogue.ask(&prompt)
    }
  }
}
