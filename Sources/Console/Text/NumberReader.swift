/// What a number that somebody wrote can mean.
public enum NumberReading: Sendable, Equatable {
  /// Canonical text: `-12`, `3.5`; ASCII digits, no leading zero, a dot before decimals.
  case number(String)
  /// `3,500` or `3.500`: thousands to some, decimals to others. Both readings, canonical.
  case ambiguous(String, String)
  case invalid
}

/// Reads numbers with ASCII, Arabic or Persian digits and the separators people use.
public enum NumberReader {
  public static func read(_ text: String) -> NumberReading {
    guard text.utf8.count <= 64 else { return .invalid }
    var digits = DigitFolding.fold(text).unicodeScalars.filter {
      $0 != " " && $0 != "\u{A0}" && $0 != "\u{202F}"
    }
    var sign = ""
    if let first = digits.first, first == "-" || first == "−" || first == "+" {
      sign = first == "+" ? "" : "-"
      digits.removeFirst()
    }
    // A mark would join with a digit or a separator to a character that is neither.
    guard digits.allSatisfy(isPart) else { return .invalid }
    // The Arabic separators mean one thing only.
    let arabic = digits.contains("\u{66B}") || digits.contains("\u{66C}")
    if arabic {
      let groups = String(digits).split(separator: "\u{66B}", omittingEmptySubsequences: false)
      guard groups.count <= 2, let whole = grouped(String(groups[0]), by: "\u{66C}") else {
        return .invalid
      }
      return canonical(sign, whole, groups.count == 2 ? String(groups[1]) : nil)
    }
    let separators = digits.filter { $0 == "." || $0 == "," }
    let string = String(digits)
    guard let last = separators.last else { return canonical(sign, string, nil) }
    let other: Character = last == "." ? "," : "."
    let mark = Character(last)
    let parts = string.split(separator: mark, omittingEmptySubsequences: false).map(String.init)
    if separators.contains(where: { Character($0) == other }) {
      guard parts.count == 2, let whole = grouped(parts[0], by: other) else { return .invalid }
      return canonical(sign, whole, parts[1])
    }
    if parts.count > 2 {
      guard let whole = grouped(string, by: mark) else { return .invalid }
      return canonical(sign, whole, nil)
    }
    let decimal = canonical(sign, parts[0], parts[1])
    guard parts[1].count == 3, (1...3).contains(parts[0].count), parts[0] != "0",
      case .number(let small) = decimal,
      case .number(let large) = canonical(sign, parts[0] + parts[1], nil)
    else { return decimal }
    return .ambiguous(small, large)
  }

  private static func isPart(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "0"..."9", ".", ",", "\u{66B}", "\u{66C}": true
    default: false
    }
  }

  /// The digits without their separators, when every group after the first has three.
  private static func grouped(_ text: String, by mark: Character) -> String? {
    let groups = text.split(separator: mark, omittingEmptySubsequences: false)
    guard groups.count > 1 else { return text }
    guard (1...3).contains(groups[0].count), groups.dropFirst().allSatisfy({ $0.count == 3 }) else {
      return nil
    }
    return groups.joined()
  }

  private static func canonical(_ sign: String, _ whole: String, _ decimals: String?)
    -> NumberReading
  {
    let isDigits: (String) -> Bool = {
      !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
    guard isDigits(whole), decimals.map(isDigits) ?? true else { return .invalid }
    var trimmed = String(whole.drop { $0 == "0" })
    if trimmed.isEmpty { trimmed = "0" }
    var fraction = decimals ?? ""
    while fraction.last == "0" { fraction.removeLast() }
    let body = fraction.isEmpty ? trimmed : trimmed + "." + fraction
    return .number(body == "0" ? body : sign + body)
  }
}
