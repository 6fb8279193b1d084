/// What a moment that somebody wrote can mean.
public enum MomentReading: Sendable, Equatable {
  /// Seconds since 1970.
  case moment(Int64)
  /// Two days fit; ask with both in words.
  case ambiguous(CalendarDate, CalendarDate)
  /// The day is clear and the time of day is missing.
  case timeMissing
  case invalid
}

/// Reads a day and a time of day as people write them: `3 May 2026 14:30`, `yesterday 9:00`,
/// `14:30` (today), `now`, or RFC 3339 with its offset.
public struct MomentReader: Sendable {
  private let dates: DateReader
  private let now: Int64
  private let utcOffset: Int
  private let nowWords: Set<String>

  /// - Parameters:
  ///   - now: seconds since 1970.
  ///   - utcOffset: seconds east of UTC, where a time without an offset is meant.
  ///   - catalog: the words of dates in the person's language.
  public init(_ catalog: Catalog, now: Int64, utcOffset: Int) {
    dates = DateReader(catalog)
    self.now = now
    self.utcOffset = utcOffset
    nowWords = Set(
      [catalog, .english].flatMap { $0.words("moment.now") }.map(LetterFolding.fold))
  }

  public func read(_ text: String) -> MomentReading {
    guard text.utf8.count <= 100 else { return .invalid }
    var folded = LetterFolding.fold(SafeText.trimmed(text))
    if nowWords.contains(folded) { return .moment(now) }
    var offset = utcOffset
    // A zone is the end of an RFC 3339 text; people don't write one.
    if let zoned = Self.zone(folded) { (folded, offset) = zoned }
    guard let (rest, seconds) = Self.timeOfDay(folded) else {
      return dayOnly(folded)
    }
    guard let today = CalendarDate(unixSeconds: now, utcOffset: utcOffset) else { return .invalid }
    if rest.isEmpty { return .moment(today.start(utcOffset: offset) + seconds) }
    switch dates.read(rest, today: today) {
    case .date(let date): return .moment(date.start(utcOffset: offset) + seconds)
    case .ambiguous(let first, let second): return .ambiguous(first, second)
    case .invalid: return .invalid
    }
  }

  /// The moment in words, by the same clock: `3 May 2026, 14:30`.
  public func text(_ moment: Int64) -> String { Self.text(moment, utcOffset, dates.words) }

  /// The moment in a language's words where the clock is `utcOffset` seconds east of UTC.
  public static func text(_ moment: Int64, _ utcOffset: Int, _ words: DateWords) -> String {
    guard let day = CalendarDate(unixSeconds: moment, utcOffset: utcOffset) else { return "" }
    let minutes = (moment - day.start(utcOffset: utcOffset)) / 60
    func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return "\(words.text(day)), \(two(minutes / 60)):\(two(minutes % 60))"
  }

  private func dayOnly(_ text: String) -> MomentReading {
    guard let today = CalendarDate(unixSeconds: now, utcOffset: utcOffset) else { return .invalid }
    switch dates.read(text, today: today) {
    case .date: return .timeMissing
    case .ambiguous(let first, let second): return .ambiguous(first, second)
    case .invalid: return .invalid
    }
  }

  /// The text before `H:MM` or `HH:MM:SS` at the end, and the seconds of the day.
  private static func timeOfDay(_ text: String) -> (rest: String, seconds: Int64)? {
    let bytes = Array(text.utf8)
    var start = bytes.count
    while start > 0, (0x30...0x3A).contains(bytes[start - 1]) || bytes[start - 1] == 0x2E {
      start -= 1
    }
    let time = String(decoding: bytes[start...], as: UTF8.self)
    let whole = time.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)[0]
    let parts = whole.split(separator: ":", omittingEmptySubsequences: false)
    guard (2...3).contains(parts.count), (1...2).contains(parts[0].count),
      parts.dropFirst().allSatisfy({ $0.count == 2 })
    else { return nil }
    let numbers = parts.compactMap { Int64($0) }
    guard numbers.count == parts.count, numbers[0] < 24, numbers.dropFirst().allSatisfy({ $0 < 60 })
    else { return nil }
    var rest = String(decoding: bytes[..<start], as: UTF8.self)
    while let last = rest.unicodeScalars.last, " t,،".unicodeScalars.contains(last) {
      // The T of RFC 3339 follows a digit; the last letter of a word stays.
      if last == "t" {
        guard let before = rest.unicodeScalars.dropLast().last, (0x30...0x39).contains(before.value)
        else { break }
      }
      rest.unicodeScalars.removeLast()
    }
    let seconds = numbers[0] * 3_600 + numbers[1] * 60 + (numbers.count > 2 ? numbers[2] : 0)
    return (rest, seconds)
  }

  /// `Z` or `+02:00` at the end, as seconds east.
  private static func zone(_ text: String) -> (rest: String, offset: Int)? {
    if text.hasSuffix("z"), text.dropLast().last?.isNumber == true {
      return (String(text.dropLast()), 0)
    }
    let end = text.suffix(6)
    guard end.count == 6, let sign = end.first, sign == "+" || sign == "-" else { return nil }
    let parts = end.dropFirst().split(separator: ":")
    guard parts.count == 2, parts.allSatisfy({ $0.count == 2 }), let hours = Int(parts[0]),
      let minutes = Int(parts[1]), hours < 24, minutes < 60,
      text.dropLast(6).contains(":")
    else { return nil }
    return (String(text.dropLast(6)), (sign == "-" ? -1 : 1) * (hours * 3_600 + minutes * 60))
  }
}

extension EntryRule {
  /// A day with its time of day, echoed with its month in words. The answer is RFC 3339 in UTC.
  public static func moment(now: Int64, utcOffset: Int, catalog: Catalog) -> EntryRule {
    let reader = MomentReader(catalog, now: now, utcOffset: utcOffset)
    let words = DateWords(catalog)
    return EntryRule(bytesMax: 100, hint: catalog.text("moment.hint")) { typed in
      switch reader.read(typed) {
      case .moment(let moment):
        guard let day = CalendarDate(unixSeconds: moment) else {
          return .refused(catalog.text("moment.invalid"))
        }
        let rest = moment - day.start()
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let canonical =
          "\(day.iso)T\(two(rest / 3_600)):\(two(rest / 60 % 60)):\(two(rest % 60))Z"
        return .accepted(.text(canonical), echo: reader.text(moment))
      case .ambiguous(let first, let second):
        return .refused(
          catalog.text(
            "date.ambiguous", ["first": words.text(first), "second": words.text(second)]))
      case .timeMissing: return .refused(catalog.text("moment.time_missing"))
      case .invalid: return .refused(catalog.text("moment.invalid"))
      }
    }
  }
}
