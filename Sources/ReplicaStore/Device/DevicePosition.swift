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
    let streams = try Row.fetchAll(db.cachedStatement(sql: "SELECT name, count, hash, epoch FROM stream")).map { row in
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

  /// Hashes of the device's own entries; nil when it has none such.
  package func ownHashes(_ seqs: ClosedRange<UInt64>) throws -> [EntryHash]? {
    try read { db in
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
      /// To a hub in recovery: entries that it lacks, for which it proves nothing yet (sync §2.7).
      case recovery
      case succession
    }
    package let kind: Kind
    package let bytes: [UInt8]
    package let state: DeviceState
    /// What a sync or a hand-over asks; nil for a succession.
    package var request: SyncRequest?
    package var succession: Succession?
    /// Whether it asks for all streams that this home pulls. Of a bundle only the last request does, and
    /// one that comes back late may not have known of all.
    var isOfAllStreams = true
    /// What it says it knows stands in it as a digest, which a hub may not be able to compute.
    package var isShort = false

    /// What an answer leaves out because this asked for it.
    func context(_ programme: ProgrammeID) -> ResponseContext {
      ResponseContext(
        programme: programme, hubEpoch: state.hubEpoch, answering: Hash.sha256(bytes),
        claimed: request?.push?.end ?? state.acknowledged)
    }
  }

  /// Makes the next request. Entries that go out are marked as offered first, durably.
  ///
  /// - Parameters:
  ///   - asksOnly: pushes nothing: what the hub has of an earlier push is not known.
  ///   - prepared: what goes out, if it still is what goes out next.
  package func nextRequest(
    byteBudget: UInt64, pushBytesMax: Int, asksOnly: Bool = false, prepared: PreparedPush? = nil
  ) throws -> Outgoing {
    if let closing = try nextClosingRequest(bytesMax: pushBytesMax) { return closing }
    let state = try deviceState()
    let (known, isInFull, firstOut) = try read { db in
      let settings = SettingTable(db: db)
      let known = try settings.integer(SettingName.acknowledgedSeq) ?? 0
      return (
        known, try settings.integer(SettingName.sayInFull) == 1,
        try lastWithdrawal(after: max(0, known), db) ?? 0
      )
    }
    // While a withdrawal waits, the line is for what goes out (sync §3.5).
    func wanted(_ last: UInt64?) -> UInt64 { firstOut > last ?? state.acknowledged.seq ? 0 : byteBudget }
    // After a new hub epoch the hub is asked first what it still has.
    let pushBytesMax = known < 0 || asksOnly ? nil : pushBytesMax
    if isInFull {
      let push = try pushBytesMax.flatMap {
        try nextPush(state, after: state.acknowledged.seq, bytesMax: $0)
      }
      let request = state.request(
        push: push, byteBudget: wanted(push?.entries.last?.envelope.seq))
      let references = try references(of: push?.entries ?? [], upTo: state.acknowledged.seq)
      return Outgoing(
        kind: .sync, bytes: signed(request, referring: references), state: state, request: request)
    }
    guard let pushBytesMax else {
      return try shortRequest(state, pushing: nil, byteBudget: wanted(nil))
    }
    let tree = (state.frontier.end, state.frontier.root ?? .zero)
    if let body = prepared?.body(from: state, tree: tree, bytesMax: pushBytesMax),
      try offer(body.entries)
    {
      return try shortRequest(
        state, pushing: body, byteBudget: wanted(body.entries.last?.envelope.seq))
    }
    let entries = try nextEntries(state, after: state.acknowledged.seq, bytesMax: pushBytesMax)
    let body = ShortPushBody(
      entries, sharing: tree, referring: try references(of: entries, upTo: state.acknowledged.seq))
    return try shortRequest(
      state, pushing: body, byteBudget: wanted(entries.last?.envelope.seq))
  }

  /// A request for what comes after an answer that is still to be applied.
  ///
  /// - Parameter state: what the device will know by then.
  package func request(from state: DeviceState, byteBudget: UInt64) throws -> Outgoing {
    try shortRequest(state, pushing: nil, byteBudget: byteBudget)
  }

  /// The bytes of a full request.
  func signed(_ request: SyncRequest, referring references: References = .none) -> [UInt8] {
    MessageSigning.sign(
      MessageFrame.encode(request, referring: references), by: signer, programme: programme.id)
  }

  /// Says by one digest what this device knows (wire-format §2.3).
  private func shortRequest(
    _ state: DeviceState, pushing body: ShortPushBody?, byteBudget: UInt64
  ) throws -> Outgoing {
    let entries = body?.entries ?? []
    var push = entries.isEmpty ? nil : Push(entries: entries, signature: [])
    let unsigned = MessageFrame.encode(
      state.shortRequest(push: push, byteBudget: byteBudget), body)
    let bytes: [UInt8]
    if let first = entries.first {
      // One signature speaks for the segment and for the message that brings it.
      let context = MessageFrame.signedHash(
        programme: programme.id, answering: .zero, message: unsigned)
      guard
        let segment = Segment(
          covering: entries.map(\.hash), first: first.envelope.seq, programme: programme.id,
          origin: identity.origin, context: context)
      else { preconditionFailure("a segment of at least one entry") }
      let signature = signer.signature(over: segment).bytes
      push = Push(entries: entries, signature: signature, context: context)
      bytes = unsigned + signature
    } else {
      bytes = MessageSigning.sign(unsigned, by: signer, programme: programme.id)
    }
    return Outgoing(
      kind: .sync, bytes: bytes, state: state,
      request: state.request(push: push, byteBudget: byteBudget), isShort: true)
  }

  /// The hub could not make anything of a message. A short one is asked again in full.
  ///
  /// - Returns: false for any other message: there is nothing more to say.
  package func sayInFull(after sent: Outgoing) throws -> Bool {
    guard sent.isShort else { return false }
    try db.write { try SettingTable(db: $0).set(SettingName.sayInFull, 1) }
    return true
  }

  /// The next entries under a signed segment, for a full request.
  func nextPush(_ state: DeviceState, after: UInt64, bytesMax: Int) throws -> Push? {
    let entries = try nextEntries(state, after: after, bytesMax: bytesMax)
    guard let first = entries.first,
      let segment = Segment(
        covering: entries.map(\.hash), first: first.envelope.seq, programme: programme.id,
        origin: identity.origin)
    else { return nil }
    return Push(entries: entries, signature: signer.signature(over: segment).bytes)
  }

  /// Entries that go out next, marked as offered.
  private func nextEntries(
    _ state: DeviceState, after: UInt64, bytesMax: Int
  ) throws -> [Entry] {
    guard state.head.seq > after else { return [] }
    let entries = try unsent(after: after, bytesMax: bytesMax)
    guard try offer(entries) else {
      throw StoreError(.busy, "The log changed while it was read; sync again.")
    }
    return entries
  }

  /// Entries behind a place in the device's own log, as many as an exchange of so many bytes takes.
  func unsent(after: UInt64, bytesMax: Int) throws -> [Entry] {
    try read { db in
      guard let own = try OriginTable.row(identity.origin, in: db) else { return [] }
      var picked: [Entry] = []
      var bytes = 0
      let rows = try Row.fetchCursor(
        db.cachedStatement(
          sql: """
            SELECT \(EntryTable.columns) FROM entry WHERE origin = ? AND seq > ? ORDER BY seq LIMIT ?
            """), arguments: [own, Int64(after), limits.entriesPerPushMax])
      let coded = CodedTables(self, db)
      while let row = try rows.next() {
        let entry = try EntryTable.entry(row, coded: coded, limits: limits)
        bytes += entry.wireBytesEstimate
        if !picked.isEmpty, bytes > bytesMax { break }
        picked.append(entry)
      }
      return picked
    }
  }

  /// Marks entries as offered, durably, before they go out.
  ///
  /// - Returns: false when they have been taken back meanwhile.
  private func offer(_ entries: [Entry]) throws -> Bool {
    guard let last = entries.last else { return true }
    // Sent again, as after an answer that was lost: nothing to write.
    let known = try read { try SettingTable(db: $0).integer(SettingName.offeredSeq) } ?? 0
    guard known < Int64(last.envelope.seq) else { return true }
    return try db.write { db in
      let settings = SettingTable(db: db)
      let seq = last.envelope.seq
      guard try settings.integer(SettingName.offeredSeq) ?? 0 < Int64(seq) else { return true }
      guard
        try EntryTable.hashes(ofOriginRow: try ownRow(db), seqs: seq...seq, in: db) == [last.hash]
      else { return false }
      try settings.set(SettingName.offeredSeq, Int64(seq))
      return true
    }
  }
}

extension Replica {
  /// Bytes in a second that the line to the hub moved last; nil before the first sync.
  package func lineRate() throws -> Int? {
    try read { try SettingTable(db: $0).integer(SettingName.lineRate) }.map { Int($0) }
  }

  package func keep(lineRate rate: Int) throws {
    // About the same is not worth a commit.
    if let known = try lineRate(), (known / 2...known * 2).contains(rate) { return }
    try db.write { try SettingTable(db: $0).set(SettingName.lineRate, Int64(rate)) }
  }
}

extension Entry {
  /// About what the entry takes in a batch, whose clear parts shrink to a fourth or less.
  package var wireBytesEstimate: Int {
    24 + (operational.count + (coded.bytes?.count ?? 0)) / 4 + (sensitive.bytes?.count ?? 0)
      + (identity.bytes?.count ?? 0)
  }
}
