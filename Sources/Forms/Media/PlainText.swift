/// Text without anything around it has no metadata but a byte order mark.
enum PlainText {
  static func isText(_ bytes: [UInt8]) -> Bool {
    guard !bytes.isEmpty, let text = String(validating: bytes, as: UTF8.self) else { return false }
    return text.unicodeScalars.allSatisfy {
      $0.value >= 0x20 ? !(0x7F...0x9F).contains($0.value) : [0x09, 0x0A, 0x0D].contains($0.value)
    }
  }

  /// Programs that put a mark before a text do so each time they save it: it may stand there twice.
  static func strip(_ bytes: [UInt8]) -> [UInt8] {
    var rest = bytes[...]
    while rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
    return Array(rest)
  }
}
