/// What is drawn on a page, operator by operator (ISO 32000-1 §7.8.2).
///
///     operands operator operands operator …
///
/// Operators are those of a list. Remarks go, and marks: they say what a part of a page is, what it
/// reads or whether it is shown, and are themselves not seen.
struct PDFContent {
  private static let operandsMax = 64
  private static let valuesMax = 65_536
  private static let statesMax = 512

  /// Operators of numbers alone, with how many. What is in force afterwards may be set within a
  /// text.
  private static let settings: [String: Int] = [
    "w": 1, "J": 1, "j": 1, "M": 1, "i": 1, "G": 1, "g": 1, "RG": 3, "rg": 3, "K": 4, "k": 4,
  ]
  private static let drawing: [String: Int] = [
    "cm": 6, "m": 2, "l": 2, "c": 6, "v": 4, "y": 4, "h": 0, "re": 4, "S": 0, "s": 0, "f": 0,
    "F": 0, "f*": 0, "B": 0, "B*": 0, "b": 0, "b*": 0, "n": 0, "W": 0, "W*": 0,
  ]

  let names: PDFNames
  let cleaner: PDFCleaner
  private var parser: PDFParser
  private(set) var operands: [PDFObject] = []
  private var bytes: [UInt8] = []
  private var texts: [PDFText] = []
  var text: PDFText
  /// A text as far as it was read, and what it would leave behind if nothing of it is seen.
  private(set) var block: (shown: [UInt8], hidden: [UInt8])?

  /// - Parameter isPage: whether nothing was set before.
  static func strip(
    _ content: [UInt8], _ names: PDFNames, _ cleaner: PDFCleaner, isPage: Bool
  ) throws(MediaFault) -> [UInt8] {
    var own = PDFContent(content, names, cleaner, isPage: isPage)
    try own.run()
    return own.bytes
  }

  private init(_ content: [UInt8], _ names: PDFNames, _ cleaner: PDFCleaner, isPage: Bool) {
    self.names = names
    self.cleaner = cleaner
    parser = PDFParser(PDFLexer(content), valuesLeft: Self.valuesMax, hasReferences: false)
    text = isPage ? .page : PDFText()
  }

  private mutating func run() throws(MediaFault) {
    while true {
      let token = try parser.lexer.next()
      switch token {
      case .end:
        guard operands.isEmpty, block == nil else { throw .damaged }
        return
      case .word(let word) where !["true", "false", "null"].contains(word):
        try perform(word)
        operands = []
        parser.valuesLeft = Self.valuesMax
      default:
        guard operands.count < Self.operandsMax else { throw .damaged }
        operands.append(try parser.object(token))
      }
    }
  }

  private mutating func perform(_ word: String) throws(MediaFault) {
    if let count = Self.settings[word] {
      put(word, try numbers(count))
      return
    }
    switch word {
    case "d":
      guard operands.count == 2, let dashes = operands[0].array, operands[1].number != nil,
        dashes.allSatisfy({ $0.number != nil })
      else { throw .damaged }
      put(word, operands)
    // For printers, which have their own mind.
    case "ri": _ = try name()
    case "CS", "cs": put(word, [.name(try colours(try name()))])
    case "SC", "SCN", "sc", "scn": try setColour(word)
    case "BMC", "EMC", "MP", "DP", "BX", "EX": break
    case "BDC":
      // Shown or not, as the reader likes.
      guard operands.first != .name("OC") else { throw .unusual }
    case "BT":
      guard block == nil, operands.isEmpty else { throw .damaged }
      block = (Array("BT\n".utf8), [])
      text.begin()
    case "ET":
      guard let own = block, operands.isEmpty else { throw .damaged }
      block = nil
      bytes += text.isShown ? own.shown + Array("ET\n".utf8) : own.hidden
    default:
      if try performText(word) { return }
      guard block == nil else { throw .unusual }
      try performDrawing(word)
    }
  }

  private mutating func performDrawing(_ word: String) throws(MediaFault) {
    if let count = Self.drawing[word] {
      put(word, try numbers(count))
      return
    }
    switch word {
    case "q":
      guard texts.count < Self.statesMax else { throw .unusual }
      texts.append(text)
      put(word, try numbers(0))
    case "Q":
      // One too many does nothing.
      guard let last = texts.popLast() else { return }
      text = last
      put(word, try numbers(0))
    case "Do":
      let cleaner = cleaner
      let name = try name()
      let source = try names.source(of: name, in: .picture, cleaner.document)
      guard let stream = try cleaner.document.value(source).stream else { throw .damaged }
      let kind = try cleaner.document.name(stream.dictionary["Subtype"])
      let new = try names.take(name, in: .picture, cleaner.document) {
        (source) throws(MediaFault) in
        switch kind {
        case "Image": try cleaner.image(source)
        default: throw .unusual
        }
      }
      put(word, [.name(new)])
    default: throw .unusual
    }
  }

  // MARK: Operands

  func numbers(_ count: Int) throws(MediaFault) -> [PDFObject] {
    guard operands.count == count, operands.allSatisfy({ $0.number != nil }) else {
      throw .damaged
    }
    return operands
  }

  func name() throws(MediaFault) -> String {
    guard operands.count == 1, let name = operands[0].name else { throw .damaged }
    return name
  }

  mutating func put(_ word: String, _ operands: [PDFObject]) {
    guard block != nil else { return Self.append(word, operands, to: &bytes) }
    Self.append(word, operands, to: &block!.shown)
    Self.append(word, operands, to: &block!.hidden)
  }

  /// What says nothing where nothing is shown.
  mutating func putText(_ word: String, _ operands: [PDFObject]) throws(MediaFault) {
    guard block != nil else { throw .damaged }
    Self.append(word, operands, to: &block!.shown)
  }

  private static func append(_ word: String, _ operands: [PDFObject], to bytes: inout [UInt8]) {
    for operand in operands {
      PDFWriter.append(operand, to: &bytes)
      bytes.append(32)
    }
    bytes += word.utf8
    bytes.append(10)
  }
}
