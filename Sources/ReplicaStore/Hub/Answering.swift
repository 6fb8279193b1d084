internal import Foundation
internal import GRDB
internal import Identity
internal import SyncCore
internal import SyncWire
internal import Synchronization

/// The answer to an exchange whose work was committed (sync §2.3).
extension HubStore {
  /// The answer as long as it may be.
  package func answer(_ exchange: PreparedExchange) throws -> [UInt8] {
    try layOut(exchange, room: .whole).bytes
  }

  /// Lays out and signs the answer.
  package func layOut(_ exchange: PreparedExchange, room: AnswerRoom) throws -> LaidOutAnswer {
    if let joined = exchange.joined.withLock({ $0 }) {
      return LaidOutAnswer(sign(MessageFrame.encode(joined), answering: exchange.requestHash))
    }
    if let succeeded = exchange.succeeded.withLock({ $0 }) {
      return LaidOutAnswer(sign(MessageFrame.encode(succeeded), answering: exchange.requestHash))
    }
    if let uploaded = exchange.uploaded.withLock({ $0 }) {
      return LaidOutAnswer(
        sign(MessageFrame.encode(try readBack(uploaded)), answering: exchange.requestHash))
    }
    guard let request = exchange.request else { throw Self.notReached }
    let response = try response(to: request, in: exchange, room: room)
    return LaidOutAnswer(
      try sign(response, claimed: exchange.claimed, answering: exchange.requestHash),
      isCut: room.cuts(response, to: request, limits: limits))
  }

  private static var notReached: StoreError {
    StoreError(.busy, "The hub did not get to this exchange; send it again.")
  }

  /// What is said to a device after its exchange was committed.
  ///
  /// - Parameter request: the exchange's own; or, of one that was carried, as it would be after the
  ///   answers before this one (bundle §4).
  func response(
    to request: SyncRequest, in exchange: PreparedExchange, room: AnswerRoom = .whole
  ) throws -> SyncResponse {
    guard let device = exchange.device, let accepted = exchange.accepted.withLock({ $0 }) else {
      throw Self.notReached
    }
    var response = plain(.done, device, accepted.head)
    response.held = accepted.held
    response.isClosed = device.isClosed || accepted.isFork
    if response.token == request.token { response.token = [] }
    if isRecovering {
      response.status = .recovering
    } else if device.isRevoked {
      response.status = .revoked
    } else {
      let (checkpoint, epoch) = live.withLock { ($0.checkpoint, $0.hubEpoch) }
      response.hubEpoch = epoch
      try db.snapshot { db in
        let membership = try membership(device, in: db)
        let log = try accepted.row.map { try OriginTable.lineage(of: $0, in: db) } ?? []
        if membership.version != request.membershipVersion { response.membership = membership }
        if let checkpoint {
          try grow(
            &response, from: request.treeSize, root: request.treeRoot, to: checkpoint, log, room, db)
        }
        try deliver(&response, request, membership, device, log, room, db)
      }
    }
    return response
  }

  // MARK: Growth of the log

  private func grow(
    _ response: inout SyncResponse, from: UInt64, root: Bytes16, to checkpoint: CheckpointSeal,
    _ log: [(row: Int64, last: Int64)], _ room: AnswerRoom, _ db: Database
  ) throws {
    // A device that has walked further than this hub has seen another history: it will say so.
    guard from < checkpoint.size else {
      if from > checkpoint.size || root != Bytes16(prefixOf: checkpoint.root) {
        response.tree = claim(checkpoint.size, checkpoint.root)
      }
      return
    }
    // Another root at an earlier size shows itself: the growth does not arrive at the signed root.
    let nodes = TreeNodeTable(db: db)
    let (ends, ofLog) = ([Int64(from), Int64(checkpoint.size)], "AND leaf >= ? AND leaf < ? ORDER BY leaf")
    let columns = "SELECT origin, seq, leaf FROM entry"
    // Nearly every log lies in one row. The lists of others would each stay prepared.
    let rows =
      if log.count == 1 {
        try Row.fetchCursor(
          db.cachedStatement(sql: "\(columns) WHERE origin = ? \(ofLog)"),
          arguments: StatementArguments([log[0].row] + ends))
      } else {
        try Row.fetchCursor(
          db, sql: "\(columns) WHERE origin IN \(log.sql) \(ofLog)", arguments: StatementArguments(ends))
      }
    var position = from
    var bytes = 0
    // What is left for deliveries; a longer growth ends at a checkpoint of an earlier size.
    let bytesMax = min(limits.messageBytesMax, room.bytes) / 2
    func foreign(to end: UInt64) throws {
      guard position < end else { return }
      let range = try CompactRange(begin: position, end: end, from: nodes)
      response.growth.append(.foreign(end: end, hashes: range.hashes))
      bytes += 32 * range.hashes.count
      position = end
    }
    var run: (first: UInt64, count: UInt64)?
    func flush() {
      if let run { response.growth.append(.own(firstSeq: run.first, count: run.count)) }
      run = nil
    }
    while let row = try rows.next() {
      let leaf = UInt64(row["leaf"] as Int64)
      let seq = UInt64(row["seq"] as Int64)
      // Beyond the place at which this log leaves another: of somebody else.
      guard log.contains(row["origin"], seq: row["seq"]) else { continue }
      if leaf != position || run.map({ $0.first + $0.count != seq }) ?? false {
        flush()
        if response.growth.count + 3 > limits.growthPiecesMax || bytes > bytesMax {
          return try endEarly(&response, at: position, nodes)
        }
        try foreign(to: leaf)
      }
      run = (run?.first ?? seq, (run?.count ?? 0) + 1)
      position += 1
    }
    flush()
    try foreign(to: checkpoint.size)
    response.tree = claim(checkpoint.size, checkpoint.root)
  }

  private func claim(_ size: UInt64, _ root: Digest32) -> TreeClaim {
    TreeClaim(size: size, time: UInt64(max(0, now())), root: root)
  }

  /// Ends a growth at a size that the tree had: a prefix of it, signed for this device (sync §6).
  private func endEarly(
    _ response: inout SyncResponse, at size: UInt64, _ nodes: TreeNodeTable
  ) throws {
    guard let root = try CompactRange(begin: 0, end: size, from: nodes).root else { return }
    response.tree = claim(size, root)
    response.more = true
  }

  // MARK: Streams

  /// The items of a stream from a position on, with what they deliver.
  private static let itemsFrom = """
    SELECT i.kind, i.record AS moved, s.bytes AS statement, e.id AS entry_id, e.seq,
      e.segment, e.origin AS entry_origin, \(EntryTable.columns.prefixed("e"))
    FROM stream_item i LEFT JOIN entry e ON e.id = i.entry
      LEFT JOIN statement s ON s.id = i.statement
    WHERE i.stream = ? AND i.position >= ? ORDER BY i.position
    """

  private func deliver(
    _ response: inout SyncResponse, _ request: SyncRequest, _ membership: Membership,
    _ device: HubDevice, _ log: [(row: Int64, last: Int64)], _ room: AnswerRoom, _ db: Database
  ) throws {
    let allowed = Set(membership.streams)
    var budget = Budget(
      bytes: min(room.bytes, AnswerRoom.asked(by: request, limits: limits))
        - response.growth.reduce(1_024) { $0 + $1.bytesEstimate }, items: limits.deliveriesPerResponseMax,
      // Who asks for nothing is given nothing: the line is wanted for something else.
      started: request.byteBudget == 0)
    var segments = SegmentPacker(keys.programme.id)
    let streams = try pending(request, allowed, device, in: db)
    for stream in try DeliveryOrder.sorted(streams, in: db) {
      let (position, id, from, count) = (stream.position, stream.row, stream.from, stream.count)
      var delivery = Delivery(stream: position.stream, from: from, items: [])
      if from < count {
        let rows = try Row.fetchCursor(
          db.cachedStatement(sql: Self.itemsFrom), arguments: [id, Int64(from)])
        while let row = try rows.next() {
          guard let item = try item(row, log, &segments, &budget, in: db) else {
            break
          }
          delivery.items.append(item)
        }
      }
      if from != position.count || !delivery.items.isEmpty { response.deliveries.append(delivery) }
      if budget.isSpent { break }
    }
    let told = response.deliveries.reduce(0) { $0 + UInt64($1.items.count) }
    let total = streams.reduce(0) { $0 + ($1.count - min($1.from, $1.count)) }
    if total > told { response.left = total - told }
    response.segments = try segments.finished(in: db)
  }

  /// The streams that were asked for and may be had, each from where the device is.
  private func pending(
    _ request: SyncRequest, _ allowed: Set<StreamName>, _ device: HubDevice, in db: Database
  ) throws -> [PendingStream] {
    try request.streams.filter { allowed.contains($0.stream) }.compactMap { position in
      let name = try storedName(of: position.stream, for: device, in: db)
      let stream = try Row.fetchOne(
        db.cachedStatement(sql: "SELECT id, count FROM stream WHERE name = ?"), arguments: [name])
      guard let stream else {
        // A hub that was put back may not have begun a list that the device has seen.
        return position.count == 0
          ? nil : PendingStream(position: position, row: nil, from: 0, count: 0)
      }
      let id = stream["id"] as Int64
      return PendingStream(
        position: position, row: id,
        from: try isKnown(position, stream: id, in: db) ? position.count : 0,
        count: UInt64(stream["count"] as Int64))
    }
  }

  /// Where a stream stands after so many items.
  func position(
    _ stream: StreamName, after count: UInt64, of device: HubDevice
  ) throws -> SyncRequest.Position? {
    try db.snapshot { try hash(of: stream, at: count, device, in: $0) }.map {
      SyncRequest.Position(stream: stream, count: count, hash: Bytes16(prefixOf: $0))
    }
  }

  private func isKnown(
    _ position: SyncRequest.Position, stream: Int64, in db: Database
  ) throws -> Bool {
    if position.count == 0 { return true }
    let hash = try Data.fetchOne(
      db.cachedStatement(sql: "SELECT hash FROM stream_item WHERE stream = ? AND position = ?"),
      arguments: [stream, Int64(position.count) - 1])
    return hash.flatMap { Bytes16($0.prefix(16)) } == position.hash
  }

  private struct Budget {
    var bytes: Int
    var items: Int
    var started: Bool

    var isSpent: Bool { items <= 0 || bytes <= 0 }

    /// Whether an item of this size still goes; the first always does.
    mutating func take(_ size: Int) -> Bool {
      guard items > 0, !started || bytes >= size else {
        bytes = 0
        return false
      }
      started = true
      bytes -= size
      items -= 1
      return true
    }
  }

  private func item(
    _ row: Row, _ log: [(row: Int64, last: Int64)], _ segments: inout SegmentPacker, _ budget: inout Budget,
    in db: Database
  ) throws -> Delivery.Item? {
    switch row["kind"] as Int {
    case 2:
      guard budget.take(20), let record = RecordID(Array(row["moved"] as Data)) else { return nil }
      return .moved(record)
    case 3:
      let bytes = Array(row["statement"] as Data)
      guard budget.take(bytes.count + 8) else { return nil }
      return .statement(bytes)
    default:
      let entry = try EntryTable.entry(row, coded: nil, limits: limits)
      guard !log.contains(row["entry_origin"], seq: row["seq"]) else {
        return budget.take(4) ? .own(seq: entry.envelope.seq) : nil
      }
      let segment = try segments.add(entry, ofSegment: row["segment"], in: db) { around in
        budget.take(entry.wireBytesEstimate + around)
      }
      return segment.map { .entry(entry, segment: $0) }
    }
  }
}

extension GrowthStep {
  /// About what it takes in an answer.
  fileprivate var bytesEstimate: Int {
    switch self {
    case .own: 12
    case .foreign(_, let hashes): 12 + hashes.count * 32
    }
  }
}

extension String {
  /// The columns of a list, each with a table's name in front.
  fileprivate func prefixed(_ table: String) -> String {
    split(separator: ",").map { "\(table).\($0.trimmingCharacters(in: .whitespaces))" }
      .joined(separator: ", ")
  }
}
