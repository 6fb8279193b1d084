import SyncCore

@testable import Console
@testable import ReplicaStore

/// What people type where a form or an option asks for a day, a time, a number or a size.
let typedTargets = [
  Target(name: "typed") { input in
    guard let text = String(validating: input, as: UTF8.self) else { return false }
    var isRead = false
    for reading in readings {
      isRead = reading.date(text) || isRead
      isRead = reading.moment(text) || isRead
    }
    if case .number(let number) = NumberReader.read(text) {
      checkNumber(number)
      isRead = true
    }
    if case .ambiguous(let one, let other) = NumberReader.read(text) {
      for number in [one, other] { checkNumber(number) }
    }
    if let count = ByteCount.read(text) { check(count >= 0, "\(count) bytes") }
    if let span = TimeSpan.seconds(text) { check(span >= 0, "\(span) seconds") }
    return isRead
  },

  // What a hub's answer says of its clock.
  Target(name: "clock") { input in
    let text = String(decoding: input, as: UTF8.self)
    guard let seconds = HTTPDate.seconds(text) else { return false }
    // A leap second is the first of the next minute, and nobody compares the day of the week.
    if input.dropFirst(23).prefix(2).elementsEqual("60".utf8) { return true }
    let written = imfDate(seconds)
    checkRoundTrip(Array(written.utf8), input.dropFirst(5), "date of an answer")
    return true
  },

  // The index of all that was written folds by table what is defined letter by letter.
  Target(name: "search") { input in
    let text = String(decoding: input, as: UTF8.self)
    let folded = SearchFolding.fold(text)
    checkRoundTrip(
      Array(folded.utf8), SearchFolding.foldWhole(text).utf8, "folded by table and by definition")
    for word in SearchFolding.words(text) {
      check(!word.utf8.contains(0x22), "a word of a search holds a quotation mark")
    }
    return !folded.isEmpty
  },
]

private let readings = ["en", "fr", "es", "ar"].compactMap { Language($0) }.map(Reading.init)

private struct Reading {
  private static let now: Int64 = 1_772_236_800
  private let dates: DateReader
  private let moments: MomentReader
  private let today = CalendarDate(year: 2026, month: 2, day: 28)!

  init(_ language: Language) {
    let catalog = Catalog(language)
    dates = DateReader(catalog)
    moments = MomentReader(catalog, now: Self.now, utcOffset: 3_600)
  }

  /// A date is echoed in words, and the words mean the same day.
  func date(_ text: String) -> Bool {
    guard case .date(let date) = dates.read(text, today: today) else { return false }
    check(
      dates.read(dates.words.text(date), today: today) == .date(date),
      "a day is echoed as another: \(date.iso)")
    check(CalendarDate(daysSince1970: date.daysSince1970) == date, "a day is counted as another")
    return true
  }

  func moment(_ text: String) -> Bool {
    guard case .moment(let moment) = moments.read(text) else { return false }
    let echo = moments.text(moment)
    // Minutes are echoed, of years with four digits.
    guard moment % 60 == 0, !echo.isEmpty else { return true }
    check(moments.read(echo) == .moment(moment), "a moment is echoed as another: \(moment)")
    return true
  }
}

/// `-12` or `3.5`: digits without a zero in front, and a dot only between digits.
private func checkNumber(_ number: String) {
  let parts = number.utf8.drop { $0 == 0x2D }.split(
    separator: 0x2E, omittingEmptySubsequences: false)
  let isCanonical =
    (1...2).contains(parts.count) && number.utf8.filter { $0 == 0x2D }.count <= 1
    && parts.allSatisfy { part in
      !part.isEmpty && part.allSatisfy { (0x30...0x39).contains($0) }
    } && (parts[0].first != 0x30 || parts[0].count == 1)
  check(isCanonical, "a number is written \(number)")
}

/// `06 Nov 1994 08:49:37 GMT`
private func imfDate(_ seconds: Int64) -> String {
  let days = seconds / 86_400 - (seconds % 86_400 < 0 ? 1 : 0)
  let date = GregorianDay.date(days)
  let rest = seconds - days * 86_400
  func digits(_ n: Int64, _ count: Int = 2) -> String {
    String(String(n + 100_000).suffix(count))
  }
  let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
  return "\(digits(date.day)) \(months[Int(date.month) - 1]) \(digits(date.year, 4)) "
    + "\(digits(rest / 3_600)):\(digits(rest / 60 % 60)):\(digits(rest % 60)) GMT"
}
