internal import Foundation
internal import GRDB
internal import Forms
internal import Identity
package import SyncCore
internal import SyncWire

/// What a checked answer changes: all of it in one durable transaction, or none (sync §2.5).
extension Replica {
  func apply(_ advance: SyncAdvance, sent: Outgoing) throws -> Received {
    var received = Received(next: advance.next, alarms: advance.alarms)
    received.itemsLeft = Int(clamping: advance.left ?? 0)
    do {
      try transaction { db in
        let (pulled, hasMore) = try apply(advance, isOfAll: sent.isOfAllStreams, in: db)
        received.pulledEntries = pulled
        // What a new stream has was not asked for yet.
        if hasMore, received.next == .complete { received.next = .again }
        received.pushedEntries = Int(
          advance.acknowledged.seq - min(sent.state.acknowledged.seq, advance.acknowledged.seq))
      }
    } catch let refusal as SyncRefusal {
      throw refusal
    } catch let error as IdentityError {
      _ = error
      throw SyncRefusal.inconsistent
    } catch let error as FormError {
      throw SyncRefusal.unusableForm(error.description)
    } catch let error as StoreError where error.code == .formRefused {
      throw SyncRefusal.unusableForm(error.description)
    } catch where StorageFault(error) == .damaged {
      // Not a full disk: what is written here no longer opens, and trying again would not help.
      throw error
    } catch {
      throw SyncRefusal.storage(String(describing: error))
    }
    return received
  }

  private func apply(
    _ advance: SyncAdvance, isOfAll: Bool, in db: Database
  ) throws -> (pulled: Int, hasMore: Bool) {
    let settings = SettingTable(db: db)
    try settings.set(SettingName.token, bytes: advance.token)
    switch advance.next {
    case .retryInFull: try settings.set(SettingName.sayInFull, 1)
    case .complete, .again: try settings.set(SettingName.sayInFull, nil as Int64?)
    default: break
    }
    let hasMore = try advance.membership.map { try apply($0, in: db) } ?? false
    switch advance.next {
    case .complete, .again, .revoked:
      try settings.set(SettingName.acknowledgedSeq, Int64(advance.acknowledged.seq))
      try settings.set(SettingName.acknowledgedHash, bytes: advance.acknowledged.hash.bytes)
    default: break
    }
    if advance.next == .complete || advance.next == .again {
      try gathered(advance, isAnswerToAll: isOfAll && !hasMore, in: db)
    }
    if let growth = advance.growth { try apply(growth, advance, in: db) }
    if advance.checkpoint != nil {
      // Receipts count once a signed checkpoint covers them, and their entries are acknowledged.
      let own = try ownLog(db).sql
      // Only what has no gap before it: a leaf for the fifth entry says nothing of the fourth.
      let known = try settings.integer(SettingName.receivedSeq) ?? 0
      let missing = try Int64.fetchOne(
        db.cachedStatement(
          sql: "SELECT min(seq) FROM entry WHERE origin IN \(own) AND seq > ? AND leaf IS NULL"),
        arguments: [known])
      let covered = min(missing.map { $0 - 1 } ?? .max, Int64(advance.acknowledged.seq))
      try settings.set(SettingName.receivedSeq, covered)
    }
    // Before the deliveries: what they say of an entry, the hub said after it judged the push.
    for held in advance.held { try note(held, in: db) }
    let pulled = try applyDeliveries(advance, in: db)
    for alarm in advance.alarms { try note(alarm, in: db) }
    return (pulled, hasMore)
  }

  private func apply(_ growth: GrowthCheck, _ advance: SyncAdvance, in db: Database) throws {
    let nodes = TreeNodeTable(db: db)
    try nodes.drop(growth.nodesToDrop)
    try nodes.store(growth.nodesToStore)
    let settings = SettingTable(db: db)
    try settings.set(SettingName.walkedSize, Int64(growth.frontier.end))
    try settings.set(SettingName.ownSubtrees, Int64(bitPattern: growth.ownSubtrees))
    let own = try ownLog(db).sql
    for placed in advance.placed {
      try db.cachedStatement(
        sql: "UPDATE entry SET leaf = seq - ? + ? WHERE origin IN \(own) AND seq BETWEEN ? AND ?"
      ).execute(arguments: [
        Int64(placed.seqs.lowerBound), Int64(placed.firstLeaf),
        Int64(placed.seqs.lowerBound), Int64(placed.seqs.upperBound),
      ])
    }
    if let checkpoint = advance.checkpoint {
      try settings.set(SettingName.checkpoint, bytes: checkpoint.bytes)
      try db.cachedStatement(
        sql: "INSERT OR REPLACE INTO checkpoint(hub_epoch, size, bytes) VALUES (?, ?, ?)"
      ).execute(arguments: [Int64(advance.hubEpoch), Int64(checkpoint.size), Data(checkpoint.bytes)])
    }
  }

  private func applyDeliveries(_ advance: SyncAdvance, in db: Database) throws -> Int {
    var touched: [RecordID] = []
    var moved: [RecordID] = []
    var seen: Set<RecordID> = []
    var stored: [RecordID: [Entry]] = [:]
    var pulled = 0
    let own = try ownLog(db).map(\.row)
    var places = try DeliveryPlaces(db, own: own, coded: CodedTables(self, db))
    func touch(_ record: RecordID) { if seen.insert(record).inserted { touched.append(record) } }
    var coming = try ComingRecords(db)
    for delivery in advance.deliveries {
      coming.pass(delivery)
      for item in delivery.items {
        switch item {
        case .statement(let bytes):
          // Records that waited for this form are judged again, here and by the hub, which has it.
          if let form = try accept(statement: bytes, in: db) {
            for record in try recordsHeld(of: form.name, in: db) {
              try noteForm(form.version, at: record, in: db)
              touch(record)
            }
          }
        case .own(let seq):
          if let record = try noteInScope(seq, own, in: db) { touch(record) }
        case .moved(let record): moved.append(record)
        case .entry(let entry, let index):
          if delivery.stream == .own, entry.envelope.kind.startsRecord {
            try noteOwn(entry.envelope.record, in: db)
          }
          let path = try advance.path(ofSeq: entry.envelope.seq, segment: index)
          guard
            try places.insert(entry, of: advance.segments[index], index: index, path: path)
          else { continue }
          pulled += 1
          for origin in try absorbKeys(entry, in: db) {
            for record in try recordsUnopened(createdBy: origin, in: db) { touch(record) }
          }
          if entry.envelope.kind == .assign { try absorbAssignment(entry, in: db) }
          if !entry.envelope.form.hasPrefix(SystemForm.prefix) {
            touch(entry.envelope.record)
            stored[entry.envelope.record, default: []].append(entry)
          }
        }
      }
    }
    let index = RecordIndex(self, db)
    try index.refresh(touched, stored: stored)
    try index.finish()
    // Only now does the row say where the record went, with the move that came beside the tombstone.
    for record in moved where !coming.contains(record) { try forget(record, in: db) }
    try coming.store(db)
    for stream in advance.streams {
      // One that the membership beside it took away is not there any more.
      try db.cachedStatement(
        sql: "UPDATE stream SET count = ?, hash = ?, epoch = ? WHERE name = ?"
      ).execute(arguments: [
        Int64(stream.position.count), Data(stream.position.hash.bytes), Int64(stream.epoch),
        stream.name.text,
      ])
    }
    return pulled
  }

  private func recordsHeld(of form: String, in db: Database) throws -> [RecordID] {
    try Data.fetchAll(
      db.cachedStatement(sql: "SELECT record FROM record WHERE form = ? AND held IS NOT NULL"),
      arguments: [form]
    ).compactMap { RecordID(Array($0)) }
  }

  /// What the hub said of an own entry (sync §4).
  private func note(_ held: SyncResponse.Held, in db: Database) throws {
    let own = try ownLog(db).sql
    try db.execute(
      sql: "UPDATE entry SET held = ? WHERE origin IN \(own) AND seq = ?",
      arguments: [held.reason, Int64(held.seq)])
    let record = try Data.fetchOne(
      db.cachedStatement(sql: "SELECT record FROM entry WHERE origin IN \(own) AND seq = ?"),
      arguments: [Int64(held.seq)])
    try db.execute(
      sql: "UPDATE record SET held = ?2 WHERE \(BytePrefix.equals("record"))",
      arguments: [record, held.reason])
  }

  /// The hub has this version of a record's form: it judged again what it held back for want of it,
  /// and so does this device, by the same function (sync §4).
  private func noteForm(_ version: UInt64, at record: RecordID, in db: Database) throws {
    let rows = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT id, \(EntryTable.columns) FROM entry
          WHERE \(BytePrefix.equals("record")) AND held = ?
          """), arguments: [Data(record.bytes), EntryCheck.formUnknown])
    let coded = CodedTables(self, db)
    for row in rows
    where try EntryTable.entry(row, coded: coded, limits: limits).envelope.formVersion == version {
      try db.cachedStatement(sql: "UPDATE entry SET held = NULL WHERE id = ?")
        .execute(arguments: [row["id"] as Int64])
    }
  }

  /// What is out of scope is delivered to nobody, so an own entry that comes is in it (sync §4).
  ///
  /// - Returns: the record of an entry that this device knew as out of scope.
  private func noteInScope(_ seq: UInt64, _ own: [Int64], in db: Database) throws -> RecordID? {
    for row in own {
      try db.cachedStatement(
        sql: "UPDATE entry SET held = NULL WHERE origin = ? AND seq = ? AND held = ?"
      ).execute(arguments: [row, Int64(seq), EntryCheck.scope])
      guard db.changesCount > 0 else { continue }
      return try Data.fetchOne(
        db.cachedStatement(sql: "SELECT record FROM entry WHERE origin = ? AND seq = ?"),
        arguments: [row, Int64(seq)]
      ).flatMap { RecordID(Array($0)) }
    }
    return nil
  }

  private func recordsUnopened(createdBy origin: OriginID, in db: Database) throws -> [RecordID] {
    try Data.fetchAll(
      db.cachedStatement(sql: "SELECT record FROM record WHERE creator = ? AND unopened > 0"),
      arguments: [Data(origin.bytes)]
    ).compactMap { RecordID(Array($0)) }
  }

  /// Takes a statement if the authority signed it and nothing newer is known (identity §3).
  ///
  /// - Returns: the form that whoever brought it has by it, known here or not.
  @discardableResult
  func accept(
    statement bytes: [UInt8], in db: Database
  ) throws -> (name: String, version: UInt64)? {
    let signed = try SignedStatement(
      encoded: bytes, programme: programme, verifier: environment.surroundings.signatures,
      limits: limits)
    var form: FormStatement?
    if case .form(let body) = signed.statement.body { form = body }
    let version = signed.statement.version
    let leaf = Hash.sha256(domain: "yarrow.statement-leaf/1", bytes)
    let known = try Int64.fetchOne(
      db.cachedStatement(
        sql: "SELECT id FROM statement WHERE leaf_hash = ?"), arguments: [Data(leaf.bytes)])
    if known == nil {
      var book = try book(db)
      switch try book.accept(signed) {
      case .accepted:
        if let form { try acceptForm(form, version: version, in: db) }
        try StatementTable.insert(signed, in: db)
      case .known: break
      case .older, .contradicts: throw SyncRefusal.olderStatement
      }
    }
    return form.map { ($0.name, version) }
  }

  /// Between versions of a form a class only rises (forms §4.4).
  private func acceptForm(
    _ statement: FormStatement, version: UInt64, in db: Database
  ) throws {
    guard let old = try catalog(db).readable(statement.name) else { return }
    let new = try ShippedForms.parse(
      name: statement.name, statement: statement.yaml, lists: try ShippedForms.lists())
    guard UInt64(old.version) < version else { return }
    guard new.upgradeViolations(from: old).isEmpty else { throw SyncRefusal.loosenedForm }
  }

  /// - Returns: whether there are streams now that were not asked for before.
  @discardableResult
  func apply(_ membership: Membership, in db: Database) throws -> Bool {
    let settings = SettingTable(db: db)
    try settings.set(SettingName.membershipVersion, Int64(membership.version))
    try settings.set(SettingName.role, membership.role.name)
    try settings.set(SettingName.areas, membership.areas.areaSetting)
    try settings.set(SettingName.programmeAreas, membership.programmeAreas.areaSetting)
    if HubAddress(membership.url) != nil { try settings.set(SettingName.url, membership.url) }
    let wanted = Set(membership.streams.map(\.text))
    for name in try String.fetchAll(db.cachedStatement(sql: "SELECT name FROM stream")) where !wanted.contains(name) {
      try db.execute(sql: "DELETE FROM stream WHERE name = ?", arguments: [name])
    }
    var added = 0
    for name in wanted {
      try db.cachedStatement(
        sql: "INSERT INTO stream(name, count, hash, epoch) VALUES (?, 0, ?, 0) ON CONFLICT DO NOTHING"
      ).execute(arguments: [name, Data(Digest32.zero.bytes)])
      added += db.changesCount
    }
    // What a liaison reads is what it wrote.
    if added > 0, membership.role != .liaison { try beginGathering(in: db) }
    return added > 0
  }

  /// A record whose beginning comes as the device's own was created by, or assigned to, it or one
  /// who went on from the same origin (sync §3.1, §8.3); who those are it does not know.
  private func noteOwn(_ record: RecordID, in db: Database) throws {
    var statement = try BoundStatement(
      db, "INSERT INTO own_record(record) VALUES (?) ON CONFLICT DO NOTHING")
    statement.bind(record)
    try statement.run()
  }

  private func isOwn(_ record: RecordID, in db: Database) throws -> Bool {
    var statement = try BoundStatement(db, "SELECT 1 FROM own_record WHERE record = ?")
    statement.bind(record)
    return try statement.hasRow()
  }

  /// A record left an area of this replica: what it holds of it goes, unless another of its areas has
  /// it now, or it is its own (sync §3.4).
  private func forget(_ record: RecordID, in db: Database) throws {
    guard let loaded = try loadIfHeld(record, db) else { return }
    let areas = try SettingTable(db: db).text(SettingName.areas)?.areaCodes ?? []
    let own = ownOrigins
    guard !(loaded.state.area.map(areas.contains) ?? false),
      !loaded.state.assignees.contains(where: own.contains),
      // What this device wrote in stays, and stays in sight: no hub can take it away.
      !loaded.entries.contains(where: { own.contains($0.envelope.origin) }),
      try !isOwn(record, in: db)
    else { return }
    try db.execute(
      sql: "DELETE FROM entry WHERE \(BytePrefix.equals("record"))", arguments: [Data(record.bytes)])
    try db.execute(sql: "DELETE FROM attachment WHERE record = ?", arguments: [Data(record.bytes)])
    let index = RecordIndex(self, db)
    try index.remove(loaded)
    try index.finish()
  }

  /// The authority says that the hub was restored or moved: everything is asked for and proven
  /// again under the new epoch (hub-log §8).
  func adopt(_ statement: [UInt8], epoch: UInt64) throws -> Received {
    let signed = try SignedStatement(
      encoded: statement, programme: programme, verifier: environment.surroundings.signatures,
      limits: limits)
    guard case .hub(let hub) = signed.statement.body, signed.statement.version == epoch else {
      throw SyncRefusal.inconsistent
    }
    try transaction { db in
      let known = UInt64(try SettingTable(db: db).integer(SettingName.hubEpoch) ?? 0)
      guard epoch > known else { throw SyncRefusal.alarm(.epochWentBack(from: known, to: epoch)) }
      try adopt(hub, signed, from: known, in: db)
    }
    var received = Received(next: .again)
    received.newHubEpoch = epoch
    return received
  }

  /// What was proven under the old epoch has to be proven again (hub-log §8).
  func adopt(
    _ hub: HubStatement, _ signed: SignedStatement, from known: UInt64, in db: Database
  ) throws {
    let settings = SettingTable(db: db)
    let epoch = signed.statement.version
    try StatementTable.insert(signed, in: db)
    try settings.set(SettingName.hubEpoch, Int64(epoch))
    try settings.set(SettingName.hubKey, bytes: hub.logKey.bytes)
    try settings.set(SettingName.tlsPin, bytes: hub.tlsPin.bytes)
    try settings.set(SettingName.walkedSize, 0)
    try settings.set(SettingName.ownSubtrees, 0)
    try settings.set(SettingName.checkpoint, bytes: nil)
    // Below zero: what the hub holds of this log is not known.
    try settings.set(SettingName.acknowledgedSeq, -1)
    try settings.set(SettingName.acknowledgedHash, bytes: nil)
    try settings.set(SettingName.receivedSeq, 0)
    try TreeNodeTable(db: db).clear()
    try db.execute(sql: "UPDATE entry SET leaf = NULL WHERE leaf IS NOT NULL")
    try db.execute(
      sql: "INSERT INTO alarm(code, at, detail) VALUES ('hub-restored', ?, ?)",
      arguments: [environment.now(), "epoch \(known) to \(epoch), log size \(hub.lastSize)"])
  }

  func note(_ alarm: SyncAlarm, evidence: [UInt8]? = nil, in db: Database) throws {
    try db.execute(
      sql: "INSERT INTO alarm(code, at, detail, evidence) VALUES (?, ?, ?, ?)",
      arguments: [
        alarm.code, environment.now(), String(describing: alarm), evidence.map { Data($0) },
      ])
  }
}
