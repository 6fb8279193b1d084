/// Folded text as its runs of digits and runs of letters; everything between separates.
struct DatePhrase {
  struct Token: Equatable {
    let text: String
    let isNumber: Bool
  }

  let tokens: [Token]

  /// The words with `#` for each number, so that "3 days ago" and "11 days ago" have one shape.
  var shape: String { tokens.map { $0.isNumber ? "#" : $0.text }.joined(separator: " ") }

  init(_ folded: String) {
    var tokens: [Token] = []
    var run = String.UnicodeScalarView()
    var isNumber = false
    func flush() {
      if !run.isEmpty { tokens.append(Token(text: String(run), isNumber: isNumber)) }
      run = String.UnicodeScalarView()
    }
    for scalar in folded.unicodeScalars {
      let digit = (0x30...0x39).contains(scalar.value)
      guard digit || scalar.properties.isAlphabetic else {
        flush()
        continue
      }
      if digit != isNumber { flush() }
      isNumber = digit
      run.append(scalar)
    }
    flush()
    self.tokens = tokens
  }
}
