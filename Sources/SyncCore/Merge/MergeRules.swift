/// How one field's writes come together: what a form says about it (merge §3).
public struct FieldRule: Sendable, Hashable {
  public let policy: MergePolicy
  /// The class of the section that the field is written to.
  public let sensitivity: SensitivityClass
  /// Values, the most protective first; only for ``MergePolicy/protective``.
  public let protectiveOrder: [String]
  /// The codes of the field's list, in the list's order; only for ``MergePolicy/set``.
  public let codes: [String]
  private let ranks: [String: Int]

  public init(
    policy: MergePolicy = .review, sensitivity: SensitivityClass = .identity,
    protectiveOrder: [String] = [], codes: [String] = []
  ) {
    self.policy = policy
    self.sensitivity = sensitivity
    self.protectiveOrder = protectiveOrder
    self.codes = codes
    let order = policy == .protective ? protectiveOrder : codes
    ranks = Dictionary(order.enumerated().map { ($1, $0) }) { first, _ in first }
  }

  /// Place of a word in the protective order or in the code list; words not in it come last.
  func rank(of word: String) -> Int { ranks[word] ?? .max }

  /// Place of a value in the protective order: codes as they are, booleans and integers by word.
  func rank(of value: FieldValue) -> Int {
    switch value {
    case .text(let text): rank(of: text)
    case .boolean(let flag): rank(of: flag ? "true" : "false")
    case .integer(let number): rank(of: "\(number)")
    case .decimal, .bytes, .cleared: .max
    }
  }
}

/// The rules of a form's fields. A field without a rule is reviewed, and of class identity.
public struct MergeRules: Sendable, Hashable {
  /// Rules by field name; a field of a repeat is `repeat.field`.
  public let rules: [String: FieldRule]
  private static let fallback = FieldRule()

  public init(_ rules: [String: FieldRule] = [:]) { self.rules = rules }

  /// The rule of a field by the name that a write gives it, whichever instance it belongs to.
  public func rule(for name: String) -> FieldRule {
    if let rule = rules[name] { return rule }
    guard let parsed = InstanceName(name) else { return Self.fallback }
    return rule(repeat: parsed.repeatName, field: parsed.field)
  }

  func rule(repeat repeatName: String, field: String) -> FieldRule {
    rules["\(repeatName).\(field)"] ?? Self.fallback
  }
}
