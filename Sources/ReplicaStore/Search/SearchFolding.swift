internal import Foundation

/// Folds text for the full-text index, so that what people type finds what was written (at-rest §14).
///
/// Case and Latin accents go; Arabic harakat, tatweel and zero-width marks go; the spellings of
/// alef, ya, waw with hamza and ta marbuta become one; digits of every script become ASCII.
/// Everything that is not a letter, a digit or an underscore becomes a space.
public enum SearchFolding {
  public static func fold(_ text: String) -> String {
    var out: [UInt8] = []
    fold(text, into: &out)
    return String(decoding: out, as: UTF8.self)
  }

  /// The folded words of a text.
  public static func words(_ text: String) -> [String] {
    fold(text).split(separator: " ").map(String.init)
  }

  /// Appends the folded text as UTF-8.
  static func fold(_ text: String, into out: inout [UInt8]) {
    let start = out.count
    var text = text
    let folded = text.withUTF8 { FoldedScalars.shared.fold($0, into: &out) }
    guard !folded else { return }
    out.removeLast(out.count - start)
    out.append(contentsOf: foldWhole(text).utf8)
  }

  /// The definition of folding, for any text.
  static func foldWhole(_ text: String) -> String {
    var out = String.UnicodeScalarView()
    for scalar in text.decomposedForSearch { fold(scalar, into: &out) }
    return String(out)
  }

  private static func fold(_ scalar: Unicode.Scalar, into out: inout String.UnicodeScalarView) {
    switch scalar.value {
    case 0x300...0x36F, 0x640, 0x64B...0x65F, 0x670, 0x6D6...0x6ED, 0x200B...0x200F, 0x202A...0x202E,
      0x2060...0x2069, 0x61C, 0xFEFF:
      return
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
      let keep =
        scalar.properties.isAlphabetic || scalar.properties.numericType != nil
        || scalar.value == 0x5F
      out.append(keep ? scalar : " ")
    }
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
