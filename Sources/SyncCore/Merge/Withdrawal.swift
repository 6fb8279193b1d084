/// A retraction of the record, and whether it still hides it (merge §4).
public struct Withdrawal: Sendable, Hashable {
  public let hash: EntryHash
  public let origin: OriginID
  public let claimed: Int64
  /// A code; nil when the entry gives none.
  public let reason: String?
  /// Whether its author had seen every create, amend and resolve entry that is held.
  public let coversAll: Bool
}

/// What somebody who saw a record's entries has seen of each origin (merge §4).
struct OriginHeads {
  /// For an origin that wrote two entries with one seq: the first such seq.
  private let forks: [OriginID: UInt64]
  private let entries: [FoldedEntry]

  init(_ entries: [FoldedEntry]) {
    self.entries = entries
    var seen: [OriginID: Set<UInt64>] = [:]
    var forks: [OriginID: UInt64] = [:]
    if entries.count > 1 {
      for entry in entries where !seen[entry.origin, default: []].insert(entry.seq).inserted {
        forks[entry.origin] = min(entry.seq, forks[entry.origin] ?? .max)
      }
    }
    self.forks = forks
  }

  /// What a withdrawal by somebody who holds these entries names, ascending.
  ///
  /// The newest of each origin; of an origin that forked in this record, all from the fork on.
  var names: [EntryHash] {
    var newest: [OriginID: (seq: UInt64, hash: EntryHash)] = [:]
    var named: [EntryHash] = []
    for entry in entries {
      if let fork = forks[entry.origin] {
        if entry.seq >= fork { named.append(entry.hash) }
      } else if entry.seq > newest[entry.origin]?.seq ?? 0 {
        newest[entry.origin] = (entry.seq, entry.hash)
      }
    }
    return (named + newest.values.map(\.hash)).sorted()
  }

  /// Whether a withdrawal that names these entries covers every entry that writes fields.
  func coversAll(_ named: [EntryHash]) -> Bool {
    let named = Set(named)
    var limits: [OriginID: UInt64] = [:]
    for entry in entries where named.contains(entry.hash) {
      limits[entry.origin] = max(entry.seq, limits[entry.origin] ?? 0)
    }
    return entries.allSatisfy { entry in
      guard entry.writesFields, !named.contains(entry.hash) else { return true }
      guard let limit = limits[entry.origin] else { return false }
      return entry.seq <= limit && entry.seq < forks[entry.origin] ?? .max
    }
  }
}
