/// All answers before saving: read aloud, change one, then save with Ctrl-S.
public struct ReviewPrompt: PromptModel, Sendable {
  public struct Item: Sendable, Equatable {
    /// The number to go back to, from 1.
    public let number: Int
    public let label: String
    /// Nil: no answer.
    public let value: String?
    /// Who can read it, in a few words.
    public let readers: String?

    public init(number: Int, label: String, value: String?, readers: String? = nil) {
      self.number = number
      self.label = label
      self.value = value
      self.readers = readers
    }
  }

  private let items: [Item]
  private let catalog: Catalog
  private var lit = 0
  public private(set) var complaint: String?

  public init(_ items: [Item], catalog: Catalog = .process) {
    self.items = items
    self.catalog = catalog
  }

  public mutating func handle(_ key: Key) -> PromptOutcome {
    switch key {
    case .control("s"): return .answered(.yes(true))
    case .character("<"): return .back
    case .enter, .newline:
      return items.indices.contains(lit) ? .goTo(items[lit].number) : .editing
    case .up, .backTab: move(-1)
    case .down, .tab: move(1)
    case .pageUp: move(-10)
    case .pageDown, .character(" "): move(10)
    case .home: lit = 0
    case .end: move(items.count)
    default: break
    }
    return .editing
  }

  private mutating func move(_ by: Int) { lit = min(max(0, lit + by), max(0, items.count - 1)) }

  public mutating func answer(line: String) -> PromptOutcome {
    var yesNo = YesNoPrompt(
      Question(catalog.text("prompt.save"), isRequired: true, catalog: catalog))
    let outcome = yesNo.answer(line: line)
    complaint = yesNo.complaint
    return outcome
  }

  public func render(width: Int, height: Int) -> Frame {
    var frame = Frame([.init(catalog.text("prompt.review"), .strong)])
    var rows: [(line: Frame.Line, item: Int)] = []
    for (index, item) in items.enumerated() {
      let style: Frame.Style = index == lit ? .reversed : .plain
      for line in ColumnWidth.wrap(text(of: item), to: width) {
        rows.append((.init(line, style), index))
      }
      if let readers = item.readers, index == lit {
        for line in ColumnWidth.wrap("    " + SafeText.escape(readers), to: width) {
          rows.append((.init(line, .faint), index))
        }
      }
    }
    let position = rows.lastIndex { $0.item == lit }
    let window = ListWindow(count: rows.count, lit: position, height: height - 1)
    if window.above > 0 {
      frame.lines.append(
        .init(catalog.text("prompt.more_above", ["count": "\(window.above)"]), .faint))
    }
    frame.lines += rows[window.range].map(\.line)
    if window.below > 0 {
      frame.lines.append(
        .init(catalog.text("prompt.more_below", ["count": "\(window.below)"]), .faint))
    }
    return frame
  }

  private func text(of item: Item) -> String {
    "\(item.number). \(SafeText.escape(item.label, newlines: .space)): "
      + (item.value.map { SafeText.escape($0, newlines: .keep) }
        ?? catalog.text("prompt.unanswered"))
  }

  public var plainLines: [String] {
    [catalog.text("prompt.review")]
      + items.flatMap { item in
        [text(of: item)] + (item.readers.map { ["    " + SafeText.escape($0)] } ?? [])
      } + [
        "\(catalog.text("prompt.save"))? [\(catalog.text("prompt.yes"))/\(catalog.text("prompt.no"))]"
      ]
  }
}
