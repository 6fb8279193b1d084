internal import Foundation
internal import GRDB
internal import Identity
internal import SyncCore
internal import SyncWire
internal import Synchronization

/// A device whose origin is closed goes on under new keys (sync §8.2).
extension HubStore {
  /// Most successors of one origin, so that stolen keys do not make an army.
  static let successorsMax = 16

  func intakeSuccession(_ message: [UInt8]) throws -> Intake {
    guard message.count <= 1_024 else { return .refused(status: 413) }
    guard let device = try member(message) else { return .refused(status: 403) }
    let frame = try MessageFrame(message, expecting: .successionRequest, limits: limits)
    let request = try frame.successionRequest(
      programme: keys.programme.id, origin: device.origin, limits: limits)
    let succession = request.succession
    guard let signing = SigningPublicKey(succession.signingKey),
      let opening = OpeningPublicKey(succession.openingKey), signing != device.signing,
      isSigned(succession, request.oldSignature, by: device.signing),
      isSigned(succession, request.newSignature, by: signing)
    else { return .refused(status: 400) }
    let successor = DevicePublicIdentity(signing: signing, opening: opening)
    return .work(
      PreparedExchange(
        sender: Bytes16(prefixOf: device.origin), weight: message.count, requestHash: Hash.sha256(message),
        request: nil, device: device
      ) { exchange, writer in
        let response = try writer.succeed(
          device.origin, by: successor, succession, signature: request.oldSignature)
        exchange.succeeded.withLock { $0 = response }
      })
  }

  private func isSigned(
    _ succession: Succession, _ signature: [UInt8], by key: SigningPublicKey
  ) -> Bool {
    guard let signature = Signature(signature) else { return false }
    return surroundings.signatures.isValid(signature, over: succession, by: key)
  }

  /// The origin with which a device began, before it ever had to go on under another.
  func firstOrigin(of origin: OriginID, in db: Database) throws -> OriginID {
    var first = origin
    while let before = try device(first, in: db)?.predecessor { first = before }
    return first
  }

  /// Where a successor that has written nothing there yet goes on, by the head that it names, if no
  /// row of it begins so (sync §8.3); with the row that is free for it, if one is.
  func start(
    of device: HubDevice, at named: NamedHead, in db: Database
  ) throws -> (row: Int64?, place: OriginTable.Place)? {
    guard var before = device.predecessor, named.seq > 0, named.seq < UInt64(Int64.max) else {
      return nil
    }
    var free: Int64?
    for row in try OriginTable.rows(device.origin, in: db) {
      let written = try Int64.fetchOne(
        db.cachedStatement(sql: "SELECT 1 FROM entry WHERE origin = ? LIMIT 1"), arguments: [row])
      if written == nil {
        free = row
        let known = try OriginTable.parent(of: row, in: db)?.head ?? .empty
        if known.seq == named.seq, Bytes16(prefixOf: known.hash) == named.hash { return nil }
      } else {
        let hash = try EntryTable.hashes(ofOriginRow: row, seqs: named.seq...named.seq, in: db)?.first
        if let hash, Bytes16(prefixOf: hash) == named.hash { return nil }
      }
    }
    while true {
      for row in try OriginTable.rows(before, in: db) {
        let hash = try EntryTable.hashes(of: row, named.seq, named.seq, db).first
        if let hash, Bytes16(prefixOf: hash) == named.hash {
          return (free, OriginTable.Place(row: row, head: LogHead(seq: named.seq, hash: hash)))
        }
      }
      guard let older = try self.device(before, in: db)?.predecessor else { return nil }
      before = older
    }
  }
}

extension HubWriter {
  /// Enrols the keys under which a device goes on: same role, areas and records. The same keys get
  /// the same answer.
  mutating func succeed(
    _ origin: OriginID, by new: DevicePublicIdentity, _ succession: Succession, signature: [UInt8]
  ) throws -> SuccessionResponse {
    guard let device = try store.device(origin, in: db) else { return .refused(.revoked) }
    if isRecovering { return .refused(.recovering) }
    let known = try store.device(new.origin, in: db)
    if device.isRevoked || known?.isRevoked ?? false { return .refused(.revoked) }
    var place: OriginTable.Place?
    if succession.head.seq > 0 {
      place = try self.place(of: succession.head, in: predecessors(of: origin))
      guard place != nil else { return .refused(.unknownHead) }
    }
    var log = try place.map { try OriginTable.lineage(of: $0.row, in: db) } ?? []
    if let place { log[0].last = Int64(place.head.seq) }
    guard known == nil || known?.predecessor == origin,
      let proof = try closureProof(of: origin, log: log, besides: new.origin)
    else { return .refused(.notClosed) }
    if known == nil {
      guard try directSuccessors(of: origin) < HubStore.successorsMax else {
        return .refused(.tooMany)
      }
      try enrol(new, after: device, succession, signature)
    }
    let row = try OriginTable.row(new.origin, key: new.signing.bytes, in: db)
    let isEmpty = try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT 1 FROM entry WHERE origin = ? LIMIT 1"), arguments: [row]) == nil
    if isEmpty { try OriginTable.put(row, after: place, in: db) }
    try deliverBranches(to: new.origin, log: log)
    guard let enrolled = try store.device(new.origin, in: db) else { return .refused(.revoked) }
    return .member(
      try store.membership(enrolled, in: db), token: store.token(for: new.origin),
      hubEpoch: hubEpoch, proof: proof)
  }

  /// A succession that comes late, or once more, may name another head than the one from which the
  /// home went on; and copies of a home that had drawn its new keys have those in common. What the
  /// successor says of itself holds.
  func settleStart(of device: HubDevice, at named: NamedHead) throws {
    guard let (row, place) = try store.start(of: device, at: named, in: db) else { return }
    if let row { return try OriginTable.put(row, after: place, in: db) }
    _ = try OriginTable.addBranch(
      device.origin, key: device.signing.bytes, after: place, in: db)
  }

  private func enrol(
    _ new: DevicePublicIdentity, after device: HubDevice, _ succession: Succession,
    _ signature: [UInt8]
  ) throws {
    try close(device.origin)
    try db.execute(
      sql: """
        INSERT INTO device(origin, prefix, signing, opening, role, areas, label, version, joined,
          last_seen, predecessor, succession, succession_signature)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        Data(new.origin.bytes), Data(Bytes16(prefixOf: new.origin).bytes),
        Data(new.signing.bytes), Data(new.opening.bytes), Int(device.role.rawValue),
        device.areas.sorted().areaSetting, device.label, Int64(device.version), now, now,
        Data(device.origin.bytes), Data(succession.head.bytes), Data(signature),
      ])
  }

  private func directSuccessors(of origin: OriginID) throws -> Int {
    try Int.fetchOne(
      db.cachedStatement(sql: "SELECT count(*) FROM device WHERE predecessor = ?"),
      arguments: [Data(origin.bytes)]) ?? 0
  }

  /// What shows a device that it is not alone under its origin: an entry of it that its log has not,
  /// or else that another went on under its own keys.
  private func closureProof(
    of origin: OriginID, log: [(row: Int64, last: Int64)], besides new: OriginID
  ) throws -> ClosureProof? {
    for row in try OriginTable.rows(origin, in: db) {
      let last = log.first { $0.row == row }?.last ?? 0
      let entry = try Int64.fetchOne(
        db.cachedStatement(
          sql: "SELECT id FROM entry WHERE origin = ? AND seq > ? ORDER BY seq LIMIT 1"),
        arguments: [row, last])
      if let entry, let proof = try segmentProof(entryRow: entry, in: db, store) {
        return .entry(proof)
      }
    }
    let other = try Row.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT signing, opening, succession, succession_signature FROM device
          WHERE predecessor = ? AND origin != ? ORDER BY joined LIMIT 1
          """), arguments: [Data(origin.bytes), Data(new.bytes)])
    guard let other, let head = LogHead(bytes: Array(other["succession"] as Data)) else { return nil }
    let succession = Succession(
      programme: store.keys.programme.id, origin: origin, head: head,
      signingKey: Array(other["signing"] as Data), openingKey: Array(other["opening"] as Data))
    return .succession(succession, signature: Array(other["succession_signature"] as Data))
  }

  // MARK: Who is whose successor

  /// An origin and those that it succeeded, the newest first.
  func predecessors(of origin: OriginID) throws -> [OriginID] {
    var origins = [origin]
    while let before = try store.device(origins[origins.count - 1], in: db)?.predecessor {
      origins.append(before)
    }
    return origins
  }

  /// All that went on from an origin, directly or not.
  func successors(of origin: OriginID) throws -> [OriginID] {
    try Data.fetchAll(
      db.cachedStatement(
        sql: """
          WITH RECURSIVE follows(origin) AS (
            SELECT origin FROM device WHERE predecessor = ?
            UNION SELECT d.origin FROM device d JOIN follows f ON d.predecessor = f.origin)
          SELECT origin FROM follows ORDER BY origin
          """), arguments: [Data(origin.bytes)]
    ).compactMap { OriginID(Array($0)) }
  }

  func firstOrigin(of origin: OriginID) throws -> OriginID {
    try store.firstOrigin(of: origin, in: db)
  }

  /// Whether a device has others of its family: predecessors, or successors since it is closed.
  func isFamily(_ device: HubDevice) -> Bool { device.predecessor != nil || device.isClosed }

  /// The streams that tell these devices of what another wrote. A device and its successors have one
  /// in common; the only writer of its family needs no telling.
  func ownStreams(of origins: [OriginID], besides author: HubDevice) throws -> Set<String> {
    let isAlone = !isFamily(author)
    let family = isAlone ? author.origin : try firstOrigin(of: author.origin)
    var streams: Set<String> = []
    for origin in Set(origins) where !(isAlone && origin == author.origin) {
      let first = try firstOrigin(of: origin)
      if !(isAlone && first == family) { streams.insert(Self.ownStream(first)) }
    }
    return streams
  }

  /// Puts what others of the family wrote into their common stream: what a copy wrote, and what a
  /// home wrote after the image from which it was put back.
  private mutating func deliverBranches(
    to origin: OriginID, log: [(row: Int64, last: Int64)]
  ) throws {
    let first = try firstOrigin(of: origin)
    let stream = Self.ownStream(first)
    let told = Set(
      try Int64.fetchAll(
        db.cachedStatement(
          sql: """
            SELECT i.entry FROM stream_item i JOIN stream s ON s.id = i.stream
            WHERE s.name = ? AND i.entry IS NOT NULL
            """), arguments: [stream]))
    for member in try [first] + successors(of: first) {
      for row in try OriginTable.rows(member, in: db) {
        let last = log.first { $0.row == row }?.last ?? 0
        let entries = try Row.fetchAll(
          db.cachedStatement(
            sql: """
              SELECT id, hash FROM entry WHERE origin = ? AND seq > ? AND kind < ?
                AND held IS NOT ? ORDER BY leaf
              """),
          arguments: [row, last, Int64(EntryKind.epoch.rawValue), EntryCheck.scope])
        for entry in entries where !told.contains(entry["id"]) {
          guard let hash = Digest32(Array(entry["hash"] as Data)) else { continue }
          try deliver(.entry(hash), row: entry["id"], to: stream)
        }
      }
    }
  }
}

extension LogHead {
  /// Seq and hash, as a hub keeps them: 40 bytes.
  fileprivate var bytes: [UInt8] {
    withUnsafeBytes(of: seq.bigEndian) { Array($0) } + hash.bytes
  }

  fileprivate init?(bytes: [UInt8]) {
    guard bytes.count == 40, let hash = Digest32(bytes[8...]) else { return nil }
    self.init(seq: bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }, hash: hash)
  }
}
