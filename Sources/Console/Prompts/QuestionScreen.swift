/// A question in its form: where it stands, who can read the answer, and the way to others.
///
/// Esc or Ctrl-B goes back, Ctrl-F forward, Ctrl-G to a number. In a line: `<`, `>`, `#5`.
public struct QuestionScreen: PromptModel {
  public private(set) var prompt: any PromptModel
  private let title: String
  private let number: Int
  private let count: Int
  private let readers: String?
  private let hintKey: String
  private let catalog: Catalog
  /// The number being typed after Ctrl-G.
  private var destination: String?
  private var navigationComplaint: String?

  /// - Parameters:
  ///   - number: from 1; `count` may change as answers make questions relevant.
  ///   - readers: who can read the answer, in words.
  ///   - prompt: the question itself.
  ///   - title: of the form and its group.
  ///   - count: of the questions that are asked now.
  ///   - catalog: the person's language.
  public init(
    _ prompt: any PromptModel, title: String, number: Int, count: Int, readers: String?,
    catalog: Catalog = .process
  ) {
    self.prompt = prompt
    self.title = title
    self.number = number
    self.count = count
    self.readers = readers
    self.catalog = catalog
    hintKey =
      switch prompt {
      case is SelectOnePrompt: "prompt.one_hint"
      case is SelectManyPrompt: "prompt.many_hint"
      case is YesNoPrompt: "prompt.yes_no_hint"
      case is ReviewPrompt: "prompt.review_hint"
      default: "prompt.text_hint"
      }
  }

  public var complaint: String? { navigationComplaint ?? prompt.complaint }

  public mutating func handle(_ key: Key) -> PromptOutcome {
    navigationComplaint = nil
    if let typed = destination { return travel(typed, key) }
    switch key {
    case .escape, .control("b"): return .back
    case .control("f"): return .forward
    case .control("g"):
      destination = ""
      return .editing
    default: return prompt.handle(key)
    }
  }

  private mutating func travel(_ typed: String, _ key: Key) -> PromptOutcome {
    switch key {
    case .character(let character) where typed.count < 4:
      destination = typed + DigitFolding.fold(String(character))
    case .backspace: destination = String(typed.dropLast())
    case .enter, .newline:
      destination = nil
      return go(to: typed)
    case .escape, .control("b"), .control("g"): destination = nil
    default: break
    }
    return .editing
  }

  private mutating func go(to typed: String) -> PromptOutcome {
    guard let target = Int(typed), (1...max(count, 1)).contains(target) else {
      navigationComplaint = catalog.text("prompt.go_to_invalid")
      return .editing
    }
    return .goTo(target)
  }

  public mutating func answer(line: String) -> PromptOutcome {
    navigationComplaint = nil
    let trimmed = DigitFolding.fold(SafeText.trimmed(line))
    if trimmed == "<" { return .back }
    if trimmed == ">" { return .forward }
    if trimmed.first == "#", trimmed.count > 1, trimmed.dropFirst().allSatisfy(\.isNumber) {
      return go(to: String(trimmed.dropFirst()))
    }
    return prompt.answer(line: line)
  }

  public func render(width: Int, height: Int) -> Frame {
    var frame = Frame()
    frame.append(position, .faint, width: width)
    if let line = readersLine { frame.append(line, .faint, width: width) }
    frame.lines.append(.init(""))
    let hints = ColumnWidth.wrap(catalog.text(hintKey), to: width)
    let foot = hints.count + (navigationComplaint == nil ? 0 : 1)
    let room = height - frame.lines.count - foot
    let inner = prompt.render(width: width, height: max(room, 1))
    frame.append(Frame(Array(inner.lines.prefix(max(room, 1))), cursor: inner.cursor))
    while frame.lines.count < height - foot { frame.lines.append(.init("")) }
    if let navigationComplaint { frame.lines.append(.init(navigationComplaint, .strong)) }
    if let destination {
      let text = catalog.text("prompt.go_to", ["typed": destination])
      frame.cursor = Frame.Place(row: frame.lines.count, column: ColumnWidth.of(text))
      frame.lines.append(.init(text, .strong))
    } else {
      frame.lines += hints.map { .init($0, .faint) }
    }
    frame.lines = Array(frame.lines.prefix(height))
    return frame
  }

  private var position: String {
    SafeText.escape(title, newlines: .space) + " · "
      + catalog.text("prompt.question", ["number": "\(number)", "count": "\(count)"])
  }

  private var readersLine: String? {
    readers.map { catalog.text("prompt.readers", ["readers": $0]) }
  }

  public var plainLines: [String] {
    [position] + (readersLine.map { [$0] } ?? []) + prompt.plainLines
  }
}
