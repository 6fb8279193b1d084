/// A text to read, page by page: what `show` puts on the alternate screen. Any way out is `.back`.
public struct PagePrompt: PromptModel, Sendable {
  private let paragraphs: [Frame.Line]
  private var first = 0

  /// - Parameter lines: safe to print; long ones are broken to the window's width.
  public init(_ lines: [Frame.Line]) { paragraphs = lines }

  public var complaint: String? { nil }

  public mutating func handle(_ key: Key) -> PromptOutcome {
    switch key {
    case .escape, .enter, .newline, .character("q"), .control("b"): return .back
    case .up: first = max(0, first - 1)
    case .down: first += 1
    case .pageUp: first = max(0, first - 15)
    case .pageDown, .character(" "): first += 15
    case .home: first = 0
    case .end: first = .max / 2
    default: break
    }
    // More than any window shows is cut when drawn; this only keeps the way back short.
    first = min(first, paragraphs.reduce(0) { $0 + 1 + ColumnWidth.of($1.text) / 20 })
    return .editing
  }

  public mutating func answer(line: String) -> PromptOutcome { .back }

  public func render(width: Int, height: Int) -> Frame {
    let lines = paragraphs.flatMap { paragraph in
      ColumnWidth.wrap(paragraph.text, to: width).map { Frame.Line($0, paragraph.style) }
    }
    let start = min(first, max(0, lines.count - height))
    return Frame(Array(lines.dropFirst(start).prefix(height)))
  }

  public var plainLines: [String] { paragraphs.map(\.text) }
}
