/// One question as a value: keys in, lines and an outcome out. No terminal, no clock.
public protocol PromptModel {
  /// What a key does.
  mutating func handle(_ key: Key) -> PromptOutcome

  /// What a typed line does, where there is no screen. `.editing` means that it was refused; `complaint`
  /// then says why.
  mutating func answer(line: String) -> PromptOutcome

  /// The lines to show, at most `height` of at most `width` columns.
  func render(width: Int, height: Int) -> Frame

  /// The question as plain lines, safe to print, where there is no screen.
  var plainLines: [String] { get }

  /// Why the last answer was refused, safe to print.
  var complaint: String? { get }
}

/// What came of a key or a line.
public enum PromptOutcome: Sendable, Equatable {
  /// Nothing yet.
  case editing
  case answered(PromptAnswer)
  case back
  /// On to the next question; the answer given before stays.
  case forward
  /// To question N, from 1.
  case goTo(Int)
  case cancelled
}

/// An answer in canonical form.
public enum PromptAnswer: Sendable, Equatable {
  case text(String)
  /// Canonical text, as `NumberReader` gives it.
  case number(String)
  case date(CalendarDate)
  /// The code of the choice.
  case choice(String)
  /// Codes in the order of the list.
  case choices([String])
  case yes(Bool)
  /// No answer, where none is required.
  case skipped
}

/// What every kind of question has.
public struct Question: Sendable {
  /// Text of a form: made safe when shown.
  public let label: String
  public let help: String?
  public let isRequired: Bool
  public let catalog: Catalog
  /// A form's own rule: why the answer is refused, in the person's language, or nil.
  public let constraint: (@Sendable (PromptAnswer) -> String?)?

  public init(
    _ label: String, help: String? = nil, isRequired: Bool = false, catalog: Catalog = .process,
    constraint: (@Sendable (PromptAnswer) -> String?)? = nil
  ) {
    self.label = label
    self.help = help
    self.isRequired = isRequired
    self.catalog = catalog
    self.constraint = constraint
  }

  /// Nil when the answer may stand.
  func complaint(about answer: PromptAnswer) -> String? {
    if answer == .skipped { return isRequired ? catalog.text("prompt.required") : nil }
    return constraint?(answer).map { SafeText.escape($0, newlines: .space) }
  }

  func head(width: Int) -> Frame {
    var frame = Frame()
    frame.append(SafeText.escape(label, newlines: .keep), .strong, width: width)
    if let help { frame.append(SafeText.escape(help, newlines: .keep), .faint, width: width) }
    return frame
  }

  var plainLines: [String] {
    [SafeText.escape(label, newlines: .keep)]
      + (help.map { [SafeText.escape($0, newlines: .keep)] } ?? [])
  }
}
