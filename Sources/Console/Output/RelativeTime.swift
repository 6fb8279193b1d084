/// Times and spans in the catalog's words, coarse on purpose.
public enum RelativeTime {
  /// `40 s`, `5 min`, `3 h`, `12 d`.
  public static func span(seconds: Int64, in catalog: Catalog) -> String {
    let size = seconds.magnitude
    let (count, key): (UInt64, String) =
      switch size {
      case ..<90: (size, "time.seconds")
      case ..<5_400: ((size + 30) / 60, "time.minutes")
      case ..<172_800: ((size + 1_800) / 3_600, "time.hours")
      default: (size / 86_400, "time.days")
      }
    return catalog.text(key, ["count": String(count)])
  }

  /// `5 min ago`; "just now" under ten seconds, and for times that a wrong clock puts in the future.
  public static func ago(_ then: Int64, now: Int64, in catalog: Catalog) -> String {
    let seconds = now.subtractingReportingOverflow(then)
    guard !seconds.overflow, seconds.partialValue >= 10 else { return catalog.text("time.now") }
    return catalog.text("time.ago", ["time": span(seconds: seconds.partialValue, in: catalog)])
  }
}
