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

  let names: PDFNames
  let cleaner: PDFCleaner
  private let kind: Kind
  var parser: PDFParser
  private(set) var operands: [PDFObject] = []
  private var bytes: [UInt8] = []
  private var written = PDFOperator.Count(operators: 0, values: 0)
  private var texts: [PDFText] = []
  var text: PDFText
  /// A text as far as it was read, and what it would leave behind if nothing of it is seen.
  private(set) var block: (shown: [UInt8], hidden: [UInt8])?

  enum Kind {
    /// Where nothing was set before.
    case page
    /// What is drawn within something else, and goes on with what is set there.
    case part
    /// A letter that is a drawing.
    case letter
  }

  static func strip(
    _ content: [UInt8], _ names: PDFNames, _ cleaner: PDFCleaner, _ kind: Kind
  ) throws(MediaFault) -> [UInt8] {
    var own = PDFContent(content, names, cleaner, kind)
    try own.run()
    try cleaner.writtenContentLeft.take(own.written.operators, own.written.values)
    return own.bytes
  }

  private init(_ content: [UInt8], _ names: PDFNames, _ cleaner: PDFCleaner, _ kind: Kind) {
    self.names = names
    self.cleaner = cleaner
    self.kind = kind
    parser = PDFParser(PDFLexer(content), valuesLeft: Self.valuesMax, hasReferences: false)
    text = kind == .page ? .page : PDFText()
  }

  private mutating func run() throws(MediaFault) {
    while true {
      let token = try parser.lexer.next()
      switch token {
      case .end:
        guard operands.isEmpty, block == nil else { throw .damaged }
        return
      case .word(let word):
        if let found = PDFOperator.all[word] {
          try cleaner.contentLeft.take(1, Self.valuesMax - parser.valuesLeft)
          try perform(word, found)
          guard bytes.count + (block?.shown.count ?? 0) <= PDFDocument.decodedMax else {
            throw .unusual
          }
          operands.removeAll(keepingCapacity: true)
          parser.valuesLeft = Self.valuesMax
          continue
        }
        guard ["true", "false", "null"].contains(word) else { throw .unusual }
        try addOperand(token)
      default: try addOperand(token)
      }
    }
  }

  private mutating func addOperand(_ token: PDFLexer.Token) throws(MediaFault) {
    guard operands.count < Self.operandsMax else { throw .damaged }
    operands.append(try parser.object(token))
  }

  private mutating func perform(_ word: String, _ found: PDFOperator) throws(MediaFault) {
    switch found {
    case .setting(let count): put(word, try numbers(count))
    case .textStart:
      guard block == nil, operands.isEmpty else { throw .damaged }
      block = (Array("BT\n".utf8), [])
      written.operators += 2
      text.begin()
    case .textEnd:
      guard let own = block, operands.isEmpty else { throw .damaged }
      block = nil
      bytes += text.isShown ? own.shown + Array("ET\n".utf8) : own.hidden
    case .text(let own): try performText(word, own)
    case .dashes:
      guard operands.count == 2, let dashes = operands[0].array, operands[1].number != nil,
        dashes.allSatisfy({ $0.number != nil })
      else { throw .damaged }
      put(word, operands)
    // For printers, which have their own mind.
    case .intent: _ = try name()
    case .state:
      let new = try names.take(try name(), in: .state, cleaner.document, cleaner.state)
      put(word, [.name(new)])
    case .colours: put(word, [.name(try colours(try name()))])
    case .colour: try setColour(word)
    case .mark: break
    case .markWithProperties:
      // Shown or not, as the reader likes.
      guard operands.first != .name("OC") else { throw .unusual }
    case .drawing, .save, .restore, .named, .shading, .picture, .letter:
      guard block == nil else { throw .unusual }
      try performDrawing(word, found)
    }
  }

  private mutating func performDrawing(
    _ word: String, _ found: PDFOperator
  ) throws(MediaFault) {
    switch found {
    case .drawing(let count): put(word, try numbers(count))
    case .save:
      guard texts.count < Self.statesMax else { throw .unusual }
      texts.append(text)
      put(word, try numbers(0))
    case .restore:
      // One too many does nothing.
      guard let last = texts.popLast() else { return }
      text = last
      put(word, try numbers(0))
    case .named: try putNamed(try name())
    case .shading:
      let new = try names.take(try name(), in: .shading, cleaner.document, cleaner.shading)
      put(word, [.name(new)])
    case .picture: put("Do", [.name(try inlineImage())])
    case .letter(let count) where kind == .letter: put(word, try numbers(count))
    default: throw .unusual
    }
  }

  /// A picture, or a content of its own.
  private mutating func putNamed(_ name: String) throws(MediaFault) {
    let cleaner = cleaner
    let source = try names.source(of: name, in: .picture, cleaner.document)
    guard let stream = try cleaner.document.value(source).stream else { throw .damaged }
    let kind = try cleaner.document.name(stream.dictionary["Subtype"])
    // Text within goes on with what is set here.
    if kind == "Form" { putSettings() }
    let new = try names.take(name, in: .picture, cleaner.document) {
      (source) throws(MediaFault) in
      switch kind {
      case "Image": try cleaner.image(source)
      case "Form": try cleaner.form(source)
      default: throw .unusual
      }
    }
    put("Do", [.name(new)])
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
    count(operands)
    guard block != nil else { return Self.append(word, operands, to: &bytes) }
    Self.append(word, operands, to: &block!.shown)
    Self.append(word, operands, to: &block!.hidden)
  }

  /// What says nothing where nothing is shown.
  mutating func putText(_ word: String, _ operands: [PDFObject]) throws(MediaFault) {
    guard block != nil else { throw .damaged }
    count(operands)
    Self.append(word, operands, to: &block!.shown)
  }

  private mutating func count(_ operands: [PDFObject]) {
    written.operators += 1
    for operand in operands { written.values += operand.values }
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
