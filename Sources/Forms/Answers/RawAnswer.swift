import SyncCore

/// An answer as JSON-like input gives it, before the form has read it.
public enum RawAnswer: Sendable, Hashable {
  case text(String)
  /// The digits as written, so that no decimal is rounded on the way.
  case number(String)
  case bool(Bool)
  /// JSON's null: the answer is taken away.
  case null
  case list([RawAnswer])
  case object([String: RawAnswer])
}

/// What reading a typed answer may depend on.
public struct ReadingContext: Sendable {
  /// The programme's areas; nil accepts any well-formed area code.
  public var areas: ChoiceList?
  /// Minutes east of UTC for a time without an offset; nil refuses such a time.
  public var utcOffsetMinutes: Int?

  public init(areas: ChoiceList? = nil, utcOffsetMinutes: Int? = nil) {
    self.areas = areas
    self.utcOffsetMinutes = utcOffsetMinutes
  }
}

/// An answer, or what is wrong with it.
public enum AnswerReading: Sendable, Hashable {
  case success(Answer)
  case failure(Finding)
}
