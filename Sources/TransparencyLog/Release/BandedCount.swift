public import SyncCore

/// How many reports of one form share a status and a month, as a band (committee §4).
public struct BandedCount: Sendable, Hashable {
  public let form: String
  /// Empty when no status is shown, `*` when two writes contradict, `withdrawn` after a withdrawal.
  public let status: String
  /// Empty when no month is shown, `*` when two writes contradict.
  public let month: String
  /// The number, or its band.
  public let reports: String

  /// Counts the records of the entries shown, whose positions lie among `leaves`. Ordered by form,
  /// status and month, bytewise.
  public static func all(
    of entries: [ReleasedEntry], leaves: [EntryHash], policy: DisclosurePolicy
  ) -> [BandedCount] {
    var records: [RecordKey: [ReleasedEntry]] = [:]
    for entry in entries {
      records[RecordKey(form: entry.form, record: entry.record), default: []].append(entry)
    }
    var cells: [Cell: Int] = [:]
    for (key, entries) in records {
      let withdrawn = entries.contains { $0.kind == .withdraw }
      func value(_ field: String?) -> String {
        field.map { current($0, in: entries, leaves) } ?? ""
      }
      let status = withdrawn ? "withdrawn" : value(policy.statusField(of: key.form))
      let month = value(policy.monthField(of: key.form))
      cells[Cell(form: key.form, status: status, month: month), default: 0] += 1
    }
    return cells.keys.sorted().map {
      BandedCount(
        form: $0.form, status: $0.status, month: $0.month,
        reports: policy.band(of: cells[$0] ?? 0))
    }
  }

  private struct RecordKey: Hashable {
    let form: String
    let record: RecordID
  }

  private struct Cell: Hashable, Comparable {
    let form, status, month: String

    static func < (a: Self, b: Self) -> Bool {
      for (x, y) in [(a.form, b.form), (a.status, b.status), (a.month, b.month)]
      where !x.utf8.elementsEqual(y.utf8) {
        return x.utf8.lexicographicallyPrecedes(y.utf8)
      }
      return false
    }
  }

  /// The one value whose write no other write in this release replaces.
  private static func current(
    _ name: String, in entries: [ReleasedEntry], _ leaves: [EntryHash]
  ) -> String {
    var writes: [(hash: EntryHash, text: String)] = []
    var replaced: Set<EntryHash> = []
    for entry in entries {
      for field in entry.fields where field.name == name {
        writes.append((leaves[Int(entry.position)], field.text ?? ""))
        replaced.formUnion(field.replacing)
      }
    }
    let values = Set(writes.filter { !replaced.contains($0.hash) }.map(\.text))
    guard let value = values.first else { return "" }
    return values.count == 1 ? value : "*"
  }
}
