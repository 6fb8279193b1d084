public import SyncCore

/// What an evaluation may know beside the answers (forms §5).
public struct EvaluationContext: Sendable {
  /// The local day of the device.
  public var today: CivilDate
  public var now: Instant
  /// The programme's areas; nil accepts any well-formed area code and offers none.
  public var areas: ChoiceList?
  /// The device has learned that its clock is wrong: constraints that follow from it only warn.
  public var clockKnownWrong: Bool
  /// Fill unanswered fields from `default`: true for a new record, false for an amended one.
  public var fillsDefaults: Bool
  /// The highest class that the caller can read; fields above it are left alone and unjudged.
  public var readable: SensitivityClass

  public init(
    today: CivilDate, now: Instant, areas: ChoiceList? = nil, clockKnownWrong: Bool = false,
    fillsDefaults: Bool = true, readable: SensitivityClass = .identity
  ) {
    self.today = today
    self.now = now
    self.areas = areas
    self.clockKnownWrong = clockKnownWrong
    self.fillsDefaults = fillsDefaults
    self.readable = readable
  }
}
