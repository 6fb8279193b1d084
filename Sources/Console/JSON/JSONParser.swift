/// RFC 8259, read strictly: what two parsers could read differently is refused.
///
/// Duplicate keys, lone surrogates, invalid UTF-8, text after the value and a leading byte order mark
/// are refused; numbers are kept as text. Work and memory are bounded by `JSONLimits`.
public struct JSONParser {
  private let bytes: [UInt8]
  private let limits: JSONLimits
  private let firstLine: Int
  private var at = 0
  private var values = 0

  /// - Parameters:
  ///   - firstLine: the number of the text's first line in its file, for JSON Lines.
  ///   - bytes: one JSON text.
  ///   - limits: bounds on its size, depth and values.
  public static func parse(
    _ bytes: [UInt8], limits: JSONLimits = JSONLimits(), firstLine: Int = 1
  ) throws(JSONFailure) -> JSONValue {
    var parser = JSONParser(bytes: bytes, limits: limits, firstLine: firstLine)
    guard bytes.count <= limits.bytesMax else { throw parser.failure(.tooLarge) }
    if let bad = UTF8Check.firstInvalid(bytes) {
      parser.at = bad
      throw parser.failure(.notUTF8)
    }
    parser.skipSpace()
    let value = try parser.value(depth: 0)
    parser.skipSpace()
    guard parser.at == bytes.count else { throw parser.failure(.trailingText) }
    return value
  }

  private init(bytes: [UInt8], limits: JSONLimits, firstLine: Int) {
    self.bytes = bytes
    self.limits = limits
    self.firstLine = firstLine
  }

  private mutating func value(depth: Int) throws(JSONFailure) -> JSONValue {
    guard depth <= limits.depthMax else { throw failure(.tooDeep) }
    values += 1
    guard values <= limits.valuesMax else { throw failure(.tooManyValues) }
    switch try peek() {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"), 0x30...0x39: return try number()
    default: throw failure(.unexpectedCharacter)
    }
  }

  private mutating func object(depth: Int) throws(JSONFailure) -> JSONValue {
    at += 1
    var members: [JSONValue.Member] = []
    var names: Set<[UInt8]> = []
    skipSpace()
    if try take(UInt8(ascii: "}")) { return .object([]) }
    while true {
      guard try peek() == UInt8(ascii: "\"") else { throw failure(.unexpectedCharacter) }
      let start = at
      let name = try string()
      guard Self.isNew(name, among: members, &names) else {
        at = start
        throw failure(.duplicateKey)
      }
      skipSpace()
      guard try take(UInt8(ascii: ":")) else { throw failure(.unexpectedCharacter) }
      skipSpace()
      members.append(.init(name, try value(depth: depth + 1)))
      skipSpace()
      if try take(UInt8(ascii: "}")) { return .object(members) }
      guard try take(UInt8(ascii: ",")) else { throw failure(.unexpectedCharacter) }
      skipSpace()
    }
  }

  /// A set costs more than it saves while there are few names.
  private static let fewNames = 24

  /// Compares bytes, not String: two spellings of one letter are two keys to every other parser.
  private static func isNew(
    _ name: String, among members: [JSONValue.Member], _ names: inout Set<[UInt8]>
  ) -> Bool {
    if members.count < fewNames {
      for index in members.indices
      where members[index].name == name && members[index].name.utf8.elementsEqual(name.utf8) {
        return false
      }
      return true
    }
    if names.isEmpty { names = Set(members.map { Array($0.name.utf8) }) }
    return names.insert(Array(name.utf8)).inserted
  }

  private mutating func array(depth: Int) throws(JSONFailure) -> JSONValue {
    at += 1
    var elements: [JSONValue] = []
    skipSpace()
    if try take(UInt8(ascii: "]")) { return .array([]) }
    while true {
      elements.append(try value(depth: depth + 1))
      skipSpace()
      if try take(UInt8(ascii: "]")) { return .array(elements) }
      guard try take(UInt8(ascii: ",")) else { throw failure(.unexpectedCharacter) }
      skipSpace()
    }
  }

  private mutating func word(_ text: StaticString, _ value: JSONValue) throws(JSONFailure)
    -> JSONValue
  {
    for offset in 0..<text.utf8CodeUnitCount {
      guard at < bytes.count else { throw failure(.unexpectedEnd) }
      guard bytes[at] == text.utf8Start[offset] else { throw failure(.unexpectedCharacter) }
      at += 1
    }
    return value
  }

  private mutating func number() throws(JSONFailure) -> JSONValue {
    let start = at
    if bytes[at] == UInt8(ascii: "-") { at += 1 }
    let whole = digits()
    guard whole > 0, whole == 1 || bytes[at - whole] != UInt8(ascii: "0") else {
      throw failure(.invalidNumber)
    }
    if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
      at += 1
      guard digits() > 0 else { throw failure(.invalidNumber) }
    }
    if at < bytes.count, bytes[at] | 0x20 == UInt8(ascii: "e") {
      at += 1
      if at < bytes.count, bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") {
        at += 1
      }
      guard digits() > 0 else { throw failure(.invalidNumber) }
    }
    return .number(String(decoding: bytes[start..<at], as: UTF8.self))
  }

  private mutating func digits() -> Int {
    let start = at
    while at < bytes.count, (0x30...0x39).contains(bytes[at]) { at += 1 }
    return at - start
  }

  private mutating func string() throws(JSONFailure) -> String {
    at += 1
    let first = at
    skipPlain()
    if at < bytes.count, bytes[at] == UInt8(ascii: "\"") {
      defer { at += 1 }
      return String(decoding: bytes[first..<at], as: UTF8.self)
    }
    var out = Array(bytes[first..<at])
    while true {
      let start = at
      skipPlain()
      out += bytes[start..<at]
      switch try peek() {
      case UInt8(ascii: "\""):
        at += 1
        return String(decoding: out, as: UTF8.self)
      case UInt8(ascii: "\\"): out += UTF8.encode(try escape())!
      default: throw failure(.controlCharacter)
      }
    }
  }

  private mutating func skipPlain() {
    while at < bytes.count, bytes[at] >= 0x20, bytes[at] != UInt8(ascii: "\""),
      bytes[at] != UInt8(ascii: "\\")
    { at += 1 }
  }

  private mutating func escape() throws(JSONFailure) -> Unicode.Scalar {
    at += 1
    let code = try peek()
    at += 1
    switch code {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(code)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      let high = try hex()
      if let scalar = Unicode.Scalar(high) { return scalar }
      guard high < 0xDC00, at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"),
        bytes[at + 1] == UInt8(ascii: "u")
      else { throw failure(.loneSurrogate) }
      at += 2
      let low = try hex()
      guard (0xDC00...0xDFFF).contains(low) else { throw failure(.loneSurrogate) }
      return Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))!
    default:
      at -= 1
      throw failure(.invalidEscape)
    }
  }

  private mutating func hex() throws(JSONFailure) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      switch try peek() {
      case let digit where (0x30...0x39).contains(digit): value = value << 4 | UInt32(digit - 0x30)
      case let digit where (0x61...0x66).contains(digit | 0x20):
        value = value << 4 | UInt32((digit | 0x20) - 0x57)
      default: throw failure(.invalidEscape)
      }
      at += 1
    }
    return value
  }

  private func peek() throws(JSONFailure) -> UInt8 {
    guard at < bytes.count else { throw failure(.unexpectedEnd) }
    return bytes[at]
  }

  private mutating func take(_ byte: UInt8) throws(JSONFailure) -> Bool {
    guard try peek() == byte else { return false }
    at += 1
    return true
  }

  private mutating func skipSpace() {
    while at < bytes.count,
      bytes[at] == 0x20 || bytes[at] == 0x0A || bytes[at] == 0x0D || bytes[at] == 0x09
    { at += 1 }
  }

  private func failure(_ code: JSONFailure.Code) -> JSONFailure {
    let place = TextPlace(of: min(at, bytes.count), in: bytes, firstLine: firstLine)
    return JSONFailure(code: code, line: place.line, column: place.column)
  }
}
