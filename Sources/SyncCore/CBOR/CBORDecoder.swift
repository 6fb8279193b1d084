/// Reads the deterministic CBOR subset of entry §1 and refuses every other encoding.
///
/// Every length is checked against what remains and against the caller's limit before anything is
/// allocated. Nothing recurses without a depth limit.
public struct CBORDecoder: Sendable {
  private let input: ArraySlice<UInt8>
  public private(set) var position: Int

  public init(_ input: ArraySlice<UInt8>) {
    self.input = input
    position = input.startIndex
  }

  public init(_ input: [UInt8]) { self.init(input[...]) }

  /// Bytes read so far.
  public var offset: Int { position - input.startIndex }
  public var isAtEnd: Bool { position == input.endIndex }

  public func error(_ code: CBORError.Code) -> CBORError { CBORError(code, at: offset) }

  public func expectEnd() throws(CBORError) {
    guard isAtEnd else { throw error(.trailingBytes) }
  }

  /// The major type of the next item (0–7).
  public func nextMajor() throws(CBORError) -> UInt8 {
    guard position < input.endIndex else { throw error(.truncated) }
    return input[position] >> 5
  }

  /// Integers fit a signed 64-bit integer (entry §1.1), so that every language can hold them.
  public mutating func readUInt(max: UInt64 = UInt64(Int64.max)) throws(CBORError) -> UInt64 {
    let start = self
    let (major, value) = try readHead()
    guard major == 0 else { throw start.error(.unexpectedType) }
    guard value <= max else { throw start.error(.outOfRange) }
    return value
  }

  public mutating func readInt() throws(CBORError) -> Int64 {
    let start = self
    let (major, value) = try readHead()
    guard major <= 1 else { throw start.error(.unexpectedType) }
    guard value <= UInt64(Int64.max) else { throw start.error(.outOfRange) }
    return major == 0 ? Int64(value) : ~Int64(value)
  }

  public mutating func readBool() throws(CBORError) -> Bool {
    guard position < input.endIndex else { throw error(.truncated) }
    let byte = input[position]
    guard byte == 0xf4 || byte == 0xf5 else { throw error(.unexpectedType) }
    position += 1
    return byte == 0xf5
  }

  /// Reads a null if one is next.
  public mutating func readNullIfPresent() -> Bool {
    guard position < input.endIndex, input[position] == 0xf6 else { return false }
    position += 1
    return true
  }

  public mutating func readBytes(max: Int) throws(CBORError) -> ArraySlice<UInt8> {
    try readString(major: 2, max: max)
  }

  public mutating func readBytes(exactly count: Int) throws(CBORError) -> ArraySlice<UInt8> {
    let start = self
    let found = try readString(major: 2, max: count)
    guard found.count == count else { throw start.error(.outOfRange) }
    return found
  }

  public mutating func readDigest() throws(CBORError) -> Digest32 {
    let found = try readBytes(exactly: 32)
    guard let digest = Digest32(found) else { throw error(.outOfRange) }
    return digest
  }

  public mutating func readText(max: Int) throws(CBORError) -> String {
    let start = self
    let slice = try readString(major: 3, max: max)
    guard let text = Self.text(slice) else { throw start.error(.invalidText) }
    return text
  }

  /// Reads text, checked but left as bytes.
  mutating func readTextBytes(max: Int) throws(CBORError) -> ArraySlice<UInt8> {
    let start = self
    let slice = try readString(major: 3, max: max)
    guard Self.isASCII(slice) || Self.text(slice) != nil else { throw start.error(.invalidText) }
    return slice
  }

  /// Decoding mends what is not UTF-8, so text is valid exactly if its bytes stay the same.
  private static func text(_ utf8: ArraySlice<UInt8>) -> String? {
    var text = String(decoding: utf8, as: UTF8.self)
    let isSame = text.withUTF8 { $0.elementsEqual(utf8) }
    return isSame ? text : nil
  }

  private static func isASCII(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.withUnsafeBufferPointer { memory in
      var all: UInt8 = 0
      for byte in memory { all |= byte }
      return all < 0x80
    }
  }

  public mutating func readArrayHead(max: Int) throws(CBORError) -> Int {
    try readCount(major: 4, max: max, itemBytesMin: 1)
  }

  public mutating func readArrayHead(exactly count: Int) throws(CBORError) {
    let start = self
    guard try readArrayHead(max: count) == count else { throw start.error(.outOfRange) }
  }

  public mutating func readMapHead(max: Int) throws(CBORError) -> Int {
    try readCount(major: 5, max: max, itemBytesMin: 2)
  }

  public mutating func readTag() throws(CBORError) -> UInt64 {
    let start = self
    let (major, value) = try readHead()
    guard major == 6 else { throw start.error(.unexpectedType) }
    return value
  }

  /// Reads a decimal: tag 4 over `[exponent, mantissa]`, in its one form (entry §1.2).
  public mutating func readDecimal() throws(CBORError) -> Decimal64 {
    let start = self
    guard try readTag() == 4 else { throw start.error(.unsupportedTag) }
    try readArrayHead(exactly: 2)
    let exponent = try readInt()
    let mantissa = try readInt()
    guard let value = Decimal64(mantissa: mantissa, exponent: exponent),
      value.mantissa == mantissa, Int64(value.exponent) == exponent
    else { throw start.error(.nonCanonicalValue) }
    return value
  }

  /// Steps over one item of any supported type and returns its bytes.
  ///
  /// An item counts as one level, what it holds as the next; a decimal is one level.
  public mutating func skipItem(depthMax: Int = 8) throws(CBORError) -> ArraySlice<UInt8> {
    let begin = position
    try skip(depthMax)
    return input[begin..<position]
  }

  /// Takes bytes that are no CBOR, for formats that mix both; nil when there are not so many.
  public mutating func readRaw(_ count: Int) -> ArraySlice<UInt8>? {
    guard count >= 0, count <= input.endIndex - position else { return nil }
    defer { position += count }
    return input[position..<position + count]
  }

  /// Bytes between two positions of this input.
  public func slice(from start: Int) -> ArraySlice<UInt8> { input[start..<position] }

  private mutating func skip(_ depth: Int) throws(CBORError) {
    guard depth > 0 else { throw error(.tooDeep) }
    switch try nextMajor() {
    case 0, 1: _ = try readInt()
    case 2: _ = try readBytes(max: .max)
    case 3: _ = try readTextBytes(max: .max)
    case 4:
      for _ in 0..<(try readArrayHead(max: .max)) { try skip(depth - 1) }
    case 5:
      var previous: ArraySlice<UInt8>?
      for _ in 0..<(try readMapHead(max: .max)) {
        let key = try readKey(after: previous)
        previous = key
        try skip(depth - 1)
      }
    case 6: _ = try readDecimal()
    default:
      if readNullIfPresent() { return }
      _ = try readSimple()
    }
  }

  private mutating func readSimple() throws(CBORError) -> Bool {
    switch input[position] {
    case 0xf4, 0xf5: return try readBool()
    case 0xf9...0xfb: throw error(.floatingPoint)
    case 0xff: throw error(.indefiniteLength)
    default: throw error(.unsupportedSimple)
    }
  }

  /// Reads one map key (text or unsigned) that must sort after `previous`; returns its encoding.
  public mutating func readKey(
    after previous: ArraySlice<UInt8>?
  ) throws(CBORError) -> ArraySlice<UInt8> {
    let start = self
    let begin = position
    switch try nextMajor() {
    case 0: _ = try readUInt()
    case 3: _ = try readTextBytes(max: .max)
    default: throw start.error(.unexpectedType)
    }
    let key = input[begin..<position]
    if let previous {
      guard canonicallyPrecedes(previous, key) else {
        throw start.error(previous.elementsEqual(key) ? .duplicateKey : .unsortedKeys)
      }
    }
    return key
  }

  private mutating func readCount(
    major: UInt8, max: Int, itemBytesMin: UInt64
  ) throws(CBORError) -> Int {
    let start = self
    let (found, count) = try readHead()
    guard found == major else { throw start.error(.unexpectedType) }
    guard count <= UInt64(max) else { throw start.error(.tooLong) }
    // A count that the rest of the input cannot hold is refused before anyone reserves for it.
    guard count <= UInt64(input.endIndex - position) / itemBytesMin else {
      throw start.error(.truncated)
    }
    return Int(count)
  }

  private mutating func readString(major: UInt8, max: Int) throws(CBORError) -> ArraySlice<UInt8> {
    let start = self
    let (found, count) = try readHead()
    guard found == major else { throw start.error(.unexpectedType) }
    guard count <= UInt64(max) else { throw start.error(.tooLong) }
    guard count <= UInt64(input.endIndex - position) else { throw start.error(.truncated) }
    defer { position += Int(count) }
    return input[position..<position + Int(count)]
  }

  private mutating func readHead() throws(CBORError) -> (major: UInt8, value: UInt64) {
    guard position < input.endIndex else { throw error(.truncated) }
    let byte = input[position]
    let major = byte >> 5
    let short = byte & 0x1f
    guard major != 7 else {
      // A value of another type is named as such; what the subset lacks altogether, by its kind.
      let start = self
      if !readNullIfPresent() { _ = try readSimple() }
      throw start.error(.unexpectedType)
    }
    switch short {
    case 0..<24:
      position += 1
      return (major, UInt64(short))
    case 24...27:
      let width = 1 << (Int(short) - 24)
      guard input.endIndex - position > width else { throw error(.truncated) }
      var value: UInt64 = 0
      for i in 1...width { value = value << 8 | UInt64(input[position + i]) }
      let least: UInt64 = width == 1 ? 24 : 1 << (UInt64(width) * 4)
      guard value >= least else { throw error(.nonShortestHead) }
      position += 1 + width
      return (major, value)
    case 31: throw error(.indefiniteLength)
    default: throw error(.reservedHead)
    }
  }
}
