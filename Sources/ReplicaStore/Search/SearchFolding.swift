internal import Foundation

/// Folds text for the full-text index, so that what people type finds what was written (at-rest §11).
///
/// Case and Latin accents go; Arabic harakat, tatweel and zero-width marks go; the spellings of
/// alef, ya, waw with hamza and ta marbuta become one; digits of every script become ASCII.
/// Everything that is not a letter, a digit or an underscore becomes a space.
public enum SearchFolding {
  public static func fold(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return foldASCII(text) }
    var out = String.UnicodeScalarView()
    for scalar in text.decomposedForSearch {
      switch scalar.value {
      case 0x300...0x36F, 0x640, 0x64B...0x65F, 0x670, 0x6D6...0x6ED, 0x200B...0x200F, 0x202A...0x202E,
        0x2060...0x2069, 0x61C, 0xFEFF:
        continue
      case 0x622, 0x623, 0x625, 0x671, 0x672, 0x673: out.append("ا")
      case 0x649, 0x6CC, 0x626, 0x6D2: out.append("ي")
      case 0x624: out.append("و")
      case 0x629, 0x6C0, 0x6C1, 0x6D5: out.append("ه")
      case 0x6A9: out.append("ك")
      case 0x660...0x669: out.append(Unicode.Scalar(UInt8(0x30 + scalar.value - 0x660)))
      case 0x6F0...0x6F9: out.append(Unicode.Scalar(UInt8(0x30 + scalar.value - 0x6F0)))
      case 0x131: out.append("i")
      case 0xDF: out.append(contentsOf: "ss".unicodeScalars)
      case 0xE6: out.append(contentsOf: "ae".unicodeScalars)
      case 0x153: out.append(contentsOf: "oe".unicodeScalars)
      case 0xF8: out.append("o")
      case 0x142: out.append("l")
      case 0x111: out.append("d")
      default:
        let keep = scalar.properties.isAlphabetic || scalar.properties.numericType != nil
          || scalar.value == 0x5F
        out.append(keep ? scalar : " ")
      }
    }
    return String(out)
  }

  private static func foldASCII(_ text: String) -> String {
    String(
      decoding: text.utf8.map { byte -> UInt8 in
        switch byte {
        case 0x41...0x5A: byte + 32
        case 0x61...0x7A, 0x30...0x39, 0x5F: byte
        default: 0x20
        }
      }, as: UTF8.self)
  }

  /// The folded words of a text.
  public static func words(_ text: String) -> [String] {
    fold(text).split(separator: " ").map(String.init)
  }
}

extension String {
  fileprivate var decomposedForSearch: [Unicode.Scalar] {
    Array(lowercased().decomposed.unicodeScalars)
  }

  private var decomposed: String {
    // Foundation's decomposition; lower-casing first, since İ decomposes differently.
    decomposedStringWithCompatibilityMapping
  }
}
