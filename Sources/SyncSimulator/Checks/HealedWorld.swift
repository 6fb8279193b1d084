internal import Foundation
internal import GRDB
internal import ReplicaStore
internal import SyncCore

/// What the hub holds after healing, as the checks need it.
struct HubContent {
  struct Held {
    let origin: OriginID
    let record: RecordID
    let kind: EntryKind
    let form: String
    let isSystem: Bool
    /// Held back from everybody for being out of its author's scope.
    let isOutOfScope: Bool
  }
  struct Record {
    let area: String
    let people: Set<OriginID>
  }
  var entries: [EntryHash: Held] = [:]
  var order: [EntryHash] = []
  var records: [RecordID: Record] = [:]
  /// Records in which something is held back: their author sees what others do not.
  var contested: Set<RecordID> = []
  /// What is held back, with the reason.
  var held: [(hash: EntryHash, reason: String)] = []
  /// The origin with which each one's home began.
  private var first: [OriginID: OriginID] = [:]

  /// Whether two origins are of one home, or of copies of it (sync §8.3).
  func isFamily(_ one: OriginID, _ other: OriginID) -> Bool {
    one == other || first[one, default: one] == first[other, default: other]
  }

  init(_ store: HubStore) throws {
    try store.db.read { db in
      let devices = try Row.fetchAll(db, sql: "SELECT origin, predecessor FROM device ORDER BY joined")
      var before: [OriginID: OriginID] = [:]
      for row in devices {
        if let origin = OriginID(Array(row["origin"] as Data)),
          let predecessor = (row["predecessor"] as Data?).flatMap({ OriginID(Array($0)) })
        {
          before[origin] = predecessor
        }
      }
      for origin in before.keys {
        var oldest = origin
        while let older = before[oldest] { oldest = older }
        first[origin] = oldest
      }
      var assignees: [Data: [Data]] = [:]
      for row in try Row.fetchAll(db, sql: "SELECT record, origin FROM assignee") {
        assignees[row["record"], default: []].append(row["origin"])
      }
      for row in try Row.fetchAll(db, sql: "SELECT record, area, creator FROM record") {
        let people = [row["creator"] as Data] + (assignees[row["record"]] ?? [])
        guard let record = RecordID(Array(row["record"] as Data)) else { continue }
        records[record] = Record(
          area: row["area"], people: Set(people.compactMap { OriginID(Array($0)) }))
      }
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT e.hash, e.record, e.kind, e.form, e.held, o.origin AS author FROM entry e
          JOIN origin o ON o.id = e.origin ORDER BY e.leaf
          """)
      for row in rows {
        guard let hash = Digest32(Array(row["hash"] as Data)),
          let origin = OriginID(Array(row["author"] as Data)),
          let record = RecordID(Array(row["record"] as Data)),
          let kind = EntryKind(rawValue: UInt8(clamping: row["kind"] as Int))
        else { continue }
        let held: String? = row["held"]
        entries[hash] = Held(
          origin: origin, record: record, kind: kind, form: row["form"],
          isSystem: kind == .epoch || kind == .grant, isOutOfScope: held == "scope")
        order.append(hash)
        if let held {
          contested.insert(record)
          self.held.append((hash, held))
        }
      }
    }
  }
}

/// What a device holds after healing.
struct DeviceContent {
  struct Shown {
    let digest: Digest32
    let isOpen: Bool
    let remaining: [String: Set<EntryHash>]
    /// Fields with more than one value, and those that are shown as contested.
    let differing: Set<String>
    let contested: Set<String>
    let isListedAsConflict: Bool
  }
  /// Entries with their records; the device's own among them.
  var entries: [(hash: EntryHash, origin: OriginID, record: RecordID, isSystem: Bool)] = []
  var shown: [(record: RecordID, state: Shown)] = []
  /// Origins whose epoch secrets it has.
  var opened: [OriginID] = []

  init(_ replica: Replica) throws {
    (entries, opened) = try replica.read { db in
      (
        try Row.fetchAll(
          db,
          sql: """
            SELECT e.hash, e.record, e.kind, o.origin AS author FROM entry e
            JOIN origin o ON o.id = e.origin ORDER BY e.id
            """
        ).compactMap { row in
          guard let hash = Digest32(Array(row["hash"] as Data)),
            let origin = OriginID(Array(row["author"] as Data)),
            let record = RecordID(Array(row["record"] as Data)),
            let kind = EntryKind(rawValue: UInt8(clamping: row["kind"] as Int))
          else { return nil }
          return (hash, origin, record, kind == .epoch || kind == .grant)
        },
        try Data.fetchAll(
          db, sql: "SELECT DISTINCT origin FROM epoch_secret WHERE secret IS NOT NULL ORDER BY origin"
        ).compactMap { OriginID(Array($0)) }
      )
    }
    let conflicts = Set(try replica.conflicts().map(\.line.record))
    for line in try replica.list().sorted(by: { $0.record < $1.record }) {
      let view = try replica.show(line.record)
      var remaining: [String: Set<EntryHash>] = [:]
      var differing: Set<String> = []
      var contested: Set<String> = []
      for name in Ledger.followed {
        guard let field = view.state[name] else { continue }
        remaining[name] = Set(field.remaining.map(\.hash))
        if Set(field.remaining.map(\.value)).count > 1 { differing.insert(name) }
        if field.isContested { contested.insert(name) }
      }
      shown.append(
        (
          line.record,
          Shown(
            digest: view.state.digest, isOpen: line.unopened == 0, remaining: remaining,
            differing: differing, contested: contested,
            isListedAsConflict: conflicts.contains(line.record))
        ))
    }
  }
}
