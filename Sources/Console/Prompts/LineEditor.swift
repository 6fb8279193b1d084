/// Text being typed, with a cursor between characters. Widths are columns, not characters.
public struct LineEditor: Sendable, Equatable {
  private(set) var before: String
  private(set) var after = ""
  public let bytesMax: Int

  public init(_ text: String = "", bytesMax: Int = 16_384) {
    self.before = text
    self.bytesMax = bytesMax
  }

  public var text: String { before + after }
  public var isEmpty: Bool { before.isEmpty && after.isEmpty }

  /// False when it does not fit; nothing is inserted then.
  public mutating func insert(_ text: String) -> Bool {
    guard before.utf8.count + after.utf8.count + text.utf8.count <= bytesMax else { return false }
    before += text
    return true
  }

  /// True when the key was one for editing.
  public mutating func handle(_ key: Key) -> Bool {
    switch key {
    case .left: if let last = before.popLast() { after.insert(last, at: after.startIndex) }
    case .right: if !after.isEmpty { before.append(after.removeFirst()) }
    case .home, .control("a"):
      after = before + after
      before = ""
    case .end, .control("e"):
      before += after
      after = ""
    case .backspace: deleteBackward()
    case .delete, .control("d"): if !after.isEmpty { after.removeFirst() }
    case .control("u"): before = ""
    case .control("k"): after = ""
    case .control("w"): deleteWord()
    default: return false
    }
    return true
  }

  private mutating func deleteBackward() {
    guard let last = before.unicodeScalars.last else { return }
    // A vowel sign goes alone, so that a slip does not cost the letter under it.
    if last.properties.generalCategory == .nonspacingMark,
      before.count < before.unicodeScalars.count
    {
      before.unicodeScalars.removeLast()
    } else {
      before.removeLast()
    }
  }

  private mutating func deleteWord() {
    while before.last?.isWhitespace == true { before.removeLast() }
    while let last = before.last, !last.isWhitespace { before.removeLast() }
  }

  /// The text on lines of `width` columns, safe to print, and the cursor on them.
  public func render(width: Int) -> Frame {
    let width = max(width, 2)
    var lines = [""]
    var column = 0
    var cursor = Frame.Place(row: 0, column: 0)
    func put(_ text: String) {
      for character in text {
        if character == "\n" {
          lines.append("")
          column = 0
          continue
        }
        let shown = SafeText.escape(String(character))
        let columns = ColumnWidth.of(shown)
        if column + columns > width {
          lines.append("")
          column = 0
        }
        lines[lines.count - 1] += shown
        column += columns
      }
    }
    put(before)
    if column >= width {
      lines.append("")
      column = 0
    }
    cursor = Frame.Place(row: lines.count - 1, column: column)
    put(after)
    return Frame(lines.map { Frame.Line($0) }, cursor: cursor)
  }
}
