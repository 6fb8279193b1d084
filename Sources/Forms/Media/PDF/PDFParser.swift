/// Objects of a PDF file out of its words (ISO 32000-1 §7.3).
struct PDFParser {
  var lexer: PDFLexer
  /// How many values may still be made: each takes more room than it has bytes.
  var valuesLeft: Int
  /// Not in content streams.
  let hasReferences: Bool

  private static let depthMax = 32

  init(_ lexer: PDFLexer, valuesLeft: Int, hasReferences: Bool = true) {
    self.lexer = lexer
    self.valuesLeft = valuesLeft
    self.hasReferences = hasReferences
  }

  mutating func object() throws(MediaFault) -> PDFObject {
    let token = try lexer.next()
    return try object(token, depth: 0)
  }

  /// - Parameter token: the first of the object's, taken already.
  mutating func object(_ token: PDFLexer.Token, depth: Int = 0) throws(MediaFault) -> PDFObject {
    valuesLeft -= 1
    guard depth <= Self.depthMax, valuesLeft >= 0 else { throw .unusual }
    switch token {
    case .number(let number): return reference(from: number) ?? .number(number)
    case .name(let name): return .name(name)
    case .string(let string): return .string(string)
    case .word("true"): return .boolean(true)
    case .word("false"): return .boolean(false)
    case .word("null"): return .null
    case .arrayStart: return .array(try array(depth: depth))
    case .dictionaryStart: return .dictionary(try dictionary(depth: depth))
    case .word, .arrayEnd, .dictionaryEnd, .braceStart, .braceEnd, .end: throw .damaged
    }
  }

  private mutating func array(depth: Int) throws(MediaFault) -> [PDFObject] {
    var array: [PDFObject] = []
    while true {
      let token = try lexer.next()
      if token == .arrayEnd { return array }
      array.append(try object(token, depth: depth + 1))
    }
  }

  private mutating func dictionary(depth: Int) throws(MediaFault) -> PDFDictionary {
    var dictionary: PDFDictionary = [:]
    while true {
      let token = try lexer.next()
      if token == .dictionaryEnd { return dictionary.filter { $0.value != .null } }
      guard case .name(let key) = token else { throw .damaged }
      let value = try object(try lexer.next(), depth: depth + 1)
      // Which of two is meant, readers do not agree on.
      guard dictionary.updateValue(value, forKey: key) == nil else { throw .damaged }
    }
  }

  /// Two numbers and an R are one reference, which is seen at its end only.
  private mutating func reference(from number: PDFNumber) -> PDFObject? {
    guard hasReferences, let number = number.integer.flatMap(UInt32.init(exactly:)) else {
      return nil
    }
    let behind = lexer.at
    // What cannot be read here is read, and refused, as what follows the number.
    if case .number(let second)? = try? lexer.next(),
      let generation = second.integer.flatMap(UInt32.init(exactly:)),
      (try? lexer.next()) == .word("R")
    {
      return .reference(PDFReference(number: number, generation: generation))
    }
    lexer.at = behind
    return nil
  }
}
