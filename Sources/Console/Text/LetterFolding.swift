/// Folds letters so that what people type finds what was written: case, accents, Arabic spellings.
///
/// Covers the letters of the shipped languages; it is for menus and words of dates. Full-text search
/// has its own, larger folding.
public enum LetterFolding {
  public static func fold(_ text: String) -> String {
    var out = String.UnicodeScalarView()
    for scalar in DigitFolding.fold(text).lowercased().unicodeScalars {
      switch scalar.value {
      case 0x61...0x7A, 0x20...0x40: out.append(scalar)
      case 0x0300...0x036F, 0x0640, 0x064B...0x065F, 0x0670, 0x200C...0x200F, 0x061C: break
      case 0x0622, 0x0623, 0x0625, 0x0671: out.append("ا")
      case 0x0649, 0x06CC, 0x0626: out.append("ي")
      case 0x0624: out.append("و")
      case 0x0629: out.append("ه")
      case 0x06A9: out.append("ك")
      case 0x2019: out.append("'")
      default:
        if let plain = latin[scalar] {
          out.append(contentsOf: plain.unicodeScalars)
        } else {
          out.append(scalar)
        }
      }
    }
    return String(out)
  }

  private static let latin: [Unicode.Scalar: String] = {
    let rows = [
      ("a", "àáâãäåāăą"), ("c", "çćĉċč"), ("d", "ďđ"), ("e", "èéêëēĕėęě"), ("g", "ĝğġģ"),
      ("i", "ìíîïĩīĭįı"), ("l", "ĺļľł"), ("n", "ñńņň"), ("o", "òóôõöøōŏő"), ("r", "ŕŗř"),
      ("s", "śŝşš"), ("t", "ţťț"), ("u", "ùúûüũūŭůűų"), ("y", "ýÿŷ"), ("z", "źżž"),
      ("ss", "ß"), ("ae", "æ"), ("oe", "œ"),
    ]
    var table: [Unicode.Scalar: String] = [:]
    for (plain, letters) in rows {
      for letter in letters.unicodeScalars { table[letter] = plain }
    }
    return table
  }()
}
