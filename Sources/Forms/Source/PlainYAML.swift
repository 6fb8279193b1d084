/// Reads the YAML that shipped forms keep to, and gives up on any other.
///
/// It knows block maps and lists, flow collections that end on their line, and words on one line,
/// plain or in double quotes without escapes. Every command reads a form and the shared lists before
/// it does anything, and a whole YAML parser takes most of a short command's time for that. It never
/// sees a file from outside: two readers could take such a file for two things. A test compares it
/// with ``YAMLReader`` on each shipped file.
struct PlainYAML {
  private struct Unfamiliar: Error {}

  private let bytes: UnsafeBufferPointer<UInt8>
  private var at = 0
  private var line = 1
  private var lineStart = 0

  /// Nil for what only the whole parser can read, or refuse.
  static func read(_ bytes: [UInt8]) -> YAMLNode? {
    bytes.withUnsafeBufferPointer { bytes in
      var reader = PlainYAML(bytes: bytes)
      do {
        try reader.skipToContent()
        let root = try reader.block()
        return reader.isAtEnd ? root : nil
      } catch {
        return nil
      }
    }
  }

  private init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  // MARK: Places

  private var isAtEnd: Bool { at == bytes.count }
  private var byte: UInt8 { at < bytes.count ? bytes[at] : 0x0A }
  private var next: UInt8 { at + 1 < bytes.count ? bytes[at + 1] : 0x0A }
  /// Where the content of a line begins: only spaces are in front of it.
  private var indent: Int { at - lineStart }
  private var startsItem: Bool { byte == UInt8(ascii: "-") && next == 0x20 }

  /// Columns count characters, from 1.
  private var mark: SourceMark {
    var column = 1
    for index in lineStart..<at where bytes[index] & 0xC0 != 0x80 { column += 1 }
    return SourceMark(line: line, column: column)
  }

  private mutating func skipSpaces() { while byte == 0x20 { at += 1 } }

  /// Goes on to the next line that is neither blank nor a comment.
  private mutating func skipToContent() {
    while !isAtEnd {
      skipSpaces()
      if byte == UInt8(ascii: "#") { while byte != 0x0A { at += 1 } }
      guard byte == 0x0A else { return }
      guard !isAtEnd else { return }
      at += 1
      line += 1
      lineStart = at
    }
  }

  private mutating func endLine() throws(Unfamiliar) {
    let start = at
    skipSpaces()
    guard byte == 0x0A || byte == UInt8(ascii: "#") && at > start else { throw Unfamiliar() }
    skipToContent()
  }

  // MARK: Blocks

  private mutating func block() throws(Unfamiliar) -> YAMLNode {
    startsItem ? try list() : try map()
  }

  private mutating func list() throws(Unfamiliar) -> YAMLNode {
    let (start, depth) = (mark, indent)
    var items: [YAMLNode] = []
    while !isAtEnd, indent == depth, startsItem {
      at += 1
      skipSpaces()
      if startsKey {
        items.append(try map())
      } else {
        items.append(try value(inFlow: false))
        try endLine()
      }
    }
    guard isAtEnd || indent < depth || indent == depth && !startsItem else { throw Unfamiliar() }
    return .list(items, start)
  }

  private mutating func map() throws(Unfamiliar) -> YAMLNode {
    let (start, depth) = (mark, indent)
    var pairs: [YAMLNode.Pair] = []
    while !isAtEnd, indent == depth, !startsItem {
      let keyMark = mark
      let key = try key(among: pairs)
      skipSpaces()
      let value: YAMLNode
      if byte == 0x0A || byte == UInt8(ascii: "#") {
        skipToContent()
        guard !isAtEnd, indent > depth || indent == depth && startsItem else { throw Unfamiliar() }
        value = try block()
      } else {
        value = try self.value(inFlow: false)
        try endLine()
      }
      pairs.append(YAMLNode.Pair(key: key, mark: keyMark, value: value))
    }
    guard !pairs.isEmpty, isAtEnd || indent <= depth else { throw Unfamiliar() }
    return .map(pairs, start)
  }

  // MARK: Keys

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: true
    default: false
    }
  }

  private var startsKey: Bool {
    var end = at
    while end < bytes.count, Self.isWord(bytes[end]) { end += 1 }
    return end > at && end + 1 < bytes.count && bytes[end] == UInt8(ascii: ":")
      && (bytes[end + 1] == 0x20 || bytes[end + 1] == 0x0A)
  }

  /// A word and its colon; a name that stands twice is for the whole parser to refuse.
  private mutating func key(among pairs: [YAMLNode.Pair]) throws(Unfamiliar) -> String {
    guard startsKey else { throw Unfamiliar() }
    let start = at
    while Self.isWord(byte) { at += 1 }
    let key = text(start..<at)
    at += 1
    guard !pairs.contains(where: { $0.key == key }) else { throw Unfamiliar() }
    return key
  }

  // MARK: Values on one line

  private func text(_ range: Range<Int>) -> String {
    String(decoding: UnsafeBufferPointer(rebasing: bytes[range]), as: UTF8.self)
  }

  private mutating func value(inFlow: Bool) throws(Unfamiliar) -> YAMLNode {
    switch byte {
    case UInt8(ascii: "{"): try flowMap()
    case UInt8(ascii: "["): try flowList()
    case UInt8(ascii: "\""): try quoted()
    default: try plain(inFlow: inFlow)
    }
  }

  private mutating func flowMap() throws(Unfamiliar) -> YAMLNode {
    let start = mark
    at += 1
    var pairs: [YAMLNode.Pair] = []
    skipSpaces()
    while byte != UInt8(ascii: "}") {
      let keyMark = mark
      let key = try key(among: pairs)
      skipSpaces()
      pairs.append(YAMLNode.Pair(key: key, mark: keyMark, value: try value(inFlow: true)))
      try endItem(before: UInt8(ascii: "}"))
    }
    at += 1
    return .map(pairs, start)
  }

  private mutating func flowList() throws(Unfamiliar) -> YAMLNode {
    let start = mark
    at += 1
    var items: [YAMLNode] = []
    skipSpaces()
    while byte != UInt8(ascii: "]") {
      items.append(try value(inFlow: true))
      try endItem(before: UInt8(ascii: "]"))
    }
    at += 1
    return .list(items, start)
  }

  private mutating func endItem(before close: UInt8) throws(Unfamiliar) {
    skipSpaces()
    if byte == close { return }
    guard byte == UInt8(ascii: ",") else { throw Unfamiliar() }
    at += 1
    skipSpaces()
  }

  private mutating func quoted() throws(Unfamiliar) -> YAMLNode {
    let start = mark
    at += 1
    let first = at
    while byte != UInt8(ascii: "\"") {
      guard byte >= 0x20, byte != UInt8(ascii: "\\") else { throw Unfamiliar() }
      at += 1
    }
    defer { at += 1 }
    return .scalar(text(first..<at), start, inlineOffset: 1)
  }

  private mutating func plain(inFlow: Bool) throws(Unfamiliar) -> YAMLNode {
    // Everything else that begins otherwise is an indicator, or may be one.
    guard Self.isWord(byte) || byte >= 0x80 else { throw Unfamiliar() }
    let start = mark
    let first = at
    var end = at
    scan: while true {
      switch byte {
      case 0x0A:
        if inFlow { throw Unfamiliar() }
        break scan
      case 0x20:
        if next == UInt8(ascii: "#") { break scan }
      case UInt8(ascii: ":"):
        // A colon that ends a word, as a key's does, is nothing that a value may hold.
        guard Self.isWord(next) || next >= 0x80 else { throw Unfamiliar() }
        end = at + 1
      case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"):
        if inFlow { break scan }
        end = at + 1
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        if inFlow { throw Unfamiliar() }
        end = at + 1
      case 0..<0x20: throw Unfamiliar()
      default: end = at + 1
      }
      at += 1
    }
    at = end
    return .scalar(text(first..<end), start, inlineOffset: 0)
  }
}
