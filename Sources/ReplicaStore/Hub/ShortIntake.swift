internal import Foundation
internal import GRDB
internal import Identity
internal import SyncCore
internal import SyncWire
internal import Synchronization

/// Requests that say what a device knows by one digest (sync §2.3, wire-format §2.3).
extension HubStore {
  /// A short request as the full one that it stands for.
  private struct Recognised {
    var request: SyncRequest
    /// At the tree size of the request.
    var root: Digest32
    /// The device's log as it named it.
    var named: LogHead
  }

  /// A hub that knows otherwise says so to nobody in particular: ask in full, without a push.
  static let unknownState = Intake.refused(status: 409)

  func intakeShort(_ message: [UInt8]) throws -> Intake {
    guard let device = try member(message) else { return .refused(status: 403) }
    let frame = try MessageFrame(message, expecting: .shortRequest, limits: limits)
    try frame.expectNothingElse(from: device.origin)
    guard let state = frame.head.state, let digest = frame.head.digest else {
      return .refused(status: 400)
    }
    let hash = Hash.sha256(message)
    let recognised = isRecovering ? nil : try recognise(state, digest, from: device)
    let zero = Bytes16(high: 0, low: 0)
    let named = recognised.map { NamedHead($0.request) } ?? NamedHead(seq: 0, hash: zero)
    let (head, row) = try log(of: device, at: named)
    func answer(_ response: SyncResponse) throws -> Intake {
      .answer(try sign(response, claimed: recognised?.named, answering: hash))
    }
    if isRecovering { return try answer(plain(.recovering, device, head)) }
    guard state.hubEpoch == hubEpoch else { return try answer(otherEpoch(device, head)) }
    guard let recognised else { return try answer(plain(.sayInFull, device, head)) }
    return try proceed(
      recognised.request, claimed: recognised.named, from: device, at: (head, row),
      weight: message.count, hash)
  }

  /// The digest comes before the entries: only who has a token of this sender gets them read.
  func intakeShortPush(_ message: [UInt8], _ wait: (Bytes16, Int) -> Int?) throws -> Intake {
    let head = try MessageHead(message, expecting: [.shortPush], limits: limits)
    guard let sender = head.sender, let state = head.state, let digest = head.digest,
      let device = try db.snapshot({ try device(sender: sender, in: $0) }), !isRecovering,
      let recognised = try recognise(state, digest, from: device)
    else { return Self.unknownState }
    if let busy = try busy(message, device, wait) { return busy }
    let reads = AskedReads()
    let push = try reads.telling {
      try MessageFrame(head, limits: limits).shortPush(
        pushContext(of: device, reads), root: recognised.root, limits: limits)
    }
    guard let judged = try judged(push, device) else { return .refused(status: 403) }
    var request = recognised.request
    request.push = push
    return try proceed(
      request, judged, claimed: push.end, from: device, at: log(of: device, at: NamedHead(request)),
      weight: message.count, Hash.sha256(message))
  }

  /// Nil when the digest is not what this hub computes from what it knows, with any token that
  /// serves.
  private func recognise(
    _ state: ShortState, _ digest: Bytes16, from device: HubDevice
  ) throws -> Recognised? {
    let (epoch, checkpoint) = live.withLock { ($0.hubEpoch, $0.checkpoint) }
    guard state.hubEpoch == epoch else { return nil }
    let known = try db.snapshot { db -> (hashes: StateHashes, streams: [StreamName])? in
      let membership = try membership(device, in: db)
      let streams = membership.streams.sorted()
      guard membership.version == state.membershipVersion, streams.count == state.counts.count,
        let root = try root(at: state.treeSize, newest: checkpoint, in: db),
        let head = try hash(at: state.headSeq, of: device.origin, in: db)
      else { return nil }
      var hashes = StateHashes(token: [], root: root, head: head, streams: [])
      for (stream, count) in zip(streams, state.counts) {
        guard let hash = try hash(of: stream, at: count, device, in: db) else { return nil }
        hashes.streams.append(hash)
      }
      return (hashes, streams)
    }
    guard let (known, streams) = known else { return nil }
    var hashes = known
    let window = HubToken.window(at: now())
    for window in [window, window &- 1] where window < .max {
      hashes.token = keys.tokens.token(for: device.origin, window: window).bytes.bytes
      let computed = hashes.digest(of: state)
      // In constant time, since the token is what nobody else should find out.
      guard (computed.high ^ digest.high) | (computed.low ^ digest.low) == 0 else { continue }
      let request = SyncRequest(
        origin: device.origin, hubEpoch: state.hubEpoch, token: hashes.token,
        membershipVersion: state.membershipVersion, treeSize: state.treeSize,
        treeRoot: Bytes16(prefixOf: hashes.root), headSeq: state.headSeq,
        headHash: Bytes16(prefixOf: hashes.head),
        streams: zip(streams, zip(state.counts, hashes.streams)).map {
          .init(stream: $0, count: $1.0, hash: Bytes16(prefixOf: $1.1))
        }, byteBudget: state.budgetUnits * ShortState.budgetUnit, push: nil)
      return Recognised(
        request: request, root: hashes.root,
        named: state.headSeq == 0 ? .empty : LogHead(seq: state.headSeq, hash: hashes.head))
    }
    return nil
  }

  private func root(
    at size: UInt64, newest: CheckpointSeal?, in db: Database
  ) throws -> Digest32? {
    if size == 0 { return .zero }
    guard let newest, size <= newest.size else { return nil }
    if size == newest.size { return newest.root }
    return try CompactRange(begin: 0, end: size, from: TreeNodeTable(db: db)).root
  }

  /// The hash at a seq of a log that has one branch; of several the device has to name its own.
  private func hash(at seq: UInt64, of origin: OriginID, in db: Database) throws -> EntryHash? {
    let rows = try OriginTable.rows(origin, in: db)
    guard rows.count <= 1 else { return nil }
    if seq == 0 { return .zero }
    guard let row = rows.first else { return nil }
    return try EntryTable.hashes(ofOriginRow: row, seqs: seq...seq, in: db)?.first
  }

  /// The running hash of a stream after so many items; nil when it has not so many.
  func hash(
    of stream: StreamName, at count: UInt64, _ device: HubDevice, in db: Database
  ) throws -> Digest32? {
    if count == 0 { return .zero }
    let hash = try Data.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT i.hash FROM stream_item i JOIN stream s ON s.id = i.stream
          WHERE s.name = ? AND i.position = ?
          """),
      arguments: [try storedName(of: stream, for: device, in: db), Int64(count) - 1])
    return hash.flatMap { Digest32(Array($0)) }
  }

  /// One `own` stream serves a device and those under whose name it went on before (sync §8.3).
  func storedName(
    of stream: StreamName, for device: HubDevice, in db: Database
  ) throws -> String {
    stream == .own
      ? HubWriter.ownStream(try firstOrigin(of: device.origin, in: db)) : stream.text
  }
}
