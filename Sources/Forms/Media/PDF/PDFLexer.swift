/// Words, numbers and marks of a PDF file, of its content streams and of what else is written so
/// (ISO 32000-1 §7.2). Comments are spaces.
struct PDFLexer {
  enum Token: Equatable {
    case number(PDFNumber)
    case name(String)
    case string([UInt8])
    case word(String)
    case arrayStart, arrayEnd, dictionaryStart, dictionaryEnd, braceStart, braceEnd
    case end
  }

  let bytes: [UInt8]
  var at: Int
  let end: Int

  /// Bytes of a name or of a word, as the standard has it.
  private static let nameBytesMax = 127

  init(_ bytes: [UInt8], at: Int = 0, end: Int? = nil) {
    self.bytes = bytes
    self.at = at
    self.end = end ?? bytes.count
  }

  mutating func next() throws(MediaFault) -> Token {
    skipSpace()
    guard at < end else { return .end }
    let first = bytes[at]
    switch first {
    case UInt8(ascii: "/"): return .name(try name())
    case UInt8(ascii: "("): return .string(try literal())
    case UInt8(ascii: "<"):
      if at + 1 < end, bytes[at + 1] == first { return mark(.dictionaryStart, 2) }
      return .string(try hexadecimal())
    case UInt8(ascii: ">"):
      guard at + 1 < end, bytes[at + 1] == first else { throw .damaged }
      return mark(.dictionaryEnd, 2)
    case UInt8(ascii: "["): return mark(.arrayStart, 1)
    case UInt8(ascii: "]"): return mark(.arrayEnd, 1)
    case UInt8(ascii: "{"): return mark(.braceStart, 1)
    case UInt8(ascii: "}"): return mark(.braceEnd, 1)
    case UInt8(ascii: ")"): throw .damaged
    default: break
    }
    let start = at
    while at < end, Self.isRegular(bytes[at]) { at += 1 }
    switch first {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
      UInt8(ascii: "."):
      return .number(try PDFNumber(bytes[start..<at]))
    default:
      guard at - start <= Self.nameBytesMax else { throw .damaged }
      return .word(Self.text(bytes[start..<at]))
    }
  }

  /// A number without sign and point.
  mutating func count() throws(MediaFault) -> Int {
    guard case .number(let number) = try next(), let count = number.integer, count >= 0 else {
      throw .damaged
    }
    return count
  }

  mutating func skipSpace() {
    while at < end {
      if bytes[at] == UInt8(ascii: "%") {
        while at < end, bytes[at] != 10, bytes[at] != 13 { at += 1 }
      } else if Self.isSpace(bytes[at]) {
        at += 1
      } else {
        return
      }
    }
  }

  static func isSpace(_ byte: UInt8) -> Bool {
    byte == 32 || byte == 10 || byte == 13 || byte == 9 || byte == 12 || byte == 0
  }

  static func isRegular(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "<"), UInt8(ascii: ">"),
      UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"), UInt8(ascii: "}"),
      UInt8(ascii: "/"), UInt8(ascii: "%"):
      false
    default: !isSpace(byte)
    }
  }

  static func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    default: nil
    }
  }

  private mutating func mark(_ token: Token, _ count: Int) -> Token {
    at += count
    return token
  }

  private static func text(_ bytes: some Collection<UInt8>) -> String {
    if bytes.allSatisfy({ $0 < 0x80 }) { return String(decoding: bytes, as: UTF8.self) }
    var text = String.UnicodeScalarView()
    text.append(contentsOf: bytes.lazy.map { Unicode.Scalar($0) })
    return String(text)
  }

  private mutating func name() throws(MediaFault) -> String {
    at += 1
    let start = at
    var isEscaped = false
    while at < end, Self.isRegular(bytes[at]) {
      isEscaped = isEscaped || bytes[at] == UInt8(ascii: "#")
      at += 1
    }
    guard at - start <= 3 * Self.nameBytesMax else { throw .unusual }
    guard isEscaped else {
      guard at - start <= Self.nameBytesMax else { throw .unusual }
      return Self.text(bytes[start..<at])
    }
    var name: [UInt8] = []
    var from = start
    while from < at {
      if bytes[from] == UInt8(ascii: "#"), at - from > 2,
        let high = Self.hexadecimalDigit(bytes[from + 1]),
        let low = Self.hexadecimalDigit(bytes[from + 2])
      {
        name.append(high << 4 | low)
        from += 3
      } else {
        name.append(bytes[from])
        from += 1
      }
    }
    guard name.count <= Self.nameBytesMax else { throw .unusual }
    return Self.text(name)
  }

  private mutating func hexadecimal() throws(MediaFault) -> [UInt8] {
    at += 1
    var string: [UInt8] = []
    var high: UInt8?
    while at < end {
      let byte = bytes[at]
      at += 1
      if byte == UInt8(ascii: ">") {
        if let high { string.append(high << 4) }
        return string
      }
      if Self.isSpace(byte) { continue }
      guard let digit = Self.hexadecimalDigit(byte) else { throw .damaged }
      if let known = high {
        string.append(known << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    throw .damaged
  }

  private mutating func literal() throws(MediaFault) -> [UInt8] {
    at += 1
    var string: [UInt8] = []
    var open = 1
    while at < end {
      let byte = bytes[at]
      at += 1
      switch byte {
      case UInt8(ascii: "("): open += 1
      case UInt8(ascii: ")"):
        open -= 1
        if open == 0 { return string }
      case UInt8(ascii: "\\"):
        if let escaped = escaped() { string.append(escaped) }
        continue
      case 13:
        // However a line ends, it ends with one byte.
        if at < end, bytes[at] == 10 { at += 1 }
        string.append(10)
        continue
      default: break
      }
      string.append(byte)
    }
    throw .damaged
  }

  /// What stands behind a backslash; nil for a line that goes on.
  private mutating func escaped() -> UInt8? {
    guard at < end else { return nil }
    let byte = bytes[at]
    at += 1
    switch byte {
    case UInt8(ascii: "n"): return 10
    case UInt8(ascii: "r"): return 13
    case UInt8(ascii: "t"): return 9
    case UInt8(ascii: "b"): return 8
    case UInt8(ascii: "f"): return 12
    case 10: return nil
    case 13:
      if at < end, bytes[at] == 10 { at += 1 }
      return nil
    case UInt8(ascii: "0")...UInt8(ascii: "7"):
      var value = byte - UInt8(ascii: "0")
      var left = 2
      while left > 0, at < end, (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(bytes[at]) {
        value = value << 3 | (bytes[at] - UInt8(ascii: "0"))
        at += 1
        left -= 1
      }
      return value
    default: return byte
    }
  }
}
