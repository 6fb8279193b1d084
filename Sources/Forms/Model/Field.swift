public import SyncCore

/// One field of a form, checked and compiled (forms §2).
///
/// Immutable and shared, so that handing one on does not count references to all that it holds.
public final class Field: Sendable {
  public let name: String
  /// The place in ``Form/fields``.
  public let index: Int
  public let type: FieldType
  public let sensitivity: SensitivityClass
  public let merge: MergePolicy
  /// For `MergePolicy.protective`: every code, most protective first (forms §4.2).
  public let protectiveOrder: [String]
  /// The name of the choice list; nil when the type is not a select.
  public let choices: String?
  /// Whether the choices are the programme's areas.
  public let choosesArea: Bool
  /// What a `calculate` results in; equal to ``type`` for every other type.
  public let resultType: FieldType
  /// The enclosing group or repeat.
  public let container: Int?
  /// The enclosing repeat, at any depth.
  public let `repeat`: Int?
  /// The line of the form file.
  public let line: Int

  let labels: LocalizedText
  let hints: LocalizedText?
  let constraintMessages: LocalizedText?
  let requiredMessages: LocalizedText?
  let list: ChoiceList?
  let requiredAlways: Bool

  let required: Expression?
  let relevant: Expression?
  let constraint: Expression?
  let choiceFilter: Expression?
  let initial: Expression?
  let calculation: Expression?
  /// Whether the calculation or the default follows from the clock.
  let clockDependent: Bool
  /// Whether the constraint follows from the clock.
  let constraintClockDependent: Bool

  init(
    _ draft: FieldDraft, list: ChoiceList?, protectiveOrder: [String],
    _ expressions: FieldExpressions, clockDependent: Bool, constraintClockDependent: Bool
  ) {
    name = draft.name
    index = draft.index
    type = draft.type
    sensitivity = draft.sensitivity
    merge = draft.merge
    self.protectiveOrder = protectiveOrder
    choices = draft.choices
    choosesArea = draft.choices == ChoiceList.areasName
    resultType = draft.resultType
    container = draft.container
    `repeat` = draft.outerRepeat
    line = draft.mark.line
    labels = draft.labels
    hints = draft.hints
    constraintMessages = draft.constraintMessages
    requiredMessages = draft.requiredMessages
    self.list = list
    requiredAlways = draft.requiredAlways
    required = expressions.required
    relevant = expressions.relevant
    constraint = expressions.constraint
    choiceFilter = expressions.choiceFilter
    initial = expressions.initial
    calculation = expressions.calculation
    self.clockDependent = clockDependent
    self.constraintClockDependent = constraintClockDependent
  }

  /// The label in `language`, else in English, else the name.
  public func label(_ language: String) -> String { labels.text(language) ?? name }
  public func hint(_ language: String) -> String? { hints?.text(language) }

  /// The expressions as written in the form file, for display.
  public var relevantSource: String? { relevant?.source }
  public var constraintSource: String? { constraint?.source }
  public var choiceFilterSource: String? { choiceFilter?.source }
  public var defaultSource: String? { initial?.source }
  public var calculationSource: String? { calculation?.source }
  /// `true`, `false`, or the expression.
  public var requiredSource: String { required?.source ?? (requiredAlways ? "true" : "false") }

  /// Where a code stands in ``protectiveOrder``; 0 is the most protective, and a code that is not
  /// there counts as the most protective of all.
  public func protectiveRank(_ code: String) -> Int { protectiveOrder.firstIndex(of: code) ?? 0 }
}
