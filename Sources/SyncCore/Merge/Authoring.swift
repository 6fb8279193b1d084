/// Writes for the author who has this state in front of them (entry §1.3, merge §3, §4).
///
/// Each lists what the author saw, so that it replaces that and nothing else. A field is named as
/// in ``FieldState/name``; a field that nobody has written yet needs no instance's hash.
extension RecordState {
  /// A new value in place of those that remain; in an append field, after them.
  public func write(
    _ field: String, _ value: FieldValue, limits: Limits = .specified
  ) -> FieldWrite {
    let state = self[field]
    if (state?.policy ?? rules.rule(for: field).policy) == .set {
      if case .text(let code) = value { return write(field, codes: [code], limits: limits) }
      if value == .cleared { return write(field, codes: [], limits: limits) }
    }
    let seen = (state?.references ?? []).prefix(limits.referencesPerWriteMax)
    return .assign(value, replacing: Array(seen))
  }

  /// The change from the codes that are shown to `codes`. Adding and removing nothing is allowed:
  /// see ``FieldWrite/changesNothing``.
  public func write(
    _ field: String, codes: [String], limits: Limits = .specified
  ) -> FieldWrite {
    var adds: [String: [EntryHash]] = [:]
    for write in self[field]?.remaining ?? [] {
      if case .text(let code) = write.value { adds[code, default: []].append(write.hash) }
    }
    let wanted = Set(codes)
    return .set(
      add: wanted.filter { adds[$0] == nil }.sorted(by: canonicalKeyOrder),
      remove: adds.filter { !wanted.contains($0.key) }.mapValues {
        Array($0.prefix(limits.referencesPerWriteMax))
      })
  }

  /// Decides a conflict for the value of one of its writes; nil if that write does not remain.
  public func resolution(
    _ field: String, keep hash: EntryHash, limits: Limits = .specified
  ) -> FieldWrite? {
    guard let kept = self[field]?.remaining.first(where: { $0.hash == hash }) else { return nil }
    return write(field, kept.value, limits: limits)
  }

  /// Decides a conflict with a value, whether or not somebody had written it.
  public func resolution(
    _ field: String, value: FieldValue, limits: Limits = .specified
  ) -> FieldWrite {
    write(field, value, limits: limits)
  }

  /// The operational section of a `withdraw` entry: everything held now is retracted.
  ///
  /// A record with more than `referencesPerWriteMax` authors cannot be withdrawn at once.
  public func withdrawal(reason: String, limits: Limits = .specified) -> FieldWrites {
    let seen = Array(seen.prefix(limits.referencesPerWriteMax))
    return [("reason", .assign(.text(reason), replacing: seen))]
  }

  /// The operational section of a `move` entry.
  public func move(to area: String, limits: Limits = .specified) -> FieldWrites {
    let seen = Array(moves.prefix(limits.referencesPerWriteMax))
    return [("area", .assign(.text(area), replacing: seen))]
  }

  /// The operational section of an `erase` entry.
  public static func erasure(of classes: Set<SensitivityClass>, reason: String) -> FieldWrites {
    [
      ("reason", .assign(.text(reason))),
      ("classes", .set(add: classes.map(\.name).sorted(by: canonicalKeyOrder))),
    ]
  }
}

extension FieldState {
  /// The hashes that the next write lists: what remains, or the notes that it follows.
  var references: [EntryHash] {
    if policy == .append { return heads }
    var hashes: [EntryHash] = []
    for write in remaining where hashes.last != write.hash { hashes.append(write.hash) }
    return hashes
  }
}

extension FieldWrite {
  /// Whether this is a set write that adds and removes nothing, which need not be written.
  public var changesNothing: Bool {
    if case .set(let add, let remove) = self { return add.isEmpty && remove.isEmpty }
    return false
  }
}
