/// What typed text means to a question: an answer, or why not.
public enum EntryReading: Sendable, Equatable {
  /// - Parameter echo: how it was understood, when that is not what was typed.
  case accepted(PromptAnswer, echo: String?)
  case refused(String)
}

/// How an `EntryPrompt` reads what is typed. Empty text never gets here.
public struct EntryRule: Sendable {
  public let allowsNewlines: Bool
  public let bytesMax: Int
  /// Shown while nothing is typed.
  public let hint: String?
  public let read: @Sendable (String) -> EntryReading

  public init(
    allowsNewlines: Bool = false, bytesMax: Int = 16_384, hint: String? = nil,
    read: @escaping @Sendable (String) -> EntryReading
  ) {
    self.allowsNewlines = allowsNewlines
    self.bytesMax = bytesMax
    self.hint = hint
    self.read = read
  }

  /// Any text.
  public static func text(bytesMax: Int = 16_384, allowsNewlines: Bool = true) -> EntryRule {
    EntryRule(allowsNewlines: allowsNewlines, bytesMax: bytesMax) {
      .accepted(.text($0), echo: nil)
    }
  }

  /// A number, with the bounds as whole numbers.
  public static func number(
    in range: ClosedRange<Int>? = nil, whole: Bool = true, catalog: Catalog
  ) -> EntryRule {
    EntryRule(bytesMax: 64) { typed in
      switch NumberReader.read(typed) {
      case .invalid: return .refused(catalog.text("number.invalid"))
      case .ambiguous(let first, let second):
        return .refused(catalog.text("number.ambiguous", ["first": first, "second": second]))
      case .number(let text):
        if whole, Int(text) == nil { return .refused(catalog.text("number.whole")) }
        if let range, let value = Double(text) {
          if value < Double(range.lowerBound) {
            return .refused(catalog.text("number.small", ["minimum": "\(range.lowerBound)"]))
          }
          if value > Double(range.upperBound) {
            return .refused(catalog.text("number.large", ["maximum": "\(range.upperBound)"]))
          }
        }
        return .accepted(.number(text), echo: text == typed ? nil : text)
      }
    }
  }

  /// A day, echoed with its month in words.
  public static func date(today: CalendarDate, catalog: Catalog) -> EntryRule {
    let reader = DateReader(catalog)
    return EntryRule(bytesMax: 100, hint: catalog.text("date.hint")) { typed in
      switch reader.read(typed, today: today) {
      case .date(let date): .accepted(.date(date), echo: reader.words.text(date))
      case .ambiguous(let first, let second):
        .refused(
          catalog.text(
            "date.ambiguous",
            ["first": reader.words.text(first), "second": reader.words.text(second)]))
      case .invalid: .refused(catalog.text("date.invalid"))
      }
    }
  }

  /// One word that has to be typed to confirm something that cannot be undone.
  public static func word(_ word: String, catalog: Catalog) -> EntryRule {
    EntryRule(bytesMax: 100) { typed in
      LetterFolding.fold(typed) == LetterFolding.fold(word)
        ? .accepted(.yes(true), echo: nil)
        : .refused(catalog.text("wipe.type", ["word": word]))
    }
  }
}
