/// Digits as Arabic and Persian keyboards write them, as ASCII.
public enum DigitFolding {
  /// U+0660… and U+06F0… become 0…9; everything else stays.
  public static func fold(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text }
    var out = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { out.append(digit(scalar) ?? scalar) }
    return String(out)
  }

  private static func digit(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
    switch scalar.value {
    case 0x0660...0x0669: Unicode.Scalar(UInt8(scalar.value - 0x0660) + 0x30)
    case 0x06F0...0x06F9: Unicode.Scalar(UInt8(scalar.value - 0x06F0) + 0x30)
    default: nil
    }
  }
}
