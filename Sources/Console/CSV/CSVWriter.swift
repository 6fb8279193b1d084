/// Writes RFC 4180 that a spreadsheet opens as text, never as a formula.
public enum CSVWriter {
  /// One record with its line break (CRLF).
  ///
  /// A cell that a spreadsheet could take for a formula gets an apostrophe in front; it begins with
  /// one of `= + - @`, their full-width forms, a tab, or a line break.
  public static func record(_ cells: [String]) -> String {
    cells.map(cell).joined(separator: ",") + "\r\n"
  }

  /// The cell as it was before `record` put an apostrophe in front, for files that come back.
  public static func unprotect(_ cell: String) -> String {
    guard cell.first == "'", startsFormula(cell.dropFirst()) else { return cell }
    return String(cell.dropFirst())
  }

  private static func cell(_ text: String) -> String {
    // An apostrophe of the text's own in front of such a character is doubled, to come back whole.
    let bare = text.drop { $0 == "'" }
    let safe = startsFormula(bare) ? "'" + text : text
    guard
      safe.utf8.contains(where: { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D })
        || safe.utf8.contains(UInt8(ascii: ";"))
    else { return safe }
    var quoted = "\""
    for scalar in safe.unicodeScalars {
      if scalar == "\"" { quoted.unicodeScalars.append(scalar) }
      quoted.unicodeScalars.append(scalar)
    }
    return quoted + "\""
  }

  private static func startsFormula(_ text: Substring) -> Bool {
    // Scalars: a letter with a mark on it would otherwise hide the sign under it.
    switch text.drop(while: { $0 == "'" }).unicodeScalars.first {
    case "=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠": true
    default: false
    }
  }
}
