import SyncCore

/// Somebody who writes about one record, with what they hold of it.
///
/// A copy of the value goes on with the seq of the original, as a restored image does.
struct Author {
  let origin: OriginID
  private(set) var seq: UInt64 = 0
  private(set) var fold = RecordFold()
  let rules: MergeRules

  init(_ name: String, rules: MergeRules = .sample) {
    origin = Hash.sha256(Array(name.utf8))
    self.rules = rules
  }

  var state: RecordState { fold.state(under: rules) }

  /// Writes an entry whose hash follows from its author and seq, and from `salt`.
  @discardableResult
  mutating func write(
    _ kind: EntryKind, _ writes: FieldWrites = [], in part: SensitivityClass = .operational,
    area: String = "north", salt: UInt64 = 0
  ) -> FoldedEntry {
    seq += 1
    let entry = FoldedEntry(
      hash: Hash.sha256(domain: "test", origin, seq, salt), origin: origin, seq: seq, kind: kind,
      area: area, claimed: Int64(seq), writesByClass: [part: writes])
    fold.insert(entry)
    return entry
  }

  /// Amends one field by what this author sees of it.
  @discardableResult
  mutating func amend(_ field: String, _ value: FieldValue, salt: UInt64 = 0) -> FoldedEntry {
    write(.amend, [(field, state.write(field, value))], salt: salt)
  }

  @discardableResult
  mutating func amend(_ field: String, codes: [String]) -> FoldedEntry {
    write(.amend, [(field, state.write(field, codes: codes))])
  }

  @discardableResult
  mutating func withdraw() -> FoldedEntry {
    write(.withdraw, state.withdrawal(reason: "duplicate"))
  }

  mutating func receive(_ entries: some Sequence<FoldedEntry>) {
    for entry in entries { fold.insert(entry) }
  }

  /// Both hold afterwards what either held.
  static func meet(_ a: inout Author, _ b: inout Author) {
    a.receive(b.fold.entries)
    b.receive(a.fold.entries)
  }
}

extension MergeRules {
  /// A field of every policy, and two in a repeat.
  static let sample = MergeRules([
    "status": FieldRule(policy: .review, sensitivity: .operational),
    "risk": FieldRule(policy: .protective, protectiveOrder: ["high", "medium", "low"]),
    "safe": FieldRule(policy: .protective, protectiveOrder: ["false", "true"]),
    "needs": FieldRule(policy: .set, codes: ["shelter", "food", "legal"]),
    "note": FieldRule(policy: .append, sensitivity: .sensitive),
    "seen": FieldRule(policy: .latest),
    "people.role": FieldRule(policy: .review),
    "people.needs": FieldRule(policy: .set, codes: ["shelter", "food"]),
  ])
}

extension RecordState {
  func text(_ name: String) -> String? {
    if case .text(let text) = self[name]?.value { text } else { nil }
  }
}
