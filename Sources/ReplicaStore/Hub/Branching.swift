internal import Foundation
internal import GRDB
internal import Identity
internal import SyncCore

/// The head that a request names: how a device says which branch of its log is its own.
struct NamedHead: Sendable {
  var seq: UInt64
  /// The first half of the hash there.
  var hash: Bytes16

  init(seq: UInt64, hash: Bytes16) {
    self.seq = seq
    self.hash = hash
  }

  init(_ request: SyncRequest) {
    seq = request.headSeq
    hash = request.headHash
  }
}

extension OriginTable {
  /// The row of the log that a device means; its first one where the head does not tell.
  static func row(of origin: OriginID, at named: NamedHead, in db: Database) throws -> Int64? {
    let rows = try rows(origin, in: db)
    guard rows.count > 1, named.seq > 0 else { return rows.first }
    let seq = Int64(clamping: named.seq)
    // The entry itself tells more than a log that goes through it.
    let own = try Row.fetchAll(
      db.cachedStatement(
        sql: "SELECT origin, hash FROM entry WHERE seq = ? AND origin IN (SELECT id FROM origin WHERE origin = ?)"),
      arguments: [seq, Data(origin.bytes)])
    for row in own where Bytes16((row["hash"] as Data).prefix(16)) == named.hash {
      return row["origin"]
    }
    for row in rows {
      let hash = try EntryTable.hashes(ofOriginRow: row, seqs: named.seq...named.seq, in: db)?.first
      if hash.map({ Bytes16(prefixOf: $0) }) == named.hash { return row }
    }
    return rows.first
  }
}

/// Forks: a log that goes on in two ways (sync §8.1).
extension HubWriter {
  /// Where the entry before this one stands: in the device's log, or in one that it goes on from.
  func place(
    before entry: Entry, in row: Int64, _ device: HubDevice
  ) throws -> OriginTable.Place? {
    guard entry.envelope.seq > 1 else { return OriginTable.Place(row: row, head: .empty) }
    let head = LogHead(seq: entry.envelope.seq - 1, hash: entry.envelope.previous)
    if try EntryTable.head(ofOriginRow: row, in: db) == head {
      return OriginTable.Place(row: row, head: head)
    }
    // Its own origin, or one of those that it succeeded: nobody goes on from a stranger's log.
    return try place(of: head, in: predecessors(of: device.origin))
  }

  /// Where an entry stands in the log of one of some origins.
  func place(of head: LogHead, in origins: [OriginID]) throws -> OriginTable.Place? {
    for origin in origins {
      if let row = try EntryTable.originRow(of: head.hash, seq: head.seq, origin: origin, in: db) {
        return OriginTable.Place(row: row, head: head)
      }
    }
    return nil
  }

  func isRow(_ row: Int64, of origin: OriginID) throws -> Bool {
    try Data.fetchOne(
      db.cachedStatement(sql: "SELECT origin FROM origin WHERE id = ?"), arguments: [row]
    ).map { Array($0) == origin.bytes } ?? false
  }

  /// A row for an entry that does not go on from the end of a row of its origin.
  ///
  /// The first entry of a successor follows its predecessor's log. Another that contradicts what is
  /// held is a fork: the two signed segments are kept, and the origin is closed.
  func branch(
    _ entry: Entry, index: Int, of push: Push, under segment: Segment,
    after place: OriginTable.Place, _ device: HubDevice, _ accepted: inout Accepted
  ) throws -> Int64 {
    let start = place.head.seq == 0 ? nil : place
    let rows = try OriginTable.rows(device.origin, in: db)
    for row in rows {
      let isEmpty = try Int64.fetchOne(
        db.cachedStatement(sql: "SELECT 1 FROM entry WHERE origin = ? LIMIT 1"), arguments: [row])
      guard isEmpty == nil else { continue }
      try OriginTable.put(row, after: start, in: db)
      return row
    }
    if let held = try contradicted(by: entry, in: rows) {
      let tree = SegmentTree(push.entries.map(\.hash))
      let new = SegmentProof(
        segment: segment, signature: push.signature, seq: entry.envelope.seq, hash: entry.hash,
        path: try tree.path(UInt64(index)))
      try keep(ForkProof(publicKey: device.signing.bytes, one: held, other: new))
      try close(device.origin)
      accepted.isFork = true
    }
    return try OriginTable.addBranch(
      device.origin, key: device.signing.bytes, after: start, in: db)
  }

  /// What is held at the seq of a new entry, with its signed segment.
  private func contradicted(by entry: Entry, in rows: [Int64]) throws -> SegmentProof? {
    for row in rows {
      let found = try Row.fetchOne(
        db.cachedStatement(sql: "SELECT id FROM entry WHERE origin = ? AND seq = ?"),
        arguments: [row, Int64(entry.envelope.seq)])
      if let found { return try segmentProof(entryRow: found["id"], in: db, store) }
    }
    return nil
  }

  private func keep(_ proof: ForkProof) throws {
    let new = proof.other.segment
    try db.execute(
      sql: """
        INSERT INTO fork(origin, seq, at, segment, signature, evidence) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT DO NOTHING
        """,
      arguments: [
        Data(new.origin.bytes), Int64(proof.other.seq), now, Data(new.signedBytes),
        Data(proof.other.signature), Data(Evidence.fork(proof).encoded),
      ])
  }

  func close(_ origin: OriginID) throws {
    try db.execute(
      sql: "UPDATE device SET closed = 1 WHERE origin = ? AND closed = 0",
      arguments: [Data(origin.bytes)])
  }
}

/// The signed segment over a stored entry, and the entry's path in it.
func segmentProof(entryRow: Int64, in db: Database, _ store: HubStore) throws -> SegmentProof? {
  let row = try Row.fetchOne(
    db.cachedStatement(
      sql: """
        SELECT e.seq, e.hash, s.origin AS row, s.first, s.last, s.last_hash, s.root, s.context, s.signature,
          o.origin AS origin_id
        FROM entry e JOIN segment s ON s.id = e.segment JOIN origin o ON o.id = s.origin
        WHERE e.id = ?
        """), arguments: [entryRow])
  guard let row, let hash = Digest32(Array(row["hash"] as Data)),
    let segment = Segment(row, programme: store.keys.programme.id),
    let tree = try SegmentTree(of: segment, originRow: row["row"], in: db)
  else { return nil }
  let seq = UInt64(row["seq"] as Int64)
  return SegmentProof(
    segment: segment, signature: Array(row["signature"] as Data), seq: seq, hash: hash,
    path: try tree.path(seq - segment.first))
}
