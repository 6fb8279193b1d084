/// A language file: `key = text` on each line, `#` comments, `{placeholders}`, `\n` for a line break.
enum CatalogFile {
  struct Problem: Error, Equatable {
    let line: Int
    let what: String
  }

  /// Every key with its text. What is not understood is reported, not guessed.
  static func parse(
    _ bytes: some Collection<UInt8>, problems: inout [Problem]
  ) -> [String: String] {
    var texts: [String: String] = [:]
    texts.reserveCapacity(512)
    var number = 0
    for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
      number += 1
      guard let first = line.first, first != UInt8(ascii: "#") else { continue }
      guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else {
        problems.append(Problem(line: number, what: "no ="))
        continue
      }
      let key = trimmed(line[..<equals])
      let text = trimmed(line[line.index(after: equals)...])
      if key.isEmpty || text.isEmpty {
        problems.append(Problem(line: number, what: "empty"))
      } else if texts.updateValue(unescape(text), forKey: key) != nil {
        problems.append(Problem(line: number, what: "twice: \(key)"))
      }
    }
    return texts
  }

  /// The names between braces, each once.
  static func placeholders(_ text: String) -> Set<String> {
    var names: Set<String> = []
    var rest = text[...]
    while let open = rest.firstIndex(of: "{") {
      rest = rest[rest.index(after: open)...]
      guard let close = rest.firstIndex(of: "}") else { break }
      names.insert(String(rest[..<close]))
      rest = rest[rest.index(after: close)...]
    }
    return names
  }

  /// Puts each argument in the place of its `{name}`; an unknown name stays as it is.
  static func fill(_ text: String, _ arguments: [String: String]) -> String {
    guard !arguments.isEmpty, text.utf8.contains(UInt8(ascii: "{")) else { return text }
    var out = ""
    var rest = text[...]
    while let open = rest.firstIndex(of: "{") {
      out += rest[..<open]
      rest = rest[open...]
      guard let close = rest.firstIndex(of: "}") else { break }
      let name = rest[rest.index(after: open)..<close]
      out += arguments[String(name)] ?? String(rest[...close])
      rest = rest[rest.index(after: close)...]
    }
    return out + rest
  }

  private static func trimmed(_ bytes: some Collection<UInt8>) -> String {
    let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
    var slice = Array(bytes.drop(while: isSpace))
    while let last = slice.last, isSpace(last) { slice.removeLast() }
    return String(decoding: slice, as: UTF8.self)
  }

  private static func unescape(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "\\")) else { return text }
    var out = ""
    var escaped = false
    for character in text {
      if escaped {
        out.append(character == "n" ? "\n" : character)
        escaped = false
      } else if character == "\\" {
        escaped = true
      } else {
        out.append(character)
      }
    }
    return out
  }
}
