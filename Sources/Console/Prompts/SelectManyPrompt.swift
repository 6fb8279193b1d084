/// Any number of a code list: space marks, Enter goes on.
public struct SelectManyPrompt: PromptModel, Sendable {
  public let question: Question
  private var list: ChoiceList
  private var marked: Set<String>
  public private(set) var complaint: String?

  public init(
    _ question: Question, choices: [Choice], current: [String] = [],
    fold: @escaping @Sendable (String) -> String = LetterFolding.fold
  ) {
    self.question = question
    list = ChoiceList(choices, fold: fold)
    marked = Set(current).intersection(choices.map(\.code))
  }

  public mutating func handle(_ key: Key) -> PromptOutcome {
    switch key {
    case .character("<") where list.filter.isEmpty: return .back
    case .enter, .newline: return settle()
    case .character(" "):
      if let index = list.litChoice {
        marked.formSymmetricDifference([list.choices[index].code])
        list.set(filter: "")
        complaint = nil
      } else {
        complaint = question.catalog.text("prompt.choose")
      }
    default: if list.handle(key) { complaint = nil }
    }
    return .editing
  }

  /// Numbers or codes between commas or spaces.
  public mutating func answer(line: String) -> PromptOutcome {
    let trimmed = SafeText.trimmed(line)
    if trimmed == "<" { return .back }
    var chosen: Set<String> = []
    for name in trimmed.split(whereSeparator: { " ,،;".contains($0) }) {
      guard let index = list.index(named: String(name)) else {
        complaint = question.catalog.text("prompt.choose_code")
        return .editing
      }
      chosen.insert(list.choices[index].code)
    }
    marked = chosen
    return settle()
  }

  private mutating func settle() -> PromptOutcome {
    let codes = list.choices.map(\.code).filter(marked.contains)
    let answer: PromptAnswer = codes.isEmpty ? .skipped : .choices(codes)
    complaint = question.complaint(about: answer)
    return complaint == nil ? .answered(answer) : .editing
  }

  public func render(width: Int, height: Int) -> Frame {
    var frame = question.head(width: width)
    let room = height - frame.lines.count - (complaint == nil ? 0 : 1)
    frame.append(
      list.render(width: width, height: max(3, room), catalog: question.catalog) { index in
        let choice = list.choices[index]
        return (marked.contains(choice.code) ? "[x] " : "[ ] ")
          + SafeText.escape(choice.label, newlines: .space)
      })
    if let complaint { frame.append(complaint, .strong, width: width) }
    return frame
  }

  public var plainLines: [String] {
    question.plainLines
      + list.choices.enumerated().map { index, choice in
        "  \(index + 1)  \(SafeText.escape(choice.label, newlines: .space))"
          + "  [\(SafeText.escape(choice.code))]"
      }
  }
}
