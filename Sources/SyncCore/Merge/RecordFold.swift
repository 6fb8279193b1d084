/// The entries of one record that a reader holds, and what they come to (merge §1).
///
/// The result depends on the set of entries alone: any order, duplicates and gaps give the same.
/// Entries never leave, so a replica keeps a fold, inserts what arrives and asks again.
public struct RecordFold: Sendable {
  /// Each entry once, ascending by hash.
  public private(set) var entries: [FoldedEntry] = []

  public init() {}

  public init(_ entries: some Sequence<FoldedEntry>) {
    let sorted = entries.sorted { $0.hash < $1.hash }
    self.entries.reserveCapacity(sorted.count)
    for entry in sorted {
      if self.entries.last?.hash == entry.hash {
        Self.complete(&self.entries[self.entries.count - 1], with: entry)
      } else {
        self.entries.append(entry)
      }
    }
  }

  /// Adds an entry; false when it was held, with all the sections that this one brings.
  @discardableResult
  public mutating func insert(_ entry: FoldedEntry) -> Bool {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].hash < entry.hash { low = middle + 1 } else { high = middle }
    }
    if low < entries.count, entries[low].hash == entry.hash {
      return Self.complete(&entries[low], with: entry)
    }
    entries.insert(entry, at: low)
    return true
  }

  /// A section that could not be opened the first time may come later.
  @discardableResult
  private static func complete(_ held: inout FoldedEntry, with entry: FoldedEntry) -> Bool {
    var grew = false
    for (part, writes) in entry.writesByClass where held.writesByClass[part] == nil {
      held.writesByClass[part] = writes
      grew = true
    }
    return grew
  }

  /// Folds everything that is held.
  public func state(under rules: MergeRules) -> RecordState {
    var control = ControlFold()
    for entry in entries where !entry.writesFields { control.apply(entry) }
    let fields = fields(under: rules, erased: control.erased)
    let heads = OriginHeads(entries)
    return RecordState(
      fields: fields, repeats: repeats(of: fields),
      withdrawals: control.withdrawals(covering: heads), erased: control.erased.sorted(),
      area: control.area ?? entries.last { $0.kind.startsRecord }?.area,
      assignees: control.assignees.sorted(), seen: heads.names,
      moves: control.remainingMoves.map(\.hash), rules: rules)
  }

  private func fields(
    under rules: MergeRules, erased: Set<SensitivityClass>
  ) -> [FieldState] {
    var pending: [PendingWrite] = []
    for (index, entry) in entries.enumerated() where entry.writesFields {
      for part in SensitivityClass.allCases where !erased.contains(part) {
        guard let writes = entry.writesByClass[part] else { continue }
        pending.reserveCapacity(pending.count + writes.count)
        for (name, write) in writes {
          let instance = InstanceName(name)?.instance(in: entry.hash)
          pending.append(
            PendingWrite(
              name: Self.fullName(name, instance), instance: instance, entry: index,
              sensitivity: part, write: write))
        }
      }
    }
    pending.sort(by: PendingWrite.precedes)
    var fields: [FieldState] = []
    fields.reserveCapacity(pending.count)
    var begin = 0
    while begin < pending.count {
      var end = begin + 1
      while end < pending.count, compareKeys(pending[begin].name, pending[end].name) == 0 {
        end += 1
      }
      let rule = rules.rule(for: pending[begin].name)
      let fold = FieldFold(writes: pending[begin..<end], entries: entries, rule: rule)
      if let state = fold.state() { fields.append(state) }
      begin = end
    }
    return fields
  }

  private static func fullName(_ name: String, _ instance: RepeatInstance?) -> String {
    guard let instance, let parsed = InstanceName(name), parsed.creator == nil else { return name }
    return instance.name(of: parsed.field)
  }

  /// Instances in the order in which people expect them (merge §2).
  private func repeats(of fields: [FieldState]) -> [RepeatState] {
    var grouped: [RepeatInstance: [FieldState]] = [:]
    for field in fields {
      if let instance = field.instance { grouped[instance, default: []].append(field) }
    }
    if grouped.isEmpty { return [] }
    var creators: [EntryHash: FoldedEntry] = [:]
    for entry in entries { creators[entry.hash] = entry }
    var repeats: [String: [InstanceState]] = [:]
    for (instance, fields) in grouped
    where fields.contains(where: { $0.shown.contains { $0 != .cleared } }) {
      repeats[instance.repeatName, default: []].append(
        InstanceState(instance: instance, fields: fields))
    }
    return repeats.sorted { compareKeys($0.key, $1.key) < 0 }.map { name, instances in
      RepeatState(
        name: name,
        instances: instances.sorted {
          Self.precedes($0.instance, $1.instance, creators: creators)
        })
    }
  }

  /// By the creating entry: the record's own first, then by origin and seq, unknown ones last.
  private static func precedes(
    _ a: RepeatInstance, _ b: RepeatInstance, creators: [EntryHash: FoldedEntry]
  ) -> Bool {
    if a.creator == b.creator { return a.index < b.index }
    guard let x = creators[a.creator], let y = creators[b.creator] else {
      if creators[a.creator] == nil, creators[b.creator] == nil { return a.creator < b.creator }
      return creators[a.creator] != nil
    }
    if (x.kind == .create) != (y.kind == .create) { return x.kind == .create }
    if x.origin != y.origin { return x.origin < y.origin }
    return x.seq != y.seq ? x.seq < y.seq : x.hash < y.hash
  }
}
