/// A moment, in whole seconds since 1970-01-01T00:00:00Z (forms §3.2).
public struct Instant: Sendable, Hashable, Comparable, CustomStringConvertible {
  public let seconds: Int64

  public init(seconds: Int64) { self.seconds = seconds }

  /// Reads RFC 3339; seconds may be left out, fractions are dropped, an offset is required.
  public init?(_ text: String) {
    guard let instant = ASCIIScanner.scan(text, { $0.instant(offsetMinutes: nil) }) else {
      return nil
    }
    self = instant
  }

  /// Reads RFC 3339; a text without an offset is local time, `offsetMinutes` east of UTC.
  public init?(_ text: String, offsetMinutes: Int) {
    guard let instant = ASCIIScanner.scan(text, { $0.instant(offsetMinutes: offsetMinutes) })
    else { return nil }
    self = instant
  }

  /// The UTC day; nil outside years 1 to 9999.
  public var date: CivilDate? {
    CivilDate(dayNumber: Int(seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400))
  }

  /// `YYYY-MM-DDTHH:MM:SSZ`; empty outside years 1 to 9999.
  public var description: String {
    guard let date else { return "" }
    let rest = Int(seconds - Int64(date.dayNumber) * 86_400)
    return "\(date)T\(digits(rest / 3600, 2)):\(digits(rest / 60 % 60, 2)):\(digits(rest % 60, 2))Z"
  }

  public static func < (a: Self, b: Self) -> Bool { a.seconds < b.seconds }
}
