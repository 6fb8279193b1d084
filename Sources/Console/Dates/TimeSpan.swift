/// Lengths of time as commands take them: `90s`, `10m`, `72h`, `7d`, `2w` (cli.md, `--for`, `--since`).
public enum TimeSpan {
  /// Seconds; nil when it is not a whole number and one unit, or over 100 years.
  public static func seconds(_ text: String) -> Int64? {
    let folded = DigitFolding.fold(text)
    guard let unit = folded.last, let factor = factors[unit] else { return nil }
    let digits = folded.dropLast()
    guard !digits.isEmpty, digits.utf8.count <= 10,
      digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int64(digits),
      count * factor <= 100 * 366 * 86_400
    else { return nil }
    return count * factor
  }

  private static let factors: [Character: Int64] = [
    "s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800,
  ]
}

/// The start of a list: `7d` back from now, or the day on which it begins.
public enum Since {
  public enum Reading: Sendable, Equatable {
    /// Seconds since 1970.
    case instant(Int64)
    case ambiguous(CalendarDate, CalendarDate)
    case invalid
  }

  /// - Parameters:
  ///   - now: seconds since 1970.
  ///   - utcOffset: seconds east of UTC, since a day begins where the person is.
  ///   - text: `7d`, `72h`, or a day as people write it.
  ///   - dates: reads the day.
  public static func read(
    _ text: String, now: Int64, utcOffset: Int, dates: DateReader
  ) -> Reading {
    if let span = TimeSpan.seconds(text) { return .instant(now - span) }
    guard let today = CalendarDate(unixSeconds: now, utcOffset: utcOffset) else { return .invalid }
    switch dates.read(text, today: today) {
    case .date(let date): return .instant(date.start(utcOffset: utcOffset))
    case .ambiguous(let a, let b): return .ambiguous(a, b)
    case .invalid: return .invalid
    }
  }
}
