/// Days and dates of the proleptic Gregorian calendar from year 1 on. Whether a date exists is for
/// the caller to ask: the 31st of April counts as the 1st of May.
///
/// Cycles of 400 years have 146,097 days; years begin in March, so that a leap day ends its year.
public enum GregorianDay {
  private static let epoch: Int64 = 719_468

  /// Days since 1970-01-01.
  public static func number(year: Int64, month: Int64, day: Int64) -> Int64 {
    let y = month <= 2 ? year - 1 : year
    let cycle = y / 400
    let yearOfCycle = y % 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return cycle * 146_097 + yearOfCycle * 365 + yearOfCycle / 4 - yearOfCycle / 100 + dayOfYear
      - epoch
  }

  /// The date so many days after 1970-01-01, not before year 1.
  public static func date(_ number: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let n = number + epoch
    let cycle = n / 146_097
    let inCycle = n % 146_097
    let yearOfCycle = (inCycle - inCycle / 1_460 + inCycle / 36_524 - inCycle / 146_096) / 365
    let dayOfYear = inCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    return (
      cycle * 400 + yearOfCycle + (month <= 2 ? 1 : 0), month,
      dayOfYear - (153 * shifted + 2) / 5 + 1
    )
  }
}
