/// One write to one field, on its way into the fold.
struct PendingWrite {
  /// In the form that every entry may write.
  let name: String
  let instance: RepeatInstance?
  /// Index into the entries, which stand in ascending order of hash.
  let entry: Int
  let sensitivity: SensitivityClass
  let write: FieldWrite

  /// By name, then by entry hash, then by class: the order in which a field is folded.
  static func precedes(_ a: Self, _ b: Self) -> Bool {
    let order = compareKeys(a.name, b.name)
    if order != 0 { return order < 0 }
    return a.entry != b.entry ? a.entry < b.entry : a.sensitivity < b.sensitivity
  }
}

/// Folds the writes of one field (merge §2, §3).
struct FieldFold {
  let writes: ArraySlice<PendingWrite>
  let entries: [FoldedEntry]
  let rule: FieldRule

  /// Nil when no write remains.
  func state() -> FieldState? {
    if rule.policy == .append { return notes() }
    let remaining = remaining()
    guard let newest = remaining.last, let first = writes.first else { return nil }
    let shown: [FieldValue]
    var contested = false
    switch rule.policy {
    case .set:
      shown = codes(remaining)
    case .protective:
      contested = differ(remaining)
      shown = [contested ? mostProtective(remaining) : newest.value]
    case .review:
      contested = differ(remaining)
      shown = [newest.value]
    case .latest, .append:
      shown = [newest.value]
    }
    return FieldState(
      name: first.name, instance: first.instance, policy: rule.policy, shown: shown,
      remaining: remaining, heads: [], isContested: contested)
  }

  /// Every value written less those replaced, ascending by hash.
  private func remaining() -> [RemainingWrite] {
    if writes.count == 1, let only = writes.first {
      // Nothing that is held can replace the only write.
      return values(of: only)
    }
    var replaced = Set<EntryHash>()
    var removed: [EntryHash: [String]] = [:]
    for write in writes {
      switch write.write {
      case .assign(_, let replacing): replaced.formUnion(replacing)
      case .set(_, let remove):
        for (code, hashes) in remove {
          for hash in hashes { removed[hash, default: []].append(code) }
        }
      }
    }
    var found: [RemainingWrite] = []
    found.reserveCapacity(writes.count)
    for write in writes {
      let hash = entries[write.entry].hash
      if replaced.contains(hash) { continue }
      guard let codes = removed[hash] else {
        found += values(of: write)
        continue
      }
      found += values(of: write).filter { value in
        guard case .text(let code) = value.value else { return true }
        return !codes.contains { compareKeys($0, code) == 0 }
      }
    }
    return found
  }

  /// The values of one write: its own, or each code that it adds.
  private func values(of pending: PendingWrite) -> [RemainingWrite] {
    switch pending.write {
    case .assign(let value, _): return [remaining(pending, value)]
    case .set(let add, _):
      // Decoded codes are in order already; an author's need not be.
      var previous: String?
      return add.sorted { compareKeys($0, $1) < 0 }.compactMap { code in
        defer { previous = code }
        if let previous, compareKeys(previous, code) == 0 { return nil }
        return remaining(pending, .text(code))
      }
    }
  }

  private func remaining(_ pending: PendingWrite, _ value: FieldValue) -> RemainingWrite {
    let entry = entries[pending.entry]
    return RemainingWrite(
      hash: entry.hash, origin: entry.origin, claimed: entry.claimed,
      sensitivity: pending.sensitivity, value: value)
  }

  private func differ(_ remaining: [RemainingWrite]) -> Bool {
    guard remaining.count > 1 else { return false }
    return !remaining.dropFirst().allSatisfy { $0.value.isSame(as: remaining[0].value) }
  }

  /// The value that stands first in the order; of several, that of the greatest entry hash.
  private func mostProtective(_ remaining: [RemainingWrite]) -> FieldValue {
    var best = remaining[0].value
    var least = rule.rank(of: best)
    for write in remaining.dropFirst() {
      let rank = rule.rank(of: write.value)
      if rank <= least { (best, least) = (write.value, rank) }
    }
    return best
  }

  /// The union of remaining adds, in code-list order; codes that are not listed come last.
  private func codes(_ remaining: [RemainingWrite]) -> [FieldValue] {
    var codes: [String] = []
    for case .text(let code) in remaining.map(\.value) { codes.append(code) }
    if codes.count > 1 {
      codes.sort { a, b in
        let (x, y) = (rule.rank(of: a), rule.rank(of: b))
        return x != y ? x < y : compareKeys(a, b) < 0
      }
    }
    var shown: [FieldValue] = []
    for code in codes {
      if case .text(let last) = shown.last, compareKeys(last, code) == 0 { continue }
      shown.append(.text(code))
    }
    return shown
  }

  /// An append field: everything that was ever written, each after those it follows.
  private func notes() -> FieldState? {
    guard let first = writes.first else { return nil }
    let hashes = writes.map { entries[$0.entry].hash }
    let follows = writes.map { pending -> [EntryHash] in
      if case .assign(_, let followed) = pending.write { followed } else { [] }
    }
    let order = CausalOrder(hashes: hashes, follows: follows)
    let remaining = order.sorted.flatMap { values(of: writes[writes.startIndex + $0]) }
    if remaining.isEmpty { return nil }
    return FieldState(
      name: first.name, instance: first.instance, policy: rule.policy,
      shown: remaining.map(\.value), remaining: remaining, heads: order.heads, isContested: false)
  }
}
