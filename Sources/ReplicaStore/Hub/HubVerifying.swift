internal import Foundation
internal import GRDB
internal import Identity
internal import SyncCore
internal import TransparencyLog

/// Re-hashing everything a hub holds (cli `verify`).
package struct HubVerification: Sendable {
  package var entries = 0
  package var problems: [String] = []
  package var isSound: Bool { problems.isEmpty }
}

extension HubStore {
  /// Reads everything from the disk, whatever of it is in memory.
  package func verify() throws -> HubVerification {
    var result = HubVerification()
    do {
      try db.read { try verify(&result, $0) }
    } catch  where StorageFault(error) == .damaged {
      result.problems.append("the database file is damaged")
    }
    for finding in try SealedDatabase.findings(path: home.databasePath) {
      result.problems.append("page \(finding.position) of \(finding.file) does not authenticate")
    }
    return result
  }

  private func verify(_ result: inout HubVerification, _ db: Database) throws {
    QuickCheck.forgetPages(db)
    try verifyEntries(&result, db)
    try verifyTree(&result, db)
    try verifyStreams(&result, db)
    try verifyStatements(&result, db)
    for file in try AttachmentCheck.rotten(in: db) {
      result.problems.append("a chunk of the file \(file) does not match its address")
    }
    if try !QuickCheck.finds(nothingIn: db) { result.problems.append("the database file is damaged") }
  }

  private func verifyEntries(_ result: inout HubVerification, _ db: Database) throws {
    var heads: [Int64: LogHead] = [:]
    let rows = try Row.fetchCursor(
      db, sql: "SELECT id, origin, seq, \(EntryTable.columns) FROM entry ORDER BY origin, seq")
    while let row = try rows.next() {
      result.entries += 1
      let origin = row["origin"] as Int64
      let seq = UInt64(row["seq"] as Int64)
      guard let entry = try? EntryTable.entry(row, coded: nil, limits: limits), entry.envelope.seq == seq else {
        result.problems.append("entry \(row["id"] as Int64) does not match its hash")
        continue
      }
      let head = try heads[origin] ?? OriginTable.parent(of: origin, in: db)?.head ?? .empty
      if entry.envelope.previous != head.hash || seq != head.seq + 1 {
        result.problems.append("the chain of origin \(entry.envelope.origin.hex.prefix(8)) breaks at \(seq)")
      }
      heads[origin] = LogHead(seq: seq, hash: entry.hash)
    }
    try verifySegments(&result, db)
  }

  private func verifySegments(_ result: inout HubVerification, _ db: Database) throws {
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT s.*, o.origin AS origin_id, o.public_key FROM segment s JOIN origin o ON o.id = s.origin
        """)
    while let row = try rows.next() {
      let first = UInt64(row["first"] as Int64)
      let hashes = try EntryTable.hashes(
        ofOriginRow: row["origin"], seqs: first...UInt64(row["last"] as Int64), in: db)
      guard let hashes, let origin = OriginID(Array(row["origin_id"] as Data)),
        let key = SigningPublicKey(Array(row["public_key"] as Data)),
        let signature = Signature(Array(row["signature"] as Data)),
        let segment = Segment(
          covering: hashes, first: first, programme: keys.programme.id, origin: origin,
          context: Digest32(Array(row["context"] as Data)) ?? .zero),
        surroundings.signatures.isValid(signature, over: segment, by: key)
      else {
        result.problems.append("segment \(row["id"] as Int64) is not signed by its origin")
        continue
      }
    }
  }

  private func verifyTree(_ result: inout HubVerification, _ db: Database) throws {
    let size = UInt64(try SettingTable(db: db).integer(HubSetting.treeSize) ?? 0)
    var leaves = [Digest32?](repeating: nil, count: Int(size))
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT leaf, hash FROM entry WHERE leaf IS NOT NULL
        UNION ALL SELECT leaf, leaf_hash FROM statement WHERE leaf IS NOT NULL
        UNION ALL SELECT leaf, leaf_hash FROM release
        """)
    while let row = try rows.next() {
      let leaf = Int(row["leaf"] as Int64)
      guard leaves.indices.contains(leaf), leaves[leaf] == nil else {
        result.problems.append("leaf \(leaf) is not where it should be")
        continue
      }
      leaves[leaf] = Digest32(Array(row["hash"] as Data))
    }
    guard leaves.allSatisfy({ $0 != nil }) else {
      result.problems.append("leaves of the hub log are missing")
      return
    }
    let hashes = leaves.compactMap { $0.map { MerkleTree.leafHash($0) } }
    guard let seal = checkpoint else { return }
    guard seal.size <= size else {
      result.problems.append("the store is behind its checkpoint: it was put back from a copy")
      return
    }
    if MerkleTree.root(of: hashes.prefix(Int(seal.size))) != seal.root {
      result.problems.append("the hub log does not give the root of its checkpoint")
    }
    let verifier = HubVerifier(
      programme: keys.programme.id, hubKey: keys.signing.publicKey,
      signatures: surroundings.signatures)
    if !verifier.isSigned(seal, hubEpoch: hubEpoch) {
      result.problems.append("the checkpoint is not signed by this hub")
    }
  }

  private func verifyStreams(_ result: inout HubVerification, _ db: Database) throws {
    for stream in try Row.fetchAll(db, sql: "SELECT * FROM stream") {
      var position = StreamPosition.start
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT i.kind, i.record, i.hash AS running, e.hash AS entry_hash, s.leaf_hash
          FROM stream_item i LEFT JOIN entry e ON e.id = i.entry
            LEFT JOIN statement s ON s.id = i.statement
          WHERE i.stream = ? ORDER BY i.position
          """, arguments: [stream["id"] as Int64])
      while let row = try rows.next() {
        let item: StreamItem?
        switch row["kind"] as Int {
        case 2: item = (row["record"] as Data?).flatMap { RecordID(Array($0)) }.map { .moved($0) }
        case 3:
          item = (row["leaf_hash"] as Data?).flatMap { Digest32(Array($0)) }.map { .statement($0) }
        default:
          item = (row["entry_hash"] as Data?).flatMap { Digest32(Array($0)) }.map { .entry($0) }
        }
        guard let item else { break }
        position.append(item)
        if Data(position.hash.bytes) != row["running"] as Data { break }
      }
      if position.count != UInt64(stream["count"] as Int64)
        || Data(position.hash.bytes) != stream["hash"] as Data
      {
        result.problems.append("a stream's running hash does not match at \(position.count)")
      }
    }
  }

  private func verifyStatements(_ result: inout HubVerification, _ db: Database) throws {
    for bytes in try Data.fetchAll(db, sql: "SELECT bytes FROM statement") {
      let signed = try? SignedStatement(
        encoded: Array(bytes), programme: keys.programme, verifier: surroundings.signatures)
      if signed == nil {
        result.problems.append("a statement is not signed by the authority")
      }
    }
  }
}
