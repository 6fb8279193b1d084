/// One entry of a code list.
public struct Choice: Sendable, Equatable {
  public let code: String
  public let label: String

  public init(code: String, label: String) {
    self.code = code
    self.label = label
  }
}

/// The choices that match what is typed, and the one that is lit. Shared by both kinds of list.
struct ChoiceList: Sendable {
  let choices: [Choice]
  private let folded: [(code: String, words: [String])]
  private let fold: @Sendable (String) -> String
  private(set) var filter = ""
  /// Indices into `choices`.
  private(set) var matches: [Int]
  /// Position in `matches`; nil until something is chosen, so that Enter alone decides nothing.
  private(set) var lit: Int?

  init(_ choices: [Choice], fold: @escaping @Sendable (String) -> String) {
    self.choices = choices
    self.fold = fold
    folded = choices.map { (fold($0.code), Self.words(fold($0.label))) }
    matches = Array(choices.indices)
  }

  var litChoice: Int? { lit.map { matches[$0] } }

  mutating func light(code: String) {
    lit = matches.firstIndex { choices[$0].code == code }
  }

  /// True when the key moved or filtered.
  mutating func handle(_ key: Key, page: Int = 10) -> Bool {
    switch key {
    case .up: move(to: (lit ?? matches.count) - 1)
    case .down, .tab: move(to: (lit ?? -1) + 1)
    case .backTab: move(to: (lit ?? matches.count) - 1)
    case .pageUp: move(to: (lit ?? 0) - page)
    case .pageDown: move(to: (lit ?? 0) + page)
    case .home: move(to: 0)
    case .end: move(to: matches.count - 1)
    case .backspace: if !filter.isEmpty { set(filter: String(filter.dropLast())) }
    case .control("u"): set(filter: "")
    case .character(let character): set(filter: filter + String(character))
    case .paste(let text): set(filter: filter + SafeText.singleLine(text))
    default: return false
    }
    return true
  }

  private mutating func move(to index: Int) {
    lit = matches.isEmpty ? nil : min(max(index, 0), matches.count - 1)
  }

  mutating func set(filter new: String) {
    filter = String(new.prefix(60))
    let kept = litChoice
    matches = indices(matching: filter)
    // A filter lights its first match; without one, what was lit stays lit.
    lit =
      filter.isEmpty
      ? kept.flatMap { matches.firstIndex(of: $0) } : (matches.isEmpty ? nil : 0)
  }

  /// Every typed word begins a word of the label, or the code; an exact code comes first.
  private func indices(matching text: String) -> [Int] {
    let wanted = fold(SafeText.trimmed(text))
    let words = Self.words(wanted)
    guard !words.isEmpty else { return Array(choices.indices) }
    let found = choices.indices.filter { index in
      folded[index].code.hasPrefix(wanted)
        || words.allSatisfy { word in folded[index].words.contains { $0.hasPrefix(word) } }
    }
    guard let exact = found.first(where: { folded[$0].code == wanted }) else { return found }
    return [exact] + found.filter { $0 != exact }
  }

  /// A choice named in a line: its number from 1, its code, or the only one that matches.
  func index(named text: String) -> Int? {
    let typed = SafeText.trimmed(text)
    if let exact = choices.firstIndex(where: { $0.code == typed }) { return exact }
    if let number = Int(DigitFolding.fold(typed)), choices.indices.contains(number - 1) {
      return number - 1
    }
    let found = indices(matching: typed)
    if let first = found.first, folded[first].code == fold(typed) { return first }
    return typed.isEmpty || found.count != 1 ? nil : found[0]
  }

  private static func words(_ folded: String) -> [String] {
    folded.split { !$0.isLetter && !$0.isNumber }.map(String.init)
  }

  /// - Parameter line: the text of a choice.
  func render(width: Int, height: Int, catalog: Catalog, line: (Int) -> String) -> Frame {
    var frame = Frame([.init("> " + SafeText.escape(filter))])
    frame.cursor = Frame.Place(row: 0, column: 2 + ColumnWidth.of(SafeText.escape(filter)))
    if matches.isEmpty { frame.lines.append(.init(catalog.text("prompt.no_match"), .faint)) }
    let window = ListWindow(count: matches.count, lit: lit, height: height - 1)
    if window.above > 0 {
      frame.lines.append(
        .init(catalog.text("prompt.more_above", ["count": "\(window.above)"]), .faint))
    }
    for position in window.range {
      let text = ColumnWidth.truncate(line(matches[position]), to: width)
      frame.lines.append(.init(text, position == lit ? .reversed : .plain))
    }
    if window.below > 0 {
      frame.lines.append(
        .init(catalog.text("prompt.more_below", ["count": "\(window.below)"]), .faint))
    }
    return frame
  }
}

/// Which rows of a long list are on the screen, so that the lit one is.
struct ListWindow: Equatable {
  let range: Range<Int>
  let above: Int
  let below: Int

  /// - Parameter height: rows for the list and for the lines that say how many are outside.
  init(count: Int, lit: Int?, height: Int) {
    guard count > height else {
      self.range = 0..<count
      self.above = 0
      self.below = 0
      return
    }
    let room = max(1, height - 2)
    let first = min(max(0, (lit ?? 0) - room / 2), max(0, count - room))
    self.range = first..<min(count, first + room)
    self.above = first
    self.below = count - range.upperBound
  }
}
