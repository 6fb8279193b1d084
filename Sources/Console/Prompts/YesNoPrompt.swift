/// Yes or no, in the person's language and in English. Enter alone decides nothing without a preset.
public struct YesNoPrompt: PromptModel, Sendable {
  public let question: Question
  private var current: Bool?
  public private(set) var complaint: String?

  /// - Parameters:
  ///   - current: what Enter keeps.
  ///   - question: what is asked.
  public init(_ question: Question, current: Bool? = nil) {
    self.question = question
    self.current = current
  }

  public mutating func handle(_ key: Key) -> PromptOutcome {
    switch key {
    case .character("<"): return .back
    case .character(let character):
      if let value = value(of: String(character)) { return settle(.yes(value)) }
      complaint = question.catalog.text("prompt.yes_or_no")
    case .left, .right, .up, .down, .tab:
      current = !(current ?? false)
      complaint = nil
    case .enter, .newline:
      if let current { return settle(.yes(current)) }
      return settle(.skipped)
    case .backspace, .delete: current = nil
    default: break
    }
    return .editing
  }

  public mutating func answer(line: String) -> PromptOutcome {
    let trimmed = SafeText.trimmed(line)
    if trimmed == "<" { return .back }
    if trimmed.isEmpty { return settle(current.map { .yes($0) } ?? .skipped) }
    guard let value = value(of: trimmed) else {
      complaint = question.catalog.text("prompt.yes_or_no")
      return .editing
    }
    return settle(.yes(value))
  }

  private func value(of text: String) -> Bool? {
    let folded = LetterFolding.fold(text)
    for catalog in [question.catalog, .english] {
      for (value, key) in [(true, "yes"), (false, "no")] {
        let words = [catalog.text("prompt.\(key)")] + catalog.words("prompt.\(key)_letters")
        if words.contains(where: { LetterFolding.fold($0) == folded }) { return value }
      }
    }
    return nil
  }

  private mutating func settle(_ answer: PromptAnswer) -> PromptOutcome {
    complaint = question.complaint(about: answer)
    return complaint == nil ? .answered(answer) : .editing
  }

  public func render(width: Int, height: Int) -> Frame {
    var frame = question.head(width: width)
    for (value, key) in [(true, "prompt.yes"), (false, "prompt.no")] {
      frame.lines.append(
        .init("  " + question.catalog.text(key), current == value ? .reversed : .plain))
    }
    if let complaint { frame.append(complaint, .strong, width: width) }
    return frame
  }

  public var plainLines: [String] {
    let letters = ["yes", "no"].map { question.catalog.text("prompt.\($0)") }
    var lines = question.plainLines
    lines[lines.count - 1] += " [\(letters.joined(separator: "/"))]"
    return lines
  }
}
