/// How colours follow from numbers (ISO 32000-1 §7.10): by samples, a power, pieces, or a program.
extension PDFCleaner {
  private static let piecesMax = 1_024
  private static let samplesMax = 1 << 24

  func function(_ source: PDFObject) throws(MediaFault) -> PDFObject {
    try object(source, as: .function) { (value) throws(MediaFault) in
      guard let dictionary = value.stream?.dictionary ?? value.dictionary,
        let kind = try self.document.integer(dictionary["FunctionType"]),
        let table = PDFShapes.functions[kind]
      else { throw .damaged }
      var function = try self.document.taken(dictionary, table)
      switch kind {
      case 0:
        let samples = try self.samples(value, function)
        return try self.stream(function, samples)
      case 4:
        guard let stream = value.stream else { throw .damaged }
        let program = try PDFProgram.strip(try self.document.content(of: stream))
        return try self.stream(function, program[...])
      default:
        if kind == 3 { function["Functions"] = .array(try self.pieces(dictionary["Functions"])) }
        return .dictionary(function)
      }
    }
  }

  private func pieces(_ source: PDFObject?) throws(MediaFault) -> [PDFObject] {
    guard let pieces = try document.array(source), !pieces.isEmpty else { throw .damaged }
    guard pieces.count <= Self.piecesMax else { throw .unusual }
    var functions: [PDFObject] = []
    for piece in pieces { functions.append(try function(piece)) }
    return functions
  }

  /// As many samples as the table's sizes come to.
  private func samples(
    _ value: PDFObject, _ function: PDFDictionary
  ) throws(MediaFault) -> ArraySlice<UInt8> {
    guard let stream = value.stream, let bits = function["BitsPerSample"]?.integer,
      [1, 2, 4, 8, 12, 16, 24, 32].contains(bits), let range = function["Range"]?.array,
      let sizes = function["Size"]?.array
    else { throw .damaged }
    var count = range.count / 2
    for size in sizes {
      guard let size = size.integer, size > 0 else { throw .damaged }
      guard size <= Self.samplesMax / count else { throw .unusual }
      count *= size
    }
    let content = try document.content(of: stream)
    let bytes = (count * bits + 7) / 8
    guard content.count >= bytes else { throw .damaged }
    return content[..<bytes]
  }
}

/// A program that calculates, in words of a list.
enum PDFProgram {
  private static let words: Set = [
    "abs", "add", "and", "atan", "bitshift", "ceiling", "copy", "cos", "cvi", "cvr", "div", "dup",
    "eq", "exch", "exp", "false", "floor", "ge", "gt", "idiv", "if", "ifelse", "index", "le", "ln",
    "log", "lt", "mod", "mul", "ne", "neg", "not", "or", "pop", "roll", "round", "sin", "sqrt",
    "sub", "true", "truncate", "xor",
  ]
  private static let depthMax = 32

  static func strip(_ content: [UInt8]) throws(MediaFault) -> [UInt8] {
    var lexer = PDFLexer(content)
    var words: [String] = []
    var depth = 0
    repeat {
      switch try lexer.next() {
      case .braceStart:
        depth += 1
        words.append("{")
      case .braceEnd:
        depth -= 1
        words.append("}")
      case .number(let number): words.append(number.text)
      case .word(let word) where Self.words.contains(word): words.append(word)
      case .word: throw .unusual
      default: throw .damaged
      }
      guard depth >= 0, depth > 0 || words.last == "}" else { throw .damaged }
      guard depth <= depthMax else { throw .unusual }
    } while depth > 0
    return Array(words.joined(separator: " ").utf8)
  }
}
