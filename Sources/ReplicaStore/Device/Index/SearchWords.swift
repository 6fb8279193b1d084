internal import Forms
internal import SyncCore

/// Everything of a record that a search may find: folded texts, and codes as single words
/// (at-rest §14).
struct SearchWords {
  /// How the full-text index reads them: apart by spaces, like everybody else. `unicode61` knows the
  /// scripts of some version of Unicode, takes vowel signs of others for spaces, and then refuses a
  /// search for a word that it reads as several.
  static let index = """
    words, tokenize = "ascii tokenchars '_'", content = '', detail = none, columnsize = 0
    """

  /// UTF-8, words apart by spaces.
  private(set) var text: [UInt8] = []

  /// Those of a record whose form cannot be read: its public code.
  init(code: String) {
    for byte in code.utf8 { text.append(byte == 0x2D ? 0x20 : Self.codeByte(byte)) }
  }

  init(code: String, _ columns: FormColumns, _ row: FormColumns.Row) {
    self.init(code: code)
    text.reserveCapacity(512)
    columns.each(row) { column, _, answer in add(answer, column.words) }
  }

  private mutating func add(_ answer: Answer, _ kind: FormColumns.Words) {
    switch (answer, kind) {
    case (.value(.text(let text)), .text):
      self.text.append(0x20)
      SearchFolding.fold(text, into: &self.text)
    case (.value(.text(let code)), .code): add(code: code)
    case (.value(.integer(let number)), _):
      text.append(0x20)
      text.append(contentsOf: String(number).utf8)
    case (.codes(let codes), _):
      for code in codes { add(code: code) }
    default: break
    }
  }

  private mutating func add(code: String) {
    text.append(0x20)
    for byte in code.utf8 { text.append(Self.codeByte(byte)) }
  }

  /// What finds the records with a public code, and few others.
  static func match(_ code: PublicCode) -> String {
    let words = String(decoding: Self(code: code.description).text, as: UTF8.self)
    return words.split(separator: " ").map { "\"\($0)\"" }.joined(separator: " AND ")
  }

  /// A code as one word of the index.
  static func codeWord(_ code: String) -> String {
    String(decoding: code.utf8.map(codeByte), as: UTF8.self)
  }

  private static func codeByte(_ byte: UInt8) -> UInt8 {
    switch byte {
    case 0x41...0x5A: byte + 32
    case 0x61...0x7A, 0x30...0x39: byte
    default: 0x5F
    }
  }
}
