/// How many terminal columns text takes, for cursors, padding and truncation.
///
/// Arabic letters take one column each and are kept in logical order: terminals that know bidi reorder
/// them themselves, and a program that did it too would undo that.
public enum ColumnWidth {
  public static func of(_ text: String) -> Int {
    if let columns = SafeText.columnsOfPlain(text) { return columns }
    var width = 0
    for character in text { width += of(character) }
    return width
  }

  public static func of(_ character: Character) -> Int {
    // A cluster is as wide as its widest scalar: marks and joined emoji add nothing.
    var widest = 0
    for scalar in character.unicodeScalars {
      // The emoji selector makes a narrow symbol two columns wide.
      widest = max(widest, scalar.value == 0xFE0F ? 2 : of(scalar))
    }
    return widest
  }

  public static func of(_ scalar: Unicode.Scalar) -> Int {
    let value = scalar.value
    if value < 0x20 || (0x7F..<0xA0).contains(value) { return 0 }
    if value < 0x300 { return value == 0xAD ? 0 : 1 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark: return 0
    case .format: return (0x0600...0x0605).contains(value) || value == 0x06DD ? 1 : 0
    default: break
    }
    if (0x1160...0x11FF).contains(value) { return 0 }
    return isWide(value) || scalar.properties.isEmojiPresentation ? 2 : 1
  }

  private static func isWide(_ value: UInt32) -> Bool {
    switch value {
    case 0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF,
      0x4E00...0x9FFF, 0xA000...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF,
      0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x17000...0x18CFF,
      0x1B000...0x1B2FF, 0x1F200...0x1F2FF, 0x20000...0x3FFFD:
      true
    default: false
    }
  }

  /// Cuts to at most `columns`, with `…` where something was left out.
  public static func truncate(_ text: String, to columns: Int) -> String {
    guard of(text) > columns else { return text }
    guard columns > 1 else { return columns == 1 ? "…" : "" }
    var out = ""
    var width = 0
    for character in text {
      let next = of(character)
      if width + next > columns - 1 { break }
      out.append(character)
      width += next
    }
    return out + "…"
  }

  /// Adds spaces up to `columns`; longer text stays as it is.
  public static func pad(_ text: String, to columns: Int) -> String {
    text + String(repeating: " ", count: max(0, columns - of(text)))
  }

  /// Breaks at spaces into lines of at most `columns`; a word longer than a line is cut.
  public static func wrap(_ text: String, to columns: Int) -> [String] {
    let columns = max(columns, 1)
    var lines: [String] = []
    for paragraph in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let first = lines.count
      var line = ""
      var width = 0
      for (index, word) in paragraph.split(separator: " ", omittingEmptySubsequences: false)
        .enumerated()
      {
        // Leading spaces are indentation: they are words of no width, and stay.
        let gap = index > 0 && !(lines.count > first && line.isEmpty) ? 1 : 0
        let wordWidth = of(String(word))
        if width + gap + wordWidth <= columns {
          if gap == 1 { line += " " }
          line += word
          width += gap + wordWidth
          continue
        }
        if !line.isEmpty { lines.append(line) }
        (line, width) = ("", 0)
        for character in word {
          let next = of(character)
          if width + next > columns {
            lines.append(line)
            (line, width) = ("", 0)
          }
          line.append(character)
          width += next
        }
      }
      lines.append(line)
    }
    return lines
  }
}
