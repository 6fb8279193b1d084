internal import Foundation
internal import GRDB
internal import Identity
internal import SyncCore

/// Who may write what (sync §1), judged when an entry comes and again when it may have changed (§4).
extension HubWriter {
  struct RecordRow {
    var area: String
    var creator: OriginID
  }

  /// Why this device may not write this: deny by default.
  func scopeReason(_ entry: Entry, _ device: HubDevice) throws -> String? {
    let envelope = entry.envelope
    switch envelope.kind {
    case .epoch, .grant: return device.role == .committee ? EntryCheck.scope : nil
    case .create:
      return device.role != .committee && device.areas.contains(envelope.area)
        ? nil : EntryCheck.scope
    case .amend, .resolve, .withdraw, .erase, .move, .assign: break
    }
    return try mayChange(envelope.record, by: envelope.kind, device) ? nil : EntryCheck.scope
  }

  /// Nobody may change a record that the hub has not seen.
  func mayChange(_ id: RecordID, by kind: EntryKind, _ device: HubDevice) throws -> Bool {
    guard let record = try recordRow(id) else { return false }
    switch device.role {
    case .committee: return false
    case .caseWorker:
      if device.areas.contains(record.area) { return true }
      // Never a move: it would bring the record back to who handed it over.
      return try kind.onlyAdds && (isOwn(id, record, of: device) || wasInAreas(id, of: device))
    case .liaison:
      return try kind != .move && kind != .assign && isOwn(id, record, of: device)
    }
  }

  /// Whether a device may be given what others wrote in a record (sync §1).
  func mayRead(_ id: RecordID, _ device: HubDevice) throws -> Bool {
    guard let record = try recordRow(id) else { return false }
    switch device.role {
    case .committee: return false
    case .caseWorker where device.areas.contains(record.area): return true
    case .caseWorker, .liaison: return try isOwn(id, record, of: device)
    }
  }

  func recordRow(_ record: RecordID) throws -> RecordRow? {
    let row = try Row.fetchOne(
      db.cachedStatement(
        sql: "SELECT area, creator FROM record WHERE \(BytePrefix.equals("record"))"),
      arguments: [Data(record.bytes)])
    guard let row, let creator = OriginID(Array(row["creator"] as Data)) else { return nil }
    return RecordRow(area: row["area"], creator: creator)
  }

  func assignees(_ record: RecordID) throws -> [OriginID] {
    try Data.fetchAll(
      db.cachedStatement(sql: "SELECT origin FROM assignee WHERE record = ?"),
      arguments: [Data(record.bytes)]
    ).compactMap { OriginID(Array($0)) }
  }

  /// Whether the device, or one that went on from the same first origin, created the record or was
  /// assigned it: they have one `own` stream (sync §8.3).
  private func isOwn(_ id: RecordID, _ record: RecordRow, of device: HubDevice) throws -> Bool {
    let first = try firstOrigin(of: device.origin)
    let selves = try Set([first] + successors(of: first))
    return try selves.contains(record.creator) || assignees(id).contains(where: selves.contains)
  }

  /// Whether the record was in one of the device's areas before it moved on.
  private func wasInAreas(_ record: RecordID, of device: HubDevice) throws -> Bool {
    let rows = try Row.fetchCursor(
      db.cachedStatement(
        sql: """
          SELECT \(EntryTable.columns) FROM entry WHERE \(BytePrefix.equals("record"))
            AND kind IN (?, ?) AND held IS NOT ?
          """),
      arguments: [
        Data(record.bytes), Int64(EntryKind.create.rawValue), Int64(EntryKind.move.rawValue),
        EntryCheck.scope,
      ])
    while let row = try rows.next() {
      let entry = try EntryTable.entry(row, coded: nil, limits: store.limits)
      let area =
        entry.envelope.kind == .create ? entry.envelope.area : entry.operationalText("area")
      if let area, device.areas.contains(area) { return true }
    }
    return false
  }

  // MARK: Again

  /// Whether any entry is held back as out of scope: nearly never, so nobody looks for them by record.
  mutating func isAnythingOutOfScope() throws -> Bool {
    if let hasOutOfScope { return hasOutOfScope }
    let found = try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT 1 FROM entry WHERE held = ? LIMIT 1"),
      arguments: [EntryCheck.scope]) != nil
    hasOutOfScope = found
    return found
  }

  /// Judges what is held back of a record as out of scope, after the record was created, moved or
  /// assigned: devices of a hub that was put back push in another order than they did before.
  ///
  /// Only what was held can change: nothing that was delivered is taken back. A `move` is taken up
  /// again only behind the one that its author had seen, or an old one would undo a newer.
  ///
  /// - Parameter decider: the entry that was just found in scope.
  mutating func judgeAgain(_ record: RecordID, after decider: Entry) throws {
    var deciders = [decider]
    while let decider = deciders.popLast() {
      let rows = try Row.fetchAll(
        db.cachedStatement(
          sql: """
            SELECT e.id, o.origin AS author, \(EntryTable.columns) FROM entry e
            JOIN origin o ON o.id = e.origin WHERE \(BytePrefix.equals("e.record")) AND e.held = ?
            ORDER BY e.leaf
            """), arguments: [Data(record.bytes), EntryCheck.scope])
      for row in rows {
        guard let author = OriginID(Array(row["author"] as Data)),
          let device = try store.device(author, in: db)
        else { continue }
        let entry = try EntryTable.entry(row, coded: nil, limits: store.limits)
        guard entry.envelope.kind != .move || entry.movesOn(from: decider),
          try scopeReason(entry, device) == nil
        else { continue }
        try release(entry, row: row["id"], device)
        if entry.envelope.kind.decidesScope { deciders.append(entry) }
      }
    }
  }

  private mutating func release(_ entry: Entry, row: Int64, _ device: HubDevice) throws {
    let reason = try EntryCheck.reason(entry, catalog: store.catalog, limits: store.limits)
    try db.execute(sql: "UPDATE entry SET held = ? WHERE id = ?", arguments: [reason, row])
    let isUrgent = try JudgedPush.Judgement(
      entry, catalog: store.catalog, limits: store.limits
    ).isUrgent
    try route(entry, isUrgent: isUrgent, row: row, device)
    // Who wrote it learns by this that it is not held back any more.
    let own = Self.ownStream(try firstOrigin(of: device.origin))
    let told = try Int64.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT 1 FROM stream_item i JOIN stream s ON s.id = i.stream WHERE s.name = ? AND i.entry = ?
          """), arguments: [own, row])
    if told == nil { try deliver(.entry(entry.hash), row: row, to: own) }
  }
}

extension Entry {
  /// Whether this `move` was written in sight of what last said where the record is.
  fileprivate func movesOn(from decider: Entry) -> Bool {
    guard let writes = try? decodeFieldWrites(operational) else { return false }
    for case ("area", .assign(_, let seen)) in writes {
      return decider.envelope.kind == .create ? seen.isEmpty : seen.contains(decider.hash)
    }
    return false
  }
}

extension EntryKind {
  /// Whether it says whose a record is.
  var decidesScope: Bool { self == .create || self == .move || self == .assign }

  /// Whether it takes nothing from anybody, and gives the record to nobody.
  fileprivate var onlyAdds: Bool { self == .amend || self == .resolve || self == .withdraw }
}
