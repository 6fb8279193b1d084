/// What a date that somebody wrote can mean.
public enum DateReading: Sendable, Equatable {
  case date(CalendarDate)
  /// Two days fit; ask with both in words.
  case ambiguous(CalendarDate, CalendarDate)
  case invalid
}

/// Reads dates as people write them: `2026-05-03`, `3 May 2026`, `3 de mayo de 2026`, `3/5/2026`,
/// `yesterday`, `3 days ago`, with ASCII, Arabic or Persian digits (cli.md, `--lang`).
///
/// Years have four digits. Pure: the caller says what day it is.
public struct DateReader: Sendable {
  private let languages: [DateWords]

  /// Words of the catalog's language are known, and the English ones.
  public init(_ catalog: Catalog) {
    languages =
      catalog.language == .english
      ? [DateWords(catalog)] : [DateWords(catalog), DateWords(.english)]
  }

  /// The language's own words, to echo a date with.
  public var words: DateWords { languages[0] }

  public func read(_ text: String, today: CalendarDate) -> DateReading {
    guard text.utf8.count <= 100 else { return .invalid }
    let folded = LetterFolding.fold(text)
    let phrase = DatePhrase(folded)
    let tokens = phrase.tokens
    guard !tokens.isEmpty, tokens.count <= 12 else { return .invalid }
    if tokens.allSatisfy(\.isNumber) { return numeric(tokens, folded) }
    for words in languages {
      if let days = words.relative[phrase.shape] { return reading(today.adding(days: days)) }
      if let reading = written(tokens, words) { return reading }
      if let days = daysAgo(phrase, words) { return reading(today.adding(days: -days)) }
    }
    return .invalid
  }

  private func numeric(_ tokens: [DatePhrase.Token], _ folded: String) -> DateReading {
    let shape = folded.unicodeScalars.filter { !(0x30...0x39).contains($0.value) && $0 != " " }
    guard tokens.count == 3, shape.count == 2, shape.first == shape.last,
      let separator = shape.first, "-/.".unicodeScalars.contains(separator)
    else { return .invalid }
    let digits = tokens.map(\.text.count)
    let numbers = tokens.compactMap { Int($0.text) }
    guard numbers.count == 3 else { return .invalid }
    if digits[0] == 4, digits[1] <= 2, digits[2] <= 2 {
      return reading(CalendarDate(year: numbers[0], month: numbers[1], day: numbers[2]))
    }
    guard digits[2] == 4, digits[0] <= 2, digits[1] <= 2 else { return .invalid }
    let dayFirst = CalendarDate(year: numbers[2], month: numbers[1], day: numbers[0])
    if words.order == .dayFirst { return reading(dayFirst) }
    let monthFirst = CalendarDate(year: numbers[2], month: numbers[0], day: numbers[1])
    guard let dayFirst else { return reading(monthFirst) }
    guard let monthFirst, monthFirst != dayFirst else { return .date(dayFirst) }
    return .ambiguous(dayFirst, monthFirst)
  }

  private func written(_ tokens: [DatePhrase.Token], _ words: DateWords) -> DateReading? {
    let numbers = tokens.filter(\.isNumber).map(\.text)
    guard numbers.count == 2, let yearText = numbers.first(where: { $0.count == 4 }),
      let dayText = numbers.first(where: { $0.count <= 2 }), let year = Int(yearText),
      let day = Int(dayText)
    else { return nil }
    let name = tokens.filter {
      !$0.isNumber && !words.ignored.contains($0.text) && !words.ordinals.contains($0.text)
    }
    guard let month = words.monthNames[name.map(\.text).joined(separator: " ")] else { return nil }
    return reading(CalendarDate(year: year, month: month, day: day))
  }

  private func daysAgo(_ phrase: DatePhrase, _ words: DateWords) -> Int? {
    let numbers = phrase.tokens.filter(\.isNumber)
    guard numbers.count == 1, numbers[0].text.count <= 4, let days = Int(numbers[0].text),
      words.agoWords.contains(phrase.shape)
    else { return nil }
    return days
  }

  private func reading(_ date: CalendarDate?) -> DateReading { date.map { .date($0) } ?? .invalid }
}
