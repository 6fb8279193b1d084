internal import Foundation
internal import GRDB
internal import Identity
internal import Forms
internal import SyncCore

/// Taking a push into the log (sync §2.3).
extension HubWriter {
  struct Accepted {
    var head: LogHead
    /// The row of the device's log: one of several, when its origin forked.
    var row: Int64?
    var held: [SyncResponse.Held] = []
    /// Entries that were new here.
    var added = 0
    var isFork = false
  }

  /// Stores what is new of a push, gives each entry its leaf, and routes it.
  ///
  /// A push that begins beyond what is held changes nothing: the head says where to begin. One that
  /// contradicts what is held is a branch of the log, and stored as such (sync §8.1).
  mutating func accept(
    _ judged: JudgedPush, from device: HubDevice, at named: NamedHead
  ) throws -> Accepted {
    let (push, segment) = (judged.push, judged.segment)
    let first = try OriginTable.row(device.origin, key: device.signing.bytes, in: db)
    let row = try OriginTable.row(of: device.origin, at: named, in: db) ?? first
    var accepted = Accepted(head: try EntryTable.head(ofOriginRow: row, in: db), row: row)
    guard var place = try place(before: push.entries[0], in: row, device) else { return accepted }
    let catalog = store.catalog
    var end = try EntryTable.head(ofOriginRow: place.row, in: db)
    var isOwn = try place.row == row || isRow(place.row, of: device.origin)
    var segmentRow: Int64?
    for (index, entry) in push.entries.enumerated() {
      let seq = entry.envelope.seq
      // The log moved on between decoding and this transaction: the head says where it is now.
      guard entry.envelope.previous == place.head.hash else { return accepted }
      if end.seq >= seq || place.row != row, let known = try self.place(
        of: LogHead(seq: seq, hash: entry.hash), in: [entry.envelope.origin])
      {
        if known.row != place.row {
          end = try EntryTable.head(ofOriginRow: known.row, in: db)
          isOwn = try isRow(known.row, of: device.origin)
        }
        place = known
        continue
      }
      if place.head != end || !isOwn {
        place.row = try branch(
          entry, index: index, of: push, under: segment, after: place, device, &accepted)
        isOwn = true
        segmentRow = nil
      }
      let stored = try segmentRow ?? EntryTable.segmentRow(
        DeliveredSegment(
          publicKey: device.signing.bytes, segment: segment, signature: push.signature),
        originRow: place.row, in: db)
      segmentRow = stored
      let judgement = try judged.judgement(of: index, by: catalog, limits: store.limits)
      let reason = try scopeReason(entry, device) ?? judgement.reason
      let leaf = try appendLeaf(entry.hash)
      guard
        try EntryTable.insert(
          entry, originRow: place.row, segment: stored, leaf: leaf, held: reason,
          by: statements.entry(db), in: db)
      else { throw StoreError(.damaged, "An entry could not be stored twice under one hash.") }
      accepted.added += 1
      if let reason { accepted.held.append(.init(seq: seq, reason: reason)) }
      if reason == EntryCheck.scope { hasOutOfScope = true }
      if reason != EntryCheck.scope {
        try route(entry, isUrgent: judgement.isUrgent, row: db.lastInsertedRowID, device)
        if entry.envelope.kind.decidesScope, try isAnythingOutOfScope() {
          try judgeAgain(entry.envelope.record, after: entry)
        }
      }
      place.head = LogHead(seq: seq, hash: entry.hash)
      end = place.head
    }
    accepted.row = place.row
    accepted.head = end
    return accepted
  }

  // MARK: Routing

  /// Gives an entry that is in scope to those who may see it, and lets it do what its kind does.
  mutating func route(_ entry: Entry, isUrgent: Bool?, row: Int64, _ device: HubDevice) throws {
    let envelope = entry.envelope
    switch envelope.kind {
    case .epoch, .grant: return try deliver(.entry(entry.hash), row: row, to: StreamName.grants.text)
    case .create:
      var known = try statements.knownRecord(db)
      known.bind(envelope.record)
      guard try !known.hasRow() else { break }
      var statement = try statements.record(db)
      statement.bind(envelope.record)
      statement.bind(envelope.area)
      statement.bind(envelope.form)
      statement.bind(device.origin)
      statement.bind(now)
      statement.bind(isUrgent == true ? 1 : 0)
      try statement.run()
      // Nobody was assigned a record that was not here.
      if !isFamily(device) {
        try noteUrgency(entry, isUrgent, device)
        return try deliver(.entry(entry.hash), row: row, to: StreamName.area(envelope.area).text)
      }
    default: break
    }
    guard let record = try recordRow(envelope.record) else { return }
    try noteUrgency(entry, isUrgent, device)
    try deliver(.entry(entry.hash), row: row, to: StreamName.area(record.area).text)
    let assigned = try assignees(envelope.record)
    for stream in try ownStreams(of: assigned + [record.creator], besides: device) {
      try deliver(.entry(entry.hash), row: row, to: stream)
    }
    if envelope.kind == .move { try move(envelope.record, from: record.area, entry) }
    if envelope.kind == .assign { try assign(envelope.record, entry, already: assigned + [record.creator]) }
  }

  /// Delivers the whole record to the new area, and a tombstone to the old (sync §3.4).
  private mutating func move(_ record: RecordID, from old: String, _ entry: Entry) throws {
    guard let new = entry.operationalText("area"), new != old, new.isAreaCode else { return }
    try db.execute(
      sql: "UPDATE record SET area = ?2 WHERE \(BytePrefix.equals("record"))",
      arguments: [Data(record.bytes), new])
    try deliverWhole(record, to: StreamName.area(new).text)
    try deliver(.moved(record), row: nil, to: StreamName.area(old).text)
  }

  private mutating func assign(_ record: RecordID, _ entry: Entry, already: [OriginID]) throws {
    guard let bytes = entry.operationalBytes("assignee"), let assignee = OriginID(bytes),
      !already.contains(assignee)
    else { return }
    try db.execute(
      sql: "INSERT INTO assignee(record, origin) VALUES (?, ?) ON CONFLICT DO NOTHING",
      arguments: [Data(record.bytes), Data(assignee.bytes)])
    try deliverWhole(record, to: Self.ownStream(firstOrigin(of: assignee)))
  }

  private mutating func deliverWhole(_ record: RecordID, to stream: String) throws {
    let rows = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT id, hash FROM entry WHERE \(BytePrefix.equals("record")) AND held IS NOT ? ORDER BY leaf
          """),
      arguments: [Data(record.bytes), EntryCheck.scope])
    for row in rows {
      guard let hash = Digest32(Array(row["hash"] as Data)) else { continue }
      try deliver(.entry(hash), row: row["id"], to: stream)
    }
  }

  /// Keeps in view which urgent reports no case worker has touched (cli `status`).
  private func noteUrgency(_ entry: Entry, _ isUrgent: Bool?, _ device: HubDevice) throws {
    if device.role == .caseWorker {
      try db.cachedStatement(
        sql: """
          UPDATE record SET answered = ?2 WHERE \(BytePrefix.equals("record")) AND answered IS NULL
          """
      ).execute(arguments: [Data(entry.envelope.record.bytes), now])
    }
    guard entry.envelope.kind != .create, let isUrgent else { return }
    try db.cachedStatement(
      sql: "UPDATE record SET urgent = ?2 WHERE \(BytePrefix.equals("record"))"
    ).execute(arguments: [Data(entry.envelope.record.bytes), isUrgent ? 1 : 0])
  }
}

extension Entry {
  /// A text write of the operational section, for kinds whose arguments stand there (entry §2.1).
  func operationalText(_ name: String) -> String? {
    guard let writes = try? decodeFieldWrites(operational) else { return nil }
    for case (name, .assign(.text(let text), _)) in writes { return text }
    return nil
  }

  func operationalBytes(_ name: String) -> [UInt8]? {
    guard let writes = try? decodeFieldWrites(operational) else { return nil }
    for case (name, .assign(.bytes(let bytes), _)) in writes { return bytes }
    return nil
  }
}
