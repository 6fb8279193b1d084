/// A record as this reader sees it: a function of the set of entries it holds (merge §1).
public struct RecordState: Sendable, Hashable {
  /// Fields with a remaining write, in canonical order of their names.
  public let fields: [FieldState]
  /// Repeats that have an instance to show, by name.
  public let repeats: [RepeatState]
  /// Ascending by entry hash.
  public let withdrawals: [Withdrawal]
  /// Classes that are gone from this record for ever, ascending.
  public let erased: [SensitivityClass]
  /// The area after moves; nil while the entry that created the record is not held.
  public let area: String?
  /// Origins that the record was assigned to, ascending.
  public let assignees: [OriginID]
  /// What a withdrawal written now names.
  let seen: [EntryHash]
  /// The moves that no held move replaces, ascending.
  let moves: [EntryHash]
  let rules: MergeRules

  /// Whether a withdrawal covers everything that was written (merge §4).
  public var isWithdrawn: Bool { withdrawals.contains(where: \.coversAll) }

  /// The fields that a person should decide about.
  public var conflicts: [FieldState] { fields.filter(\.isContested) }

  /// A field by its name; inside a repeat, by the name with the creating entry's hash.
  public subscript(name: String) -> FieldState? {
    var (low, high) = (0, fields.count)
    while low < high {
      let middle = (low + high) / 2
      let order = compareKeys(fields[middle].name, name)
      if order == 0 { return fields[middle] }
      if order < 0 { low = middle + 1 } else { high = middle }
    }
    return nil
  }
}

/// The instances of one repeat, in order (merge §2).
public struct RepeatState: Sendable, Hashable {
  public let name: String
  public let instances: [InstanceState]
}

/// One instance of a repeat that has a value other than `cleared`.
public struct InstanceState: Sendable, Hashable {
  public let instance: RepeatInstance
  /// In canonical order of their names.
  public let fields: [FieldState]

  /// A field by its name within the repeat.
  public subscript(field: String) -> FieldState? {
    let name = instance.name(of: field)
    return fields.first { compareKeys($0.name, name) == 0 }
  }
}
