/// A write that no write the reader holds has replaced (merge §2).
public struct RemainingWrite: Sendable, Hashable {
  /// The entry that made the write: the name under which it is resolved or replaced.
  public let hash: EntryHash
  public let origin: OriginID
  /// Seconds since 1970 by the author's clock: a claim.
  public let claimed: Int64
  /// The section the write came in.
  public let sensitivity: SensitivityClass
  /// The value; for an add to a set field, one code as text.
  public let value: FieldValue
}

/// Writes that give one field different values, for a person to decide between (merge §3).
public struct FieldConflict: Sendable, Hashable {
  public struct Side: Sendable, Hashable {
    public let value: FieldValue
    /// The writes that say so, ascending by hash; never empty.
    public let writes: [RemainingWrite]
  }
  /// At least two; the value that the greatest entry hash gives comes first.
  public let sides: [Side]
}

/// What the remaining writes of one field come to (merge §3).
public struct FieldState: Sendable, Hashable {
  /// The name, in the form that every entry may write: `repeat#n@hash.field` inside a repeat.
  public let name: String
  /// The instance of a repeat that the field belongs to; nil outside repeats.
  public let instance: RepeatInstance?
  public let policy: MergePolicy
  /// What a reader is shown: one value, or the codes of a set, or every note.
  public let shown: [FieldValue]
  /// Ascending by entry hash; the notes of an append field in causal order. Never empty.
  public let remaining: [RemainingWrite]
  /// Newest notes of an append field, ascending; empty for the other policies.
  let heads: [EntryHash]
  /// Whether the writes of a reviewed or protective field differ.
  public let isContested: Bool

  /// The value shown, when it is one: nil for a set and for notes.
  public var value: FieldValue? {
    policy == .set || policy == .append ? nil : shown.first
  }

  /// The codes shown, for a set field.
  public var codes: [String] {
    shown.compactMap { if case .text(let code) = $0 { code } else { nil } }
  }

  /// The field's name without its instance.
  public var field: String {
    guard let instance else { return name }
    // `repeat#n@`, 64 digits and a dot stand in front.
    return String(
      Substring(
        name.utf8.dropFirst(instance.repeatName.utf8.count + "\(instance.index)".utf8.count + 67)))
  }

  /// The highest class that a remaining write came in.
  public var sensitivity: SensitivityClass {
    remaining.reduce(.operational) { max($0, $1.sensitivity) }
  }

  /// The differing values, when a person should decide between them; nil otherwise.
  public var conflict: FieldConflict? {
    guard isContested else { return nil }
    var sides: [(value: FieldValue, writes: [RemainingWrite])] = []
    for write in remaining.reversed() {
      if let i = sides.firstIndex(where: { $0.value.isSame(as: write.value) }) {
        sides[i].writes.insert(write, at: 0)
      } else {
        sides.append((write.value, [write]))
      }
    }
    return FieldConflict(sides: sides.map { .init(value: $0.value, writes: $0.writes) })
  }
}

extension FieldValue {
  /// Whether two values have the same encoding: texts byte by byte (merge §3).
  func isSame(as other: FieldValue) -> Bool {
    if case .text(let a) = self, case .text(let b) = other { return compareKeys(a, b) == 0 }
    return self == other
  }
}
