internal import Glibc

/// The machine's clock and zone, for the rim of a command; everything else takes them as arguments.
public enum LocalClock {
  /// Seconds since 1970.
  public static func now() -> Int64 { Int64(time(nil)) }

  /// Seconds east of UTC at that moment, where the machine is set to be.
  public static func utcOffset(at unixSeconds: Int64) -> Int {
    var seconds = time_t(unixSeconds)
    var parts = tm()
    guard localtime_r(&seconds, &parts) != nil else { return 0 }
    return Int(parts.tm_gmtoff)
  }

  public static func today() -> CalendarDate {
    let now = now()
    return CalendarDate(unixSeconds: now, utcOffset: utcOffset(at: now))
      ?? CalendarDate(year: 1970, month: 1, day: 1)!
  }
}
