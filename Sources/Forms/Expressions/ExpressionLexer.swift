import SyncCore

/// The tokens of an expression (forms §5.1).
struct ExpressionLexer {
  enum Kind: Hashable {
    case number(Decimal64)
    case text(String)
    case name(String)
    case field(String)
    case current
    /// `( ) , = != < <= > >= + - *`
    case symbol(String)
    case end
  }

  struct Token {
    let kind: Kind
    let offset: Int
  }

  static func tokens(_ source: String) throws(ExpressionError) -> [Token] {
    var lexer = ExpressionLexer(scalars: Array(source.unicodeScalars))
    var tokens: [Token] = []
    repeat { tokens.append(try lexer.next()) } while tokens.last?.kind != .end
    return tokens
  }

  private let scalars: [Unicode.Scalar]
  private var position = 0

  private init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

  private func at(_ index: Int) -> Unicode.Scalar? {
    index < scalars.count ? scalars[index] : nil
  }

  private func error(_ reason: String, at offset: Int) -> ExpressionError {
    ExpressionError(code: .expression, reason: reason, offset: offset)
  }

  private static func isDigit(_ scalar: Unicode.Scalar?) -> Bool {
    scalar.map { (0x30...0x39).contains($0.value) } ?? false
  }

  private static func isNameStart(_ scalar: Unicode.Scalar?) -> Bool {
    guard let value = scalar?.value else { return false }
    return (0x41...0x5A).contains(value) || (0x61...0x7A).contains(value) || value == 0x5F
  }

  private mutating func next() throws(ExpressionError) -> Token {
    while let scalar = at(position), [" ", "\t", "\n", "\r"].contains(scalar) { position += 1 }
    let start = position
    guard let scalar = at(start) else { return Token(kind: .end, offset: start) }
    if Self.isDigit(scalar) || (scalar == "." && Self.isDigit(at(start + 1))) {
      return Token(kind: .number(try number()), offset: start)
    }
    if Self.isNameStart(scalar) { return Token(kind: .name(name(hyphens: true)), offset: start) }
    switch scalar {
    case "'", "\"":
      position += 1
      while let next = at(position), next != scalar { position += 1 }
      guard at(position) != nil else {
        throw error("This quotation mark is never closed.", at: start)
      }
      var text = String.UnicodeScalarView()
      text.append(contentsOf: scalars[(start + 1)..<position])
      position += 1
      return Token(kind: .text(String(text)), offset: start)
    case "$":
      position += 1
      guard at(position) == "{" else { throw error("Write a field as ${name}.", at: start) }
      position += 1
      let name = name(hyphens: false)
      guard !name.isEmpty, at(position) == "}" else {
        throw error("Write a field as ${name}, with a plain name inside.", at: start)
      }
      position += 1
      return Token(kind: .field(name), offset: start)
    case ".":
      position += 1
      return Token(kind: .current, offset: start)
    case "<", ">", "!":
      position += 1
      if at(position) == "=" {
        position += 1
        return Token(kind: .symbol("\(scalar)="), offset: start)
      }
      guard scalar != "!" else { throw error("Write != for “is not”, or not(…).", at: start) }
      return Token(kind: .symbol(String(scalar)), offset: start)
    case "(", ")", ",", "=", "+", "-", "*":
      position += 1
      return Token(kind: .symbol(String(scalar)), offset: start)
    case "/":
      throw error("Paths are not read, and division is written div.", at: start)
    default:
      throw error("This character has no meaning here.", at: start)
    }
  }

  private mutating func number() throws(ExpressionError) -> Decimal64 {
    let start = position
    while Self.isDigit(at(position)) { position += 1 }
    var text = position > start ? "" : "0"
    if at(position) == ".", Self.isDigit(at(position + 1)) {
      position += 1
      while Self.isDigit(at(position)) { position += 1 }
    }
    for scalar in scalars[start..<position] { text.unicodeScalars.append(scalar) }
    guard let value = Decimal64(text) else {
      throw error("A number has at most 18 digits.", at: start)
    }
    return value
  }

  private mutating func name(hyphens: Bool) -> String {
    var text = ""
    while let scalar = at(position),
      Self.isNameStart(scalar) || Self.isDigit(scalar) || (hyphens && scalar == "-")
    {
      text.unicodeScalars.append(scalar)
      position += 1
    }
    return text
  }
}
