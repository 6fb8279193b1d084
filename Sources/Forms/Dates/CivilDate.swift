internal import SyncCore

/// A day of the proleptic Gregorian calendar, years 1 to 9999 (forms §3.2).
public struct CivilDate: Sendable, Hashable, Comparable, CustomStringConvertible {
  public let year: Int
  public let month: Int
  public let day: Int

  /// nil for a day that the calendar does not have.
  public init?(year: Int, month: Int, day: Int) {
    guard (1...9999).contains(year), (1...12).contains(month), day >= 1,
      day <= Self.days(in: month, of: year)
    else { return nil }
    self.year = year
    self.month = month
    self.day = day
  }

  /// The day that lies `dayNumber` days after 1970-01-01; nil outside years 1 to 9999.
  public init?(dayNumber: Int) {
    guard (-719_162...2_932_896).contains(dayNumber) else { return nil }
    let date = GregorianDay.date(Int64(dayNumber))
    year = Int(date.year)
    month = Int(date.month)
    day = Int(date.day)
  }

  /// Reads exactly `YYYY-MM-DD`.
  public init?(_ text: String) {
    guard let date = ASCIIScanner.scan(text, { $0.date() }) else { return nil }
    self = date
  }

  /// Days since 1970-01-01.
  public var dayNumber: Int {
    Int(GregorianDay.number(year: Int64(year), month: Int64(month), day: Int64(day)))
  }

  static func days(in month: Int, of year: Int) -> Int {
    switch month {
    case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// `YYYY-MM`.
  public var monthText: String { digits(year, 4) + "-" + digits(month, 2) }
  /// `YYYY-MM-DD`.
  public var description: String { monthText + "-" + digits(day, 2) }

  public static func < (a: Self, b: Self) -> Bool {
    (a.year, a.month, a.day) < (b.year, b.month, b.day)
  }
}

/// `value` in decimal with leading zeros, at least `width` digits.
func digits(_ value: Int, _ width: Int) -> String {
  let text = String(value)
  return text.utf8.count >= width
    ? text : String(repeating: "0", count: width - text.utf8.count) + text
}
