/// The parsed form of a pattern (forms §5.5).
///
/// ```
/// pattern     = alternative *( "|" alternative )
/// alternative = *( piece )
/// piece       = atom [ "*" / "+" / "?" / "{" m [ "," [ n ] ] "}" ]
/// atom        = "(" [ "?:" ] pattern ")" / "[" [ "^" ] 1*item "]" / "." / "^" / "$" / escape / char
/// ```
indirect enum PatternSyntax {
  case empty
  case set(ScalarSet)
  case start, end
  case sequence([PatternSyntax])
  case alternatives([PatternSyntax])
  case repeated(PatternSyntax, min: Int, max: Int?)
}

/// A set of Unicode scalars, as ranges.
struct ScalarSet: Sendable, Hashable {
  var ranges: [ClosedRange<UInt32>] = []
  /// `\p{L}`: every letter.
  var letters = false
  var negated = false

  func contains(_ scalar: Unicode.Scalar) -> Bool {
    let value = scalar.value
    for range in ranges where range.contains(value) { return !negated }
    if letters, scalar.properties.isAlphabetic { return !negated }
    return negated
  }

  static let digit: [ClosedRange<UInt32>] = [0x30...0x39]
  static let word: [ClosedRange<UInt32>] = [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A]
  static let space: [ClosedRange<UInt32>] = [0x09...0x0D, 0x20...0x20, 0xA0...0xA0]
}

/// What is wrong with a pattern, and where.
struct PatternError: Error {
  let reason: String
  /// Unicode scalars from the pattern's start.
  let offset: Int
}
