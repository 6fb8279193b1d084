/// Which letter the bytes of a text stand for (ISO 32000-1 §9.7.5 and §9.10.3): a program in the
/// language of PostScript, of which only the tables are taken.
struct PDFCharacterMap {
  static let identities: Set = ["Identity-H", "Identity-V"]

  private enum Row {
    case codes, letters, ranges, numbers, numberRanges

    init?(_ section: String) {
      switch section {
      case "codespacerange": self = .codes
      case "bfchar": self = .letters
      case "bfrange": self = .ranges
      case "cidchar", "notdefchar": self = .numbers
      case "cidrange", "notdefrange": self = .numberRanges
      default: return nil
      }
    }

    var strings: Int { self == .letters || self == .numbers ? 1 : 2 }
  }

  private static let nameBytesMax = 40

  private(set) var base: String?
  private(set) var isVertical = false
  private var tables: [UInt8] = []

  /// One of those that every reader has, by the form of their names.
  static func isKnown(_ name: String) -> Bool {
    name.utf8.count <= nameBytesMax
      && (name.hasSuffix("-H") || name.hasSuffix("-V") || name == "H" || name == "V")
      && name.utf8.allSatisfy {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
          || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
      }
  }

  init(_ program: [UInt8]) throws(MediaFault) {
    var lexer = PDFLexer(program)
    var last: [PDFLexer.Token] = []
    while true {
      let token = try lexer.next()
      switch token {
      case .end, .word("endcmap"):
        guard !tables.isEmpty else { throw .damaged }
        return
      case .word("usecmap"):
        guard case .name(let name)? = last.last, Self.isKnown(name), base == nil else {
          throw .unusual
        }
        base = name
      case .word(let word) where word.hasPrefix("begin"):
        guard let row = Row(String(word.dropFirst(5))) else { break }
        try readTable(String(word.dropFirst(5)), row, &lexer)
      case .word("def"):
        if last == [.name("WMode"), .number(PDFNumber(1))] { isVertical = true }
      default: break
      }
      last = Array(last.suffix(1)) + [token]
    }
  }

  private mutating func readTable(
    _ section: String, _ row: Row, _ lexer: inout PDFLexer
  ) throws(MediaFault) {
    var rows = 0
    var bytes: [UInt8] = []
    while true {
      var token = try lexer.next()
      if token == .word("end" + section) { break }
      for _ in 1..<row.strings {
        try Self.append(token, to: &bytes)
        token = try lexer.next()
      }
      try Self.append(token, to: &bytes)
      if row != .codes { try Self.appendValue(row, &lexer, to: &bytes) }
      bytes.append(10)
      rows += 1
    }
    guard rows > 0 else { return }
    tables += "\(rows) begin\(section)\n".utf8
    tables += bytes
    tables += "end\(section)\n".utf8
  }

  private static func appendValue(
    _ row: Row, _ lexer: inout PDFLexer, to bytes: inout [UInt8]
  ) throws(MediaFault) {
    let token = try lexer.next()
    switch (row, token) {
    case (.numbers, .number(let number)), (.numberRanges, .number(let number)):
      bytes += number.text.utf8
    case (.ranges, .arrayStart):
      bytes.append(UInt8(ascii: "["))
      while true {
        let token = try lexer.next()
        if token == .arrayEnd { break }
        try append(token, to: &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
    case (.letters, .string), (.ranges, .string): try append(token, to: &bytes)
    default: throw .damaged
    }
  }

  /// In digits: readers of these programs look for nothing else.
  private static func append(
    _ token: PDFLexer.Token, to bytes: inout [UInt8]
  ) throws(MediaFault) {
    guard case .string(let string) = token else { throw .damaged }
    bytes.append(UInt8(ascii: "<"))
    for byte in string { PDFWriter.append(hexadecimal: byte, to: &bytes) }
    bytes.append(UInt8(ascii: ">"))
  }

  var bytes: [UInt8] {
    var head = "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
    if let base { head += "/\(base) usecmap\n" }
    head += "/CMapName /M def\n"
    if isVertical { head += "/WMode 1 def\n" }
    let end = "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
    return Array(head.utf8) + tables + Array(end.utf8)
  }
}
