/// Reads the text of a pattern.
struct PatternParser {
  private let scalars: [Unicode.Scalar]
  private var position = 0
  private var depth = 0

  private static let depthMax = 16
  private static let repeatMax = 200

  static func parse(_ text: String) throws(PatternError) -> PatternSyntax {
    var parser = PatternParser(scalars: Array(text.unicodeScalars))
    let syntax = try parser.alternatives()
    guard parser.peek == nil else { throw parser.error("this ) closes no group") }
    return syntax
  }

  private init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

  private var peek: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

  private func error(_ reason: String) -> PatternError {
    PatternError(reason: reason, offset: position)
  }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard peek == scalar else { return false }
    position += 1
    return true
  }

  private mutating func alternatives() throws(PatternError) -> PatternSyntax {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.depthMax else { throw error("the groups nest too deeply") }
    var options = [try sequence()]
    while take("|") { options.append(try sequence()) }
    return options.count == 1 ? options[0] : .alternatives(options)
  }

  private mutating func sequence() throws(PatternError) -> PatternSyntax {
    var pieces: [PatternSyntax] = []
    while let next = peek, next != "|", next != ")" {
      let piece = try piece()
      // What compiles to nothing is dropped here, so that {} cannot multiply it without end.
      if case .empty = piece { continue }
      pieces.append(piece)
    }
    return pieces.count == 1 ? pieces[0] : pieces.isEmpty ? .empty : .sequence(pieces)
  }

  private mutating func piece() throws(PatternError) -> PatternSyntax {
    let atom = try atom()
    var result = atom
    let isEmpty = if case .empty = atom { true } else { false }
    if take("*") {
      result = .repeated(atom, min: 0, max: nil)
    } else if take("+") {
      result = .repeated(atom, min: 1, max: nil)
    } else if take("?") {
      result = .repeated(atom, min: 0, max: 1)
    } else if take("{") {
      result = try counted(atom)
    }
    if let next = peek, next == "*" || next == "+" || next == "?" || next == "{" {
      throw error("only one of * + ? {} may follow an item")
    }
    if isEmpty { return .empty }
    if case .repeated(_, _, max: 0) = result { return .empty }
    return result
  }

  private mutating func counted(_ atom: PatternSyntax) throws(PatternError) -> PatternSyntax {
    let low = try number()
    var high: Int? = low
    if take(",") { high = peek == "}" ? nil : try number() }
    guard take("}") else { throw error("write {m}, {m,} or {m,n}") }
    if let high, high < low { throw error("in {m,n}, n must not be below m") }
    return .repeated(atom, min: low, max: high)
  }

  private mutating func number() throws(PatternError) -> Int {
    var value: Int?
    while let next = peek, (0x30...0x39).contains(next.value) {
      value = (value ?? 0) * 10 + Int(next.value - 0x30)
      guard let value, value <= Self.repeatMax else {
        throw error("an item may be repeated \(Self.repeatMax) times at most")
      }
      position += 1
    }
    guard let value else { throw error("a number is missing in {}") }
    return value
  }

  private mutating func atom() throws(PatternError) -> PatternSyntax {
    guard let next = peek else { throw error("something is missing here") }
    position += 1
    switch next {
    case "(":
      if take("?"), !take(":") { throw error("of the (? groups only (?: is known") }
      let inner = try alternatives()
      guard take(")") else { throw error("a ) is missing") }
      return inner
    case "[": return .set(try bracket())
    case ".": return .set(ScalarSet(ranges: [0x0A...0x0A], negated: true))
    case "^": return .start
    case "$": return .end
    case "\\": return .set(try escape())
    case "*", "+", "?", "{":
      position -= 1
      throw error("nothing stands before this")
    default: return .set(ScalarSet(ranges: [next.value...next.value]))
    }
  }

  /// What stands after a backslash.
  private mutating func escape() throws(PatternError) -> ScalarSet {
    guard let next = peek else { throw error("a character is missing after \\") }
    position += 1
    switch next {
    case "d": return ScalarSet(ranges: ScalarSet.digit)
    case "D": return ScalarSet(ranges: ScalarSet.digit, negated: true)
    case "w": return ScalarSet(ranges: ScalarSet.word)
    case "W": return ScalarSet(ranges: ScalarSet.word, negated: true)
    case "s": return ScalarSet(ranges: ScalarSet.space)
    case "S": return ScalarSet(ranges: ScalarSet.space, negated: true)
    case "n": return ScalarSet(ranges: [0x0A...0x0A])
    case "r": return ScalarSet(ranges: [0x0D...0x0D])
    case "t": return ScalarSet(ranges: [0x09...0x09])
    case "p":
      guard take("{"), take("L"), take("}") else { throw error("of the \\p only \\p{L} is known") }
      return ScalarSet(letters: true)
    default:
      guard next.isASCII, !next.properties.isAlphabetic, !(0x30...0x39).contains(next.value) else {
        position -= 1
        throw error("this escape is not known")
      }
      return ScalarSet(ranges: [next.value...next.value])
    }
  }

  private mutating func bracket() throws(PatternError) -> ScalarSet {
    var set = ScalarSet()
    set.negated = take("^")
    var first = true
    while first || peek != "]" {
      first = false
      guard let low = try item(into: &set) else { continue }
      if peek == "-", position + 1 < scalars.count, scalars[position + 1] != "]" {
        position += 1
        guard let high = try item(into: &set), high >= low else {
          throw error("this range ends before it begins")
        }
        set.ranges.append(low...high)
      } else {
        set.ranges.append(low...low)
      }
    }
    position += 1
    return set
  }

  /// One character, or nil after adding a whole class.
  private mutating func item(into set: inout ScalarSet) throws(PatternError) -> UInt32? {
    guard let next = peek else { throw error("a ] is missing") }
    position += 1
    guard next == "\\" else { return next.value }
    let escaped = try escape()
    guard !escaped.negated else { throw error("\\D, \\W and \\S cannot stand inside []") }
    if escaped.ranges.count == 1, let only = escaped.ranges.first, only.count == 1 {
      return only.lowerBound
    }
    set.ranges += escaped.ranges
    set.letters = set.letters || escaped.letters
    return nil
  }
}
