/// A day of the proleptic Gregorian calendar, without a time or a zone.
public struct CalendarDate: Sendable, Hashable, Comparable {
  /// 1000…9999: what people write with four digits.
  public let year: Int
  public let month: Int
  public let day: Int

  /// Nil when there is no such day.
  public init?(year: Int, month: Int, day: Int) {
    guard (1000...9999).contains(year), (1...12).contains(month), day >= 1,
      day <= Self.days(inMonth: month, of: year)
    else { return nil }
    self.year = year
    self.month = month
    self.day = day
  }

  /// - Parameters:
  ///   - unixSeconds: seconds since 1970-01-01T00:00Z.
  ///   - utcOffset: seconds east of UTC at that moment.
  public init?(unixSeconds: Int64, utcOffset: Int = 0) {
    let local = unixSeconds.addingReportingOverflow(Int64(utcOffset))
    guard !local.overflow else { return nil }
    let (whole, rest) = local.partialValue.quotientAndRemainder(dividingBy: 86_400)
    self.init(daysSince1970: Int(rest < 0 ? whole - 1 : whole))
  }

  /// Nil outside the years 1000…9999.
  public init?(daysSince1970 days: Int) {
    guard (-354_285...2_932_896).contains(days) else { return nil }
    // Months are counted from March, so that the leap day is a year's last.
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let march = (5 * dayOfYear + 2) / 153
    let month = march < 10 ? march + 3 : march - 9
    self.init(
      year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month: month,
      day: dayOfYear - (153 * march + 2) / 5 + 1)
  }

  public var daysSince1970: Int {
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400
    let yearOfEra = shifted % 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  /// Seconds since 1970 at which the day begins where the clock is `utcOffset` seconds east of UTC.
  public func start(utcOffset: Int = 0) -> Int64 {
    Int64(daysSince1970) * 86_400 - Int64(utcOffset)
  }

  /// Nil outside the years 1000…9999.
  public func adding(days: Int) -> CalendarDate? {
    guard abs(days) < 4_000_000 else { return nil }
    return CalendarDate(daysSince1970: daysSince1970 + days)
  }

  /// `2026-05-03`.
  public var iso: String { "\(year)-\(Self.two(month))-\(Self.two(day))" }

  public static func < (a: CalendarDate, b: CalendarDate) -> Bool {
    (a.year, a.month, a.day) < (b.year, b.month, b.day)
  }

  private static func days(inMonth month: Int, of year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
