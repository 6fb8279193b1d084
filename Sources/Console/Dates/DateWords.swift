/// What a language calls months and days, read from its catalog (`date.…`).
public struct DateWords: Sendable {
  enum Order { case dayFirst, ask }

  let months: [String]
  let pattern: String
  let order: Order
  /// Folded name → month.
  let monthNames: [String: Int]
  /// Folded words → days from today.
  let relative: [String: Int]
  let ignored: Set<String>
  let ordinals: Set<String>
  /// Folded words around the number in "3 days ago".
  let agoWords: Set<String>

  public init(_ catalog: Catalog) {
    months = (1...12).map { catalog.text("date.month.\($0)") }
    pattern = catalog.text("date.pattern")
    order = catalog.text("date.order") == "day" ? .dayFirst : .ask
    var names: [String: Int] = [:]
    for (index, month) in months.enumerated() {
      names[DatePhrase(LetterFolding.fold(month)).shape] = index + 1
      for also in Self.list(catalog, "date.month.\(index + 1).also") { names[also] = index + 1 }
    }
    monthNames = names
    var relative: [String: Int] = [:]
    for (key, days) in [("today", 0), ("yesterday", -1), ("before_yesterday", -2)] {
      for word in Self.list(catalog, "date.\(key)") { relative[word] = days }
    }
    self.relative = relative
    ignored = Set(catalog.words("date.ignored").map(LetterFolding.fold))
    ordinals = Set(catalog.words("date.ordinals").map(LetterFolding.fold))
    agoWords = Set(Self.list(catalog, "date.ago"))
  }

  /// The day with its month in words: what is echoed, so that a misreading is seen.
  public func text(_ date: CalendarDate) -> String {
    CatalogFile.fill(
      pattern,
      ["day": "\(date.day)", "month": months[date.month - 1], "year": "\(date.year)"])
  }

  private static func list(_ catalog: Catalog, _ key: String) -> [String] {
    (catalog.optional(key) ?? "").split(separator: ",").map {
      DatePhrase(LetterFolding.fold(String($0))).shape
    }
  }
}
