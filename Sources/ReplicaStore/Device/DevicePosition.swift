internal import Foundation
internal import GRDB
internal import Identity
package import SyncCore
internal import SyncWire

/// What the device knows of itself and its hub, read for one exchange (sync §2.1).
extension Replica {
  func checkpoint(_ db: Database) throws -> CheckpointSeal? {
    try SettingTable(db: db).bytes(SettingName.checkpoint).flatMap { CheckpointSeal(bytes: $0) }
  }

  func hubKey(_ db: Database) throws -> SigningPublicKey {
    guard let key = try SettingTable(db: db).bytes(SettingName.hubKey).flatMap({ SigningPublicKey($0) })
    else { throw StoreError(.noHome, "This home has not joined a programme yet.") }
    return key
  }

  package func verifier() throws -> HubVerifier {
    HubVerifier(
      programme: programme.id, hubKey: try read { try hubKey($0) },
      signatures: environment.surroundings.signatures)
  }

  /// The state from which the next request is made.
  package func deviceState() throws -> DeviceState {
    try read { try deviceState($0) }
  }

  func deviceState(_ db: Database) throws -> DeviceState {
    try refreshKeys(db)
    let settings = SettingTable(db: db)
    guard let token = try settings.bytes(SettingName.token) else {
      throw StoreError(.noHome, "This home has not joined yet; run join again with the invite.")
    }
    let own = try OriginTable.row(identity.origin, in: db)
    let head = try own.map { try EntryTable.head(ofOriginRow: $0, in: db) } ?? .empty
    let acknowledged = try settings.integer(SettingName.acknowledgedSeq) ?? 0
    let acknowledgedHash = try settings.bytes(SettingName.acknowledgedHash).flatMap { Digest32($0) }
    let walked = UInt64(try settings.integer(SettingName.walkedSize) ?? 0)
    let frontier = try CompactRange(begin: 0, end: walked, from: TreeNodeTable(db: db))
    let streams = try Row.fetchAll(db, sql: "SELECT name, count, hash, epoch FROM stream").map { row in
      DeviceState.Stream(
        name: StreamName(row["name"]),
        position: StreamPosition(
          count: UInt64(row["count"] as Int64),
          hash: Digest32(Array(row["hash"] as Data)) ?? .zero),
        epoch: UInt64(row["epoch"] as Int64))
    }.sorted { $0.name < $1.name }
    return DeviceState(
      programme: programme.id, origin: identity.origin,
      hubEpoch: UInt64(try settings.integer(SettingName.hubEpoch) ?? 1), token: token,
      membershipVersion: UInt64(try settings.integer(SettingName.membershipVersion) ?? 0),
      checkpoint: try checkpoint(db), frontier: frontier,
      ownSubtrees: UInt64(bitPattern: try settings.integer(SettingName.ownSubtrees) ?? 0),
      acknowledged: acknowledged > 0
        ? LogHead(seq: UInt64(acknowledged), hash: acknowledgedHash ?? .zero) : .empty,
      head: head, streams: streams)
  }

  /// Hashes of the device's own entries.
  package func ownHashes(_ seqs: ClosedRange<UInt64>) -> [EntryHash]? {
    try? read { db in
      guard let own = try OriginTable.row(identity.origin, in: db) else { return nil }
      return try EntryTable.hashes(ofOriginRow: own, seqs: seqs, in: db)
    }
  }

  /// The next message, signed; and what it was, to check the answer against.
  package struct Outgoing: Sendable {
    package enum Kind: Sendable, Hashable {
      case sync
      /// The old log of a closed origin, which wants no deliveries (sync §8.2).
      case handOver
      case succession
    }
    package let kind: Kind
    package let bytes: [UInt8]
    package let state: DeviceState
    /// What a sync or a hand-over asks; nil for a succession.
    package var request: SyncRequest?
    package var succession: Succession?
  }

  /// Makes the next request. Entries that go out are marked as offered first, durably.
  package func nextRequest(byteBudget: UInt64, pushBytesMax: Int) throws -> Outgoing {
    if let closing = try nextClosingRequest(bytesMax: pushBytesMax) { return closing }
    let state = try deviceState()
    let known = try read { try SettingTable(db: $0).integer(SettingName.acknowledgedSeq) ?? 0 }
    // After a new hub epoch the hub is asked first what it still has.
    let push = known < 0 ? nil : try nextPush(state, after: state.acknowledged.seq, bytesMax: pushBytesMax)
    let request = state.request(push: push, byteBudget: byteBudget)
    let bytes = MessageSigning.sign(
      MessageFrame.encode(request), by: signer, programme: programme.id)
    return Outgoing(kind: .sync, bytes: bytes, state: state, request: request)
  }

  func nextPush(_ state: DeviceState, after: UInt64, bytesMax: Int) throws -> Push? {
    guard state.head.seq > after else { return nil }
    let entries: [Entry] = try read { db in
      guard let own = try OriginTable.row(identity.origin, in: db) else { return [] }
      var picked: [Entry] = []
      var bytes = 0
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT \(EntryTable.columns) FROM entry WHERE origin = ? AND seq > ? ORDER BY seq LIMIT ?
          """, arguments: [own, Int64(after), limits.entriesPerPushMax])
      while let row = try rows.next() {
        let entry = try EntryTable.entry(row, limits: limits)
        bytes += entry.wireBytesEstimate
        if !picked.isEmpty, bytes > bytesMax { break }
        picked.append(entry)
      }
      return picked
    }
    guard let first = entries.first, let last = entries.last,
      let segment = Segment(
        covering: entries.map(\.hash), first: first.envelope.seq, programme: programme.id,
        origin: identity.origin)
    else { return nil }
    try db.write { db in
      let settings = SettingTable(db: db)
      let offered = try settings.integer(SettingName.offeredSeq) ?? 0
      if offered < Int64(last.envelope.seq) {
        // The entries may have been taken back in the meantime.
        let own = try ownRow(db)
        guard try EntryTable.hashes(ofOriginRow: own, seqs: last.envelope.seq...last.envelope.seq, in: db) == [last.hash]
        else { throw StoreError(.busy, "The log changed while it was read; sync again.") }
        try settings.set(SettingName.offeredSeq, Int64(last.envelope.seq))
      }
    }
    return Push(entries: entries, signature: signer.signature(over: segment).bytes)
  }
}

extension Entry {
  /// About what the entry takes before compression of its clear parts.
  package var wireBytesEstimate: Int {
    48 + operational.count + (coded.bytes?.count ?? 0) + (sensitive.bytes?.count ?? 0)
      + (identity.bytes?.count ?? 0)
  }
}
