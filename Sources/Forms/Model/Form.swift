import SyncCore

/// One version of one form: fields, choice lists and skip logic, checked and compiled (forms §1).
///
/// Immutable, so one instance serves every thread.
public final class Form: Sendable {
  /// What a record of this form belongs to.
  public enum Place: Sendable, Hashable {
    /// A record of its own; this field's code is its area.
    case root(areaField: String)
    /// Belongs to a record of the form `parent`, named by the answer to `field`.
    case child(parent: String, field: String)
  }

  public let name: String
  public let version: UInt32
  public let place: Place
  /// In document order; a group or repeat stands before what it encloses.
  public let fields: [Field]
  /// The fields that a list line shows.
  public let summary: [String]
  /// HTCDS names and the fields that hold them.
  public let aliases: [String: String]
  public let limits: FormLimits

  let titles: LocalizedText
  let lists: [String: ChoiceList]
  let indexes: [String: Int]
  /// The same by aliases too, so that an answer's name is looked up once.
  private let aliasedIndexes: [String: Int]
  /// Every field after all that it reads.
  let evaluationOrder: [Int]
  let hasRepeats: Bool
  /// Names of the fields whose answers have a part in what an entry is refused for.
  let judged: Set<String>

  init(
    name: String, version: UInt32, place: Place, fields: [Field], summary: [String],
    aliases: [String: String], limits: FormLimits, titles: LocalizedText,
    lists: [String: ChoiceList], indexes: [String: Int], evaluationOrder: [Int]
  ) {
    self.name = name
    self.version = version
    self.place = place
    self.fields = fields
    self.summary = summary
    self.aliases = aliases
    self.limits = limits
    self.titles = titles
    self.lists = lists
    self.indexes = indexes
    aliasedIndexes = indexes.merging(aliases.compactMapValues { indexes[$0] }) { _, aliased in
      aliased
    }
    self.evaluationOrder = evaluationOrder
    hasRepeats = fields.contains { $0.type == .repeat }
    judged = Self.judged(fields)
  }

  /// The title in `language`, else in English, else the name.
  public func title(_ language: String) -> String { titles.text(language) ?? name }

  public func field(_ name: String) -> Field? { indexes[name].map { fields[$0] } }

  /// The field for a name or for an alias of one (an HTCDS name).
  public func field(aliased name: String) -> Field? { aliasedIndexes[name].map { fields[$0] } }

  /// A choice list of the form, or a shared one that it uses; nil for the areas.
  public func list(_ name: String) -> ChoiceList? { lists[name] }

  /// The label of a code of a select in `language`; the code itself when there is none.
  public func label(ofCode code: String, in field: Field, _ language: String) -> String {
    field.list?[code]?.label(language)
      ?? Choice.universal.first { $0.code == code }?.label(language) ?? code
  }
}
