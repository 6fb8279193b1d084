/// Makes any text safe to print on a terminal (cli.md, "Everywhere").
public enum SafeText {
  /// What becomes of line feeds; everything else that moves a cursor is always escaped.
  public enum Newlines: Sendable {
    /// Shown as `\u{a}`, for a value in a list or a table.
    case escape
    /// Kept, for a narrative on lines of its own.
    case keep
    /// One space, for a summary.
    case space
  }

  /// Control, bidi, zero-width and other invisible characters become `\u{…}`; the rest stays.
  ///
  /// A joiner or non-joiner between two Arabic letters stays, since it is spelling there. So a value
  /// cannot move the cursor, recolour the screen, reorder a line or hide inside another.
  public static func escape(_ text: String, newlines: Newlines = .escape) -> String {
    if columnsOfPlain(text) != nil { return text }
    let scalars = Array(text.unicodeScalars)
    var out = String.UnicodeScalarView()
    for (index, scalar) in scalars.enumerated() {
      if scalar == "\n" {
        switch newlines {
        case .keep: out.append(scalar)
        case .space: out.append(" ")
        case .escape: append(escapeOf: scalar, to: &out)
        }
      } else if !isUnsafe(scalar) || joins(scalars, at: index) {
        out.append(scalar)
      } else {
        append(escapeOf: scalar, to: &out)
      }
    }
    return String(out)
  }

  /// The columns of a text of nothing but printable Latin letters and signs below U+0300, each of
  /// which is safe and one column wide; nil for any other.
  ///
  /// Most text is that, and looking at bytes takes a fiftieth of looking at characters.
  static func columnsOfPlain(_ text: String) -> Int? {
    var columns = 0
    var lead: UInt8 = 0
    for byte in text.utf8 {
      switch byte {
      case 0x20..<0x7F, 0xC2...0xCB:
        columns += 1
      case 0x80..<0xC0:
        // U+0080 to U+009F are controls, and U+00AD hides.
        if lead == 0xC2, byte < 0xA0 || byte == 0xAD { return nil }
      default: return nil
      }
      lead = byte
    }
    return columns
  }

  /// Bytes that should be UTF-8; what is not becomes U+FFFD, then as above.
  public static func escape(bytes: some Sequence<UInt8>, newlines: Newlines = .escape) -> String {
    escape(String(decoding: Array(bytes), as: UTF8.self), newlines: newlines)
  }

  /// Whether a scalar may move, reorder, recolour or hide: never printed as it is.
  static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) { return true }
    if scalar.value < 0xAD { return false }
    // The combining grapheme joiner hides; the variation selectors and Hangul fillers too.
    let properties = scalar.properties
    if properties.isBidiControl || properties.isDefaultIgnorableCodePoint { return true }
    switch properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
      return true
    case .format:
      // Arabic number signs and the like are visible, and are spelling.
      return !(0x0600...0x0605).contains(scalar.value) && scalar.value != 0x06DD
        && scalar.value != 0x08E2
    case .spaceSeparator:
      return false
    default:
      return false
    }
  }

  private static func joins(_ scalars: [Unicode.Scalar], at index: Int) -> Bool {
    guard scalars[index].value == 0x200C || scalars[index].value == 0x200D else { return false }
    guard let before = neighbour(scalars, from: index, step: -1),
      let after = neighbour(scalars, from: index, step: 1)
    else { return false }
    return isArabicLetter(before) && isArabicLetter(after)
  }

  /// The nearest scalar that is not a vowel sign.
  private static func neighbour(
    _ scalars: [Unicode.Scalar], from index: Int, step: Int
  ) -> Unicode.Scalar? {
    var at = index + step
    while scalars.indices.contains(at) {
      if scalars[at].properties.generalCategory != .nonspacingMark { return scalars[at] }
      at += step
    }
    return nil
  }

  private static func isArabicLetter(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0620...0x064A, 0x066E...0x06D3, 0x06D5, 0x06EE...0x06EF, 0x06FA...0x06FC, 0x06FF,
      0x0750...0x077F, 0x0870...0x0887, 0x08A0...0x08C9, 0xFB50...0xFBB1, 0xFBD3...0xFD3D,
      0xFE70...0xFEFC:
      return scalar.properties.isAlphabetic
    default: return false
    }
  }

  private static func append(
    escapeOf scalar: Unicode.Scalar, to out: inout String.UnicodeScalarView
  ) {
    out.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
  }
}
