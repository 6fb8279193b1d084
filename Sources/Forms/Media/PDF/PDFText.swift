/// What is in force for text, as it was set, and as it was written so far.
///
/// Text that is not seen goes: behind a scan it says once more what the picture says, and nobody
/// has looked whether it does. So settings are written where text is shown and not before.
struct PDFText {
  enum Setting: String, CaseIterable {
    case betweenLetters = "Tc"
    case betweenWords = "Tw"
    case width = "Tz"
    case rise = "Ts"
    case mode = "Tr"
  }

  static let invisible = PDFNumber(3)

  /// Without an entry where it is not known what was set outside.
  var wanted: [Setting: PDFNumber] = [:]
  var written: [Setting: PDFNumber] = [:]
  var leading: PDFNumber?
  var font: (name: String, size: PDFNumber)?
  /// By its new name.
  var writtenFont: (name: String, size: PDFNumber)?
  /// Of the text at hand: whether anything of it is seen, and whether what comes next stands
  /// behind something that is not.
  private(set) var isShown = false
  private(set) var isBehindHidden = false

  /// At the beginning of a page.
  static let page: PDFText = {
    var page = PDFText()
    page.wanted = [
      .betweenLetters: .zero, .betweenWords: .zero, .width: PDFNumber(100), .rise: .zero,
      .mode: .zero,
    ]
    page.written = page.wanted
    page.leading = .zero
    return page
  }()

  mutating func begin() {
    isShown = false
    isBehindHidden = false
  }

  mutating func moved() { isBehindHidden = false }

  mutating func hid() { isBehindHidden = true }

  mutating func showed() throws(MediaFault) {
    // Where it stands follows from how wide the other is.
    guard !isBehindHidden else { throw .unusual }
    isShown = true
  }
}

extension PDFContent {
  private static let modes: ClosedRange<Int> = 0...7

  mutating func performText(_ word: String, _ found: PDFOperator.Text) throws(MediaFault) {
    switch found {
    case .set(let setting):
      let number = try numbers(1)[0].number
      if setting == .mode {
        guard let mode = number?.integer, Self.modes.contains(mode) else { throw .damaged }
      }
      text.wanted[setting] = number
    case .leading: text.leading = try numbers(1)[0].number
    case .font:
      guard operands.count == 2, let name = operands[0].name, let size = operands[1].number else {
        throw .damaged
      }
      text.font = (name, size)
    case .move: try move(try numbers(2))
    case .moveWithLeading:
      let to = try numbers(2)
      text.leading = to[1].number?.negated
      try move(to)
    case .matrix:
      try putText(word, try numbers(6))
      text.moved()
    case .nextLine:
      _ = try numbers(0)
      try nextLine()
    case .show:
      guard operands.count == 1 else { throw .damaged }
      try show(operands[0])
    case .showSpaced:
      guard operands.count == 1, operands[0].array != nil else { throw .damaged }
      try show(operands[0])
    case .showOnNextLine:
      guard operands.count == 1 else { throw .damaged }
      try nextLine()
      try show(operands[0])
    case .showSpacedOnNextLine:
      guard operands.count == 3, let words = operands[0].number, let letters = operands[1].number
      else { throw .damaged }
      text.wanted[.betweenWords] = words
      text.wanted[.betweenLetters] = letters
      try nextLine()
      try show(operands[2])
    }
  }

  private mutating func move(_ to: [PDFObject]) throws(MediaFault) {
    try putText("Td", to)
    text.moved()
  }

  private mutating func nextLine() throws(MediaFault) {
    guard let leading = text.leading else { throw .unusual }
    try move([.number(.zero), .number(leading.negated)])
  }

  private mutating func show(_ words: PDFObject) throws(MediaFault) {
    for item in words.array ?? [words] {
      guard item.string != nil || (words.array != nil && item.number != nil) else { throw .damaged }
    }
    guard block != nil else { throw .damaged }
    if text.wanted[.mode] == PDFText.invisible, try !isDrawn(text.font?.name) {
      text.hid()
      return
    }
    guard let font = text.font else { throw .unusual }
    try text.showed()
    let new = try names.take(font.name, in: .font, cleaner.document, cleaner.font)
    putSettings()
    if text.writtenFont?.name != new || text.writtenFont?.size != font.size {
      text.writtenFont = (new, font.size)
      try putText("Tf", [.name(new), .number(font.size)])
    }
    try putText(words.array == nil ? "Tj" : "TJ", [words])
  }

  mutating func putSettings() {
    for setting in PDFText.Setting.allCases {
      guard let wanted = text.wanted[setting], wanted != text.written[setting] else { continue }
      text.written[setting] = wanted
      put(setting.rawValue, [.number(wanted)])
    }
  }

  /// Letters that are drawings are seen in any mode.
  private func isDrawn(_ font: String?) throws(MediaFault) -> Bool {
    guard let font else { return false }
    let source = try names.find(font, in: .font, cleaner.document)
    let dictionary = try cleaner.document.dictionary(source)
    return try cleaner.document.name(dictionary?["Subtype"]) == "Type3"
  }
}
