/// One choice of a code list, found by typing or with the arrows.
public struct SelectOnePrompt: PromptModel, Sendable {
  public let question: Question
  private var list: ChoiceList
  public private(set) var complaint: String?

  /// - Parameters:
  ///   - current: the code chosen before.
  ///   - fold: makes what is typed comparable with codes and labels.
  ///   - question: what is asked.
  ///   - choices: in their order.
  public init(
    _ question: Question, choices: [Choice], current: String? = nil,
    fold: @escaping @Sendable (String) -> String = LetterFolding.fold
  ) {
    self.question = question
    // The last entry is the way to give no answer, where none is needed.
    let none = Choice(code: "", label: question.catalog.text("prompt.unanswered"))
    list = ChoiceList(choices + (question.isRequired ? [] : [none]), fold: fold)
    if let current { list.light(code: current) }
  }

  public mutating func handle(_ key: Key) -> PromptOutcome {
    if key == .character("<"), list.filter.isEmpty { return .back }
    if key == .enter || key == .newline { return choose(list.litChoice) }
    if list.handle(key) { complaint = nil }
    return .editing
  }

  public mutating func answer(line: String) -> PromptOutcome {
    let trimmed = SafeText.trimmed(line)
    if trimmed == "<" { return .back }
    if trimmed.isEmpty { return settle(.skipped) }
    guard let index = list.index(named: trimmed) else {
      complaint = question.catalog.text("prompt.choose_code")
      return .editing
    }
    return choose(index)
  }

  private mutating func choose(_ index: Int?) -> PromptOutcome {
    guard let index else {
      complaint = question.catalog.text(list.matches.isEmpty ? "prompt.no_match" : "prompt.choose")
      return .editing
    }
    let code = list.choices[index].code
    return settle(code.isEmpty ? .skipped : .choice(code))
  }

  private mutating func settle(_ answer: PromptAnswer) -> PromptOutcome {
    complaint = question.complaint(about: answer)
    return complaint == nil ? .answered(answer) : .editing
  }

  public func render(width: Int, height: Int) -> Frame {
    var frame = question.head(width: width)
    let room = height - frame.lines.count - (complaint == nil ? 0 : 1)
    frame.append(
      list.render(width: width, height: max(3, room), catalog: question.catalog) { index in
        "  " + SafeText.escape(list.choices[index].label, newlines: .space)
      })
    if let complaint { frame.append(complaint, .strong, width: width) }
    return frame
  }

  public var plainLines: [String] {
    question.plainLines
      + list.choices.enumerated().filter { !$0.element.code.isEmpty }.map { index, choice in
        "  \(index + 1)  \(SafeText.escape(choice.label, newlines: .space))"
          + "  [\(SafeText.escape(choice.code))]"
      }
  }
}
