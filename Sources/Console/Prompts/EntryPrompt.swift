/// A question answered by typing: text, a number, a date.
public struct EntryPrompt: PromptModel, Sendable {
  public let question: Question
  private let rule: EntryRule
  private var editor: LineEditor
  public private(set) var complaint: String?

  /// - Parameters:
  ///   - current: the answer given before, as it would be typed.
  ///   - question: what is asked.
  ///   - rule: what may be typed.
  public init(_ question: Question, rule: EntryRule, current: String = "") {
    self.question = question
    self.rule = rule
    self.editor = LineEditor(current, bytesMax: rule.bytesMax)
  }

  /// What is typed so far, for a draft.
  public var typed: String { editor.text }

  public mutating func handle(_ key: Key) -> PromptOutcome {
    switch key {
    case .enter: return submit(editor.text)
    case .newline:
      if rule.allowsNewlines { insert("\n") } else { return submit(editor.text) }
    case .character(let character): insert(String(character))
    case .paste(let text):
      insert(rule.allowsNewlines ? text : SafeText.singleLine(text))
    default:
      if editor.handle(key) { complaint = nil }
    }
    return .editing
  }

  public mutating func answer(line: String) -> PromptOutcome {
    guard line.utf8.count <= rule.bytesMax else {
      complaint = tooLong
      return .editing
    }
    return submit(line)
  }

  private mutating func insert(_ text: String) {
    complaint = editor.insert(text) ? nil : tooLong
  }

  private mutating func submit(_ text: String) -> PromptOutcome {
    let trimmed = SafeText.trimmed(text)
    if trimmed == "<" { return .back }
    if trimmed.isEmpty { return settle(.skipped) }
    switch rule.read(trimmed) {
    case .accepted(let answer, _): return settle(answer)
    case .refused(let why):
      complaint = SafeText.escape(why, newlines: .space)
      return .editing
    }
  }

  private mutating func settle(_ answer: PromptAnswer) -> PromptOutcome {
    complaint = question.complaint(about: answer)
    return complaint == nil ? .answered(answer) : .editing
  }

  private var tooLong: String {
    question.catalog.text("prompt.too_long", ["maximum": String(rule.bytesMax)])
  }

  public func render(width: Int, height: Int) -> Frame {
    var frame = question.head(width: width)
    frame.lines.append(.init(""))
    let typed = editor.render(width: width)
    // The lines around the cursor, when the text is longer than the screen.
    let room = max(1, height - frame.lines.count - 2)
    let row = typed.cursor?.row ?? 0
    let first = max(0, min(row - room + 1, typed.lines.count - room))
    var shown = Frame(Array(typed.lines.dropFirst(first).prefix(room)))
    shown.cursor = Frame.Place(row: row - first, column: typed.cursor?.column ?? 0)
    frame.append(shown)
    if let complaint {
      frame.append(complaint, .strong, width: width)
    } else if let echo {
      frame.append(echo, .faint, width: width)
    }
    return frame
  }

  private var echo: String? {
    let text = SafeText.trimmed(editor.text)
    if text.isEmpty { return rule.hint }
    guard case .accepted(_, let echo?) = rule.read(text) else { return nil }
    return question.catalog.text("prompt.understood", ["value": echo])
  }

  public var plainLines: [String] { question.plainLines + (rule.hint.map { [$0] } ?? []) }
}
