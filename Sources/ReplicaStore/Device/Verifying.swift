internal import Foundation
internal import GRDB
internal import Identity
public import SyncCore

/// What a check of everything in a replica found (cli `verify`).
public struct ReplicaVerification: Sendable {
  /// Something that does not hold.
  public struct Problem: Sendable, Hashable, CustomStringConvertible {
    public enum Code: String, Sendable, Hashable, CaseIterable {
      /// An entry no longer has its hash, or cannot be read.
      case entry
      /// This device's own log has a gap, or an entry does not name the one before.
      case chain
      /// A segment is not signed by its origin.
      case segment
      /// An entry is not proven to be in its signed segment.
      case path
      /// An origin's id does not belong to its key.
      case origin
      /// A node of the hub's log contradicts those below it.
      case tree
      /// The newest checkpoint is not signed by the hub, or the stored log does not lead to it.
      case checkpoint
      /// A received entry is not in the hub's log where its receipt says.
      case receipt
      /// A statement is not signed by the authority.
      case statement
      /// A position in a stream that cannot be one.
      case stream
      /// A file of a record is not what its address says, or has a chunk that is not its own.
      case attachment
      /// Pages of the file do not authenticate.
      case file
    }

    public let code: Code
    /// What it is about: an entry hash, an origin, a position. Never a value.
    public let subject: String

    public var description: String { "\(code.rawValue): \(subject)" }
  }

  public internal(set) var entries = 0
  public internal(set) var receipts = 0
  public internal(set) var statements = 0
  public internal(set) var checkpoint: CheckpointSeal?
  /// The first ``problemsMax``.
  public internal(set) var problems: [Problem] = []
  public var ok: Bool { problems.isEmpty }

  public static let problemsMax = 1_000

  mutating func add(_ code: Problem.Code, _ subject: String) {
    if problems.count < Self.problemsMax { problems.append(Problem(code: code, subject: subject)) }
  }
}

extension Replica {
  /// Hashes everything again and checks it against signatures, chains, proofs and the hub's log.
  ///
  /// Reads in short steps, so that recording and syncing go on meanwhile.
  ///
  /// - Parameter progress: entries done, and how many there are.
  public func verify(
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> ReplicaVerification {
    var pass = VerificationPass(self)
    do {
      try pass.entries(progress)
      try pass.segments()
      try pass.hubLog()
      try pass.statements()
      try pass.streams()
      for address in try rottenFiles() { pass.report.add(.attachment, address) }
      try pass.pages()
    } catch  where StorageFault(error) == .damaged {
      pass.report.add(.file, home.databasePath)
    }
    return pass.report
  }
}

/// One verification under way.
private struct VerificationPass {
  let replica: Replica
  var report = ReplicaVerification()
  private var segmentsOfOrigin: [Int64: StoredSegment] = [:]
  /// Leaf hashes of entries that came without a path, by segment and seq.
  private var pathless: [Int64: [UInt64: Digest32]] = [:]
  private var chain = LogHead.empty
  private var receipts: [(hash: EntryHash, leaf: UInt64)] = []

  private static let entriesPerRead: Int64 = 512

  struct StoredSegment {
    let delivered: DeliveredSegment
    var segment: Segment { delivered.segment }
  }

  init(_ replica: Replica) { self.replica = replica }

  // MARK: Entries

  mutating func entries(_ progress: (Int, Int) -> Void) throws {
    let (own, newest, total, received) = try replica.read { db in
      (
        Set(try replica.ownLog(db).map(\.row)),
        try Int64.fetchOne(db, sql: "SELECT max(id) FROM entry") ?? 0,
        try Int.fetchOne(db, sql: "SELECT count(*) FROM entry") ?? 0,
        try SettingTable(db: db).integer(SettingName.receivedSeq) ?? 0
      )
    }
    segmentsOfOrigin = try storedSegments()
    for first in stride(from: 0, to: newest, by: Int(Self.entriesPerRead)) {
      // Ids of the own log rise with its seqs, so one pass in order of ids checks the chain too.
      try replica.read { db in
        let rows = try Row.fetchCursor(
          db.cachedStatement(
            sql: """
              SELECT \(EntryTable.columns), origin, seq, segment, path, leaf FROM entry
              WHERE id > ? AND id <= ? ORDER BY id
              """), arguments: [first, first + Self.entriesPerRead])
        let coded = CodedTables(replica, db)
        while let row = try rows.next() { check(row, coded, own: own, received: received) }
      }
      progress(report.entries, total)
    }
  }

  private mutating func check(
    _ row: Row, _ coded: CodedTables, own: Set<Int64>, received: Int64
  ) {
    report.entries += 1
    let hash = Digest32(Array(row["hash"] as Data))
    guard let entry = try? EntryTable.entry(row, coded: coded, limits: replica.limits) else {
      return report.add(.entry, hash?.hex ?? "row")
    }
    let originRow = row["origin"] as Int64
    if own.contains(originRow) {
      checkOwn(entry)
      if let leaf = row["leaf"] as Int64?, Int64(entry.envelope.seq) <= received {
        receipts.append((entry.hash, UInt64(leaf)))
      }
      return
    }
    guard let id = row["segment"] as Int64?, let stored = segmentsOfOrigin[id],
      stored.segment.origin == entry.envelope.origin,
      (stored.segment.first...stored.segment.last).contains(entry.envelope.seq)
    else { return report.add(.path, entry.hash.hex) }
    let leaf = MerkleTree.leafHash(entry.hash)
    let count = stored.segment.count
    let path = (row["path"] as Data?).map { Array($0) } ?? []
    guard count == 1 || !path.isEmpty else {
      pathless[id, default: [:]][entry.envelope.seq] = leaf
      return
    }
    let hashes = stride(from: 0, to: path.count, by: 32).compactMap {
      Digest32(path[$0..<min($0 + 32, path.count)])
    }
    do {
      try InclusionProof(
        index: entry.envelope.seq - stored.segment.first, size: count, hashes: hashes
      ).verify(leafHash: leaf, root: stored.segment.root)
    } catch { report.add(.path, entry.hash.hex) }
  }

  private mutating func checkOwn(_ entry: Entry) {
    let envelope = entry.envelope
    if envelope.seq != chain.seq + 1 || envelope.previous != chain.hash
      || !replica.ownOrigins.contains(envelope.origin) || envelope.programme != replica.programme.id
    {
      report.add(.chain, "\(envelope.seq) \(entry.hash.hex)")
    }
    chain = LogHead(seq: envelope.seq, hash: entry.hash)
  }

  // MARK: Segments

  private func storedSegments() throws -> [Int64: StoredSegment] {
    try replica.read { db in
      var segments: [Int64: StoredSegment] = [:]
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT s.id, s.first, s.last, s.last_hash, s.root, s.context, s.signature,
            o.origin AS origin_id, o.public_key
          FROM segment s JOIN origin o ON o.id = s.origin
          """)
      while let row = try rows.next() {
        guard let delivered = DeliveredSegment(row, programme: replica.programme.id) else { continue }
        segments[row["id"]] = StoredSegment(delivered: delivered)
      }
      return segments
    }
  }

  mutating func segments() throws {
    let origins = try replica.read { db in
      try Row.fetchAll(db, sql: "SELECT DISTINCT origin, public_key FROM origin ORDER BY id").map {
        (id: Array($0["origin"] as Data), key: Array($0["public_key"] as Data))
      }
    }
    for origin in origins where SigningPublicKey(origin.key)?.origin.bytes != origin.id {
      report.add(.origin, origin.id.hex)
    }
    let verifier = try replica.verifier()
    for (id, stored) in segmentsOfOrigin.sorted(by: { $0.key < $1.key }) {
      let segment = stored.segment
      let subject = "\(segment.origin.hex) \(segment.first)-\(segment.last)"
      if !verifier.isSigned(stored.delivered) { report.add(.segment, subject) }
      // Entries of a record that moved away are gone, and the rest of such a segment can't be
      // proven from here; what is whole must give the signed root.
      guard let leaves = pathless[id],
        UInt64(leaves.count) == segment.count
      else { continue }
      let ordered = leaves.sorted { $0.key < $1.key }.map(\.value)
      if MerkleTree.root(of: ordered) != segment.root { report.add(.path, subject) }
    }
  }

  // MARK: The hub's log

  mutating func hubLog() throws {
    let (nodes, walked, seal, hubEpoch) = try replica.read { db in
      let settings = SettingTable(db: db)
      var nodes: [NodeAddress: Digest32] = [:]
      let rows = try Row.fetchCursor(db, sql: "SELECT level, position, hash FROM tree_node")
      while let row = try rows.next() {
        guard
          let address = NodeAddress(
            level: Int(row["level"] as Int64), index: UInt64(bitPattern: row["position"] as Int64)),
          let hash = Digest32(Array(row["hash"] as Data))
        else { continue }
        nodes[address] = hash
      }
      return (
        nodes, UInt64(max(0, try settings.integer(SettingName.walkedSize) ?? 0)),
        try replica.checkpoint(db), UInt64(max(0, try settings.integer(SettingName.hubEpoch) ?? 0))
      )
    }
    report.checkpoint = seal
    for (address, hash) in nodes where address.level > 0 {
      let below = Int(address.level) - 1
      guard let left = nodes.node(level: below, index: address.index << 1),
        let right = nodes.node(level: below, index: address.index << 1 | 1)
      else { continue }
      if MerkleTree.nodeHash(left, right) != hash {
        report.add(.tree, "\(address.level)/\(address.index)")
      }
    }
    if let seal, try !replica.verifier().isSigned(seal, hubEpoch: hubEpoch) {
      report.add(.checkpoint, "\(seal.size)")
    }
    guard walked > 0 else {
      for receipt in receipts { report.add(.receipt, receipt.hash.hex) }
      return
    }
    guard let root = try? CompactRange(begin: 0, end: walked, from: nodes).root else {
      return report.add(.tree, "frontier \(walked)")
    }
    // A walk that was cut short stands between two checkpoints; the next sync closes it.
    if let seal, seal.size == walked, seal.root != root { report.add(.checkpoint, "\(seal.size)") }
    for receipt in receipts {
      do {
        try InclusionProof(index: receipt.leaf, size: walked, from: nodes)
          .verify(leafHash: MerkleTree.leafHash(receipt.hash), root: root)
        report.receipts += 1
      } catch { report.add(.receipt, receipt.hash.hex) }
    }
  }

  // MARK: The file

  /// Reads what no hash covers too: drafts, the index, the words to search. A page that does not open
  /// throws; pages that contradict each other are told here.
  mutating func pages() throws {
    let isWhole = try replica.read { try QuickCheck.finds(nothingIn: $0) }
    if !isWhole { report.add(.file, replica.home.databasePath) }
    // What this process met before now, in the file or in its journal (at-rest §8).
    for finding in try SealedDatabase.findings(path: replica.home.databasePath) {
      report.add(.file, "\(finding.file) \(finding.position)")
    }
  }

  // MARK: Statements and streams

  mutating func statements() throws {
    let stored = try replica.read { db in
      try Row.fetchAll(db, sql: "SELECT leaf_hash, bytes FROM statement ORDER BY id").map {
        (leaf: Array($0["leaf_hash"] as Data), bytes: Array($0["bytes"] as Data))
      }
    }
    for (leaf, bytes) in stored {
      report.statements += 1
      let signed = try? SignedStatement(
        encoded: bytes, programme: replica.programme,
        verifier: replica.environment.surroundings.signatures, limits: replica.limits)
      if signed?.hash.bytes != leaf { report.add(.statement, leaf.hex) }
    }
  }

  mutating func streams() throws {
    let rows = try replica.read { db in
      try Row.fetchAll(db, sql: "SELECT name, count, hash FROM stream ORDER BY name").map {
        (name: $0["name"] as String, count: $0["count"] as Int64, hash: Array($0["hash"] as Data))
      }
    }
    for (name, count, bytes) in rows {
      let hash = Digest32(bytes)
      if count < 0 || hash == nil || (count == 0) != (hash == .zero) { report.add(.stream, name) }
    }
  }
}
