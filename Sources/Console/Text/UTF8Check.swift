/// Whether bytes are UTF-8, and where they stop being it.
enum UTF8Check {
  /// The offset of the first byte that begins no valid sequence, or nil.
  static func firstInvalid(_ bytes: [UInt8]) -> Int? {
    var at = 0
    while at < bytes.count {
      if bytes[at] < 0x80 {
        at += 1
        continue
      }
      let length = sequenceLength(bytes, at: at)
      if length == 0 { return at }
      at += length
    }
    return nil
  }

  /// 1…4 when a valid sequence begins here, else 0 (Unicode 3.9, table 3-7).
  static func sequenceLength(_ bytes: some RandomAccessCollection<UInt8>, at: Int) -> Int {
    func byte(_ offset: Int) -> UInt8? {
      let index = bytes.index(bytes.startIndex, offsetBy: at)
      guard bytes.distance(from: index, to: bytes.endIndex) > offset else { return nil }
      return bytes[bytes.index(index, offsetBy: offset)]
    }
    func continues(_ offset: Int) -> Bool { byte(offset).map { $0 & 0xC0 == 0x80 } ?? false }
    guard let first = byte(0) else { return 0 }
    guard first >= 0x80 else { return 1 }
    guard let second = byte(1) else { return 0 }
    switch first {
    case 0xC2...0xDF: return continues(1) ? 2 : 0
    case 0xE0: return (0xA0...0xBF).contains(second) && continues(2) ? 3 : 0
    case 0xED: return (0x80...0x9F).contains(second) && continues(2) ? 3 : 0
    case 0xE1...0xEF: return continues(1) && continues(2) ? 3 : 0
    case 0xF0: return (0x90...0xBF).contains(second) && continues(2) && continues(3) ? 4 : 0
    case 0xF1...0xF3: return continues(1) && continues(2) && continues(3) ? 4 : 0
    case 0xF4: return (0x80...0x8F).contains(second) && continues(2) && continues(3) ? 4 : 0
    default: return 0
    }
  }
}

/// A line and column, both from 1, for an error message. Columns count bytes.
struct TextPlace: Equatable {
  let line: Int
  let column: Int

  init(of offset: Int, in bytes: [UInt8], firstLine: Int = 1) {
    var line = firstLine
    var start = 0
    for index in 0..<offset where bytes[index] == 0x0A {
      line += 1
      start = index + 1
    }
    self.line = line
    self.column = offset - start + 1
  }
}
