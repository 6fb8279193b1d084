internal import Foundation
internal import GRDB
internal import SyncCore
internal import SyncWire

/// Origins, segments and entries: the tables that a device and a hub have alike.
///
/// A section that is absent is NULL; one that is withheld has its digest in `withheld`.
enum EntryTable {
  static let schema = """
    CREATE TABLE origin (
      id INTEGER PRIMARY KEY,
      origin BLOB NOT NULL UNIQUE,
      public_key BLOB NOT NULL
    ) STRICT;
    CREATE TABLE segment (
      id INTEGER PRIMARY KEY,
      origin INTEGER NOT NULL REFERENCES origin(id),
      first INTEGER NOT NULL,
      last INTEGER NOT NULL,
      last_hash BLOB NOT NULL,
      root BLOB NOT NULL,
      signature BLOB NOT NULL,
      UNIQUE (origin, first, last)
    ) STRICT;
    CREATE TABLE entry (
      id INTEGER PRIMARY KEY,
      origin INTEGER NOT NULL REFERENCES origin(id),
      seq INTEGER NOT NULL,
      hash BLOB NOT NULL UNIQUE,
      record BLOB NOT NULL,
      kind INTEGER NOT NULL,
      form TEXT NOT NULL,
      claimed INTEGER NOT NULL,
      envelope BLOB NOT NULL,
      salt BLOB NOT NULL,
      operational BLOB NOT NULL,
      coded BLOB,
      sensitive BLOB,
      identity BLOB,
      withheld BLOB,
      segment INTEGER REFERENCES segment(id),
      path BLOB,
      leaf INTEGER,
      held TEXT,
      UNIQUE (origin, seq)
    ) STRICT;
    CREATE INDEX entry_record ON entry(record);
    """

  /// Third version of the table: record ids are found by their first bytes, and what queries go through
  /// stands before what is long.
  static let foundByPrefix = """
    CREATE TABLE entry_2 (
      id INTEGER PRIMARY KEY,
      origin INTEGER NOT NULL REFERENCES origin(id),
      seq INTEGER NOT NULL,
      leaf INTEGER,
      segment INTEGER REFERENCES segment(id),
      kind INTEGER NOT NULL,
      claimed INTEGER NOT NULL,
      held TEXT,
      form TEXT NOT NULL,
      record BLOB NOT NULL,
      hash BLOB NOT NULL,
      salt BLOB NOT NULL,
      envelope BLOB NOT NULL,
      operational BLOB NOT NULL,
      coded BLOB,
      sensitive BLOB,
      identity BLOB,
      withheld BLOB,
      path BLOB,
      UNIQUE (origin, seq)
    ) STRICT;
    INSERT INTO entry_2(id, origin, seq, leaf, segment, kind, claimed, held, form, record, hash, salt,
        envelope, operational, coded, sensitive, identity, withheld, path)
      SELECT id, origin, seq, leaf, segment, kind, claimed, held, form, record, hash, salt,
        envelope, operational, coded, sensitive, identity, withheld, path FROM entry;
    DROP TABLE entry;
    ALTER TABLE entry_2 RENAME TO entry;
    CREATE INDEX entry_hash ON entry(\(BytePrefix.of("hash")));
    CREATE INDEX entry_record ON entry(\(BytePrefix.of("record")));
    """

  /// An entry is found by its place in its log, which is told with its hash: an index of hashes would
  /// write a page of its own for nearly each entry.
  static let foundByPlace = "DROP INDEX entry_hash;"

  /// The entry `e` whose origin, seq and hash are the first three arguments. A join, since SQLite would
  /// make a table for each run of the same with `IN`.
  static let atPlace = """
    FROM origin o CROSS JOIN entry e ON e.origin = o.id
    WHERE o.origin = ?1 AND e.seq = ?2 AND e.hash = ?3
    """

  /// What a segment's signature speaks for besides its entries (entry §3).
  static let segmentContext = """
    ALTER TABLE segment ADD COLUMN context BLOB NOT NULL
      DEFAULT x'0000000000000000000000000000000000000000000000000000000000000000';
    """

  /// The row of a segment under one row of its origin, made when new; nil when another segment of
  /// these seqs stands there.
  static func segmentRow(
    _ delivered: DeliveredSegment, originRow: Int64, in db: Database
  ) throws -> Int64? {
    let segment = delivered.segment
    let found = try Row.fetchOne(
      db.cachedStatement(
        sql: "SELECT id, root FROM segment WHERE origin = ? AND first = ? AND last = ?"),
      arguments: [originRow, Int64(segment.first), Int64(segment.last)])
    if let found {
      return Digest32(Array(found["root"] as Data)) == segment.root ? found["id"] : nil
    }
    try db.cachedStatement(
      sql: """
        INSERT INTO segment(origin, first, last, last_hash, root, context, signature)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(
      arguments: [
        originRow, Int64(segment.first), Int64(segment.last), Data(segment.lastHash.bytes),
        Data(segment.root.bytes), Data(segment.context.bytes), Data(delivered.signature),
      ])
    return db.lastInsertedRowID
  }

  /// What ``insert(_:originRow:segment:path:leaf:held:by:in:)`` runs. In one statement, SQLite would
  /// keep a journal for it, whose end it looks for from the beginning each time.
  struct Insertion {
    fileprivate let coded: CodedTables?
    fileprivate let known: BoundStatement
    fileprivate let new: BoundStatement
  }

  /// - Parameter coded: keeps coded sections short; nil where they lie as they came.
  static func insertion(_ db: Database, coded: CodedTables?) throws -> Insertion {
    Insertion(
      coded: coded,
      known: try BoundStatement(db, "SELECT 1 \(atPlace)"),
      new: try BoundStatement(
        db,
        """
        INSERT INTO entry(hash, origin, seq, leaf, segment, kind, claimed, held, form, record, salt,
          envelope, operational, coded, sensitive, identity, withheld, path)
        VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING
        """))
  }

  /// Stores one of many entries by statements that were prepared for all of them; false when it is
  /// stored already.
  static func insert(
    _ entry: Entry, originRow: Int64, segment: Int64?, path: [Digest32] = [], leaf: UInt64? = nil,
    held: String? = nil, by insertion: Insertion, in db: Database
  ) throws -> Bool {
    var known = insertion.known
    known.bind(entry.envelope.origin)
    known.bind(entry.envelope.seq)
    known.bind(entry.hash)
    guard try !known.hasRow() else { return false }
    var withheld: [UInt8] = []
    for (part, content) in [(2, entry.coded), (3, entry.sensitive), (4, entry.identity)] {
      if case .withheld(let digest) = content { withheld += [UInt8(part)] + digest.bytes }
    }
    let envelope = entry.envelope
    var statement = insertion.new
    statement.bind(entry.hash)
    statement.bind(originRow)
    statement.bind(envelope.seq)
    statement.bind(leaf.map { Int64($0) })
    statement.bind(segment)
    statement.bind(Int64(envelope.kind.rawValue))
    statement.bind(envelope.claimed)
    if let held { statement.bind(held) } else { statement.bindNull() }
    statement.bind(envelope.form)
    statement.bind(envelope.record)
    statement.bind(entry.rootSalt)
    statement.bind(envelope.encoded)
    statement.bind(entry.operational)
    statement.bind(
      try insertion.coded.map { try $0.stored(entry.coded.bytes, form: envelope.form) }
        ?? entry.coded.bytes)
    statement.bind(entry.sensitive.bytes)
    statement.bind(entry.identity.bytes)
    statement.bind(withheld.isEmpty ? nil : withheld)
    statement.bind(path.isEmpty ? nil : path.flatMap(\.bytes))
    try statement.run()
    return db.changesCount > 0
  }

  static let columns = "envelope, salt, operational, coded, sensitive, identity, withheld, hash"

  /// Rebuilds an entry from its row and checks that it still has its hash.
  ///
  /// - Parameter coded: what it was stored with.
  static func entry(
    _ row: Row, coded: CodedTables?, limits: Limits = .specified
  ) throws -> Entry {
    func damaged() -> StoreError {
      StoreError(
        .damaged,
        "An entry in the store no longer matches its hash; keep the home as it is and run verify.")
    }
    guard let envelope = row["envelope"] as Data?, let saltBytes = row["salt"] as Data?,
      let salt = Salt(Array(saltBytes)), let hash = (row["hash"] as Data?).flatMap({ Digest32(Array($0)) })
    else { throw damaged() }
    var digests: [UInt8: Digest32] = [:]
    if let withheld = row["withheld"] as Data? {
      let bytes = Array(withheld)
      for start in stride(from: 0, to: bytes.count, by: 33) where bytes.count >= start + 33 {
        digests[bytes[start]] = Digest32(bytes[(start + 1)..<(start + 33)])
      }
    }
    func content(_ column: String, _ part: UInt8) -> SectionContent {
      if let bytes = row[column] as Data? { return .present(Array(bytes)) }
      return digests[part].map { .withheld($0) } ?? .absent
    }
    var codedContent = content("coded", 2)
    if let coded, let stored = codedContent.bytes {
      guard let section = try coded.section(stored) else { throw damaged() }
      codedContent = .present(section)
    }
    guard
      let envelope = try? Envelope(encoded: Array(envelope), limits: limits),
      let entry = Entry(
        stored: envelope, rootSalt: salt,
        operational: Array(row["operational"] as Data? ?? Data()), coded: codedContent,
        sensitive: content("sensitive", 3), identity: content("identity", 4), hash: hash,
        limits: limits)
    else { throw damaged() }
    return entry
  }

  /// The row of the log in which an entry lies; nil when it is not here.
  static func originRow(
    of hash: EntryHash, seq: UInt64, origin: OriginID, in db: Database
  ) throws -> Int64? {
    try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT e.origin \(atPlace)"),
      arguments: [Data(origin.bytes), Int64(clamping: seq), Data(hash.bytes)])
  }

  static func entries(
    ofRecord record: RecordID, coded: CodedTables?, in db: Database
  ) throws -> [Entry] {
    try Row.fetchAll(
      db.cachedStatement(
        sql: "SELECT \(columns) FROM entry WHERE \(BytePrefix.equals("record")) ORDER BY id"),
      arguments: [Data(record.bytes)]
    ).map { try entry($0, coded: coded) }
  }

  static func count(ofRecord record: RecordID, in db: Database) throws -> Int {
    try Int.fetchOne(
      db.cachedStatement(
        sql: "SELECT count(*) FROM entry WHERE \(BytePrefix.equals("record"))"),
      arguments: [Data(record.bytes)]) ?? 0
  }

  /// The newest entry of a log; where its row has none, the one that it follows.
  static func head(ofOriginRow origin: Int64, in db: Database) throws -> LogHead {
    let row = try Row.fetchOne(
      db.cachedStatement(
        sql: "SELECT seq, hash FROM entry WHERE origin = ? ORDER BY seq DESC LIMIT 1"),
      arguments: [origin])
    guard let row, let hash = Digest32(Array(row["hash"] as Data)) else {
      return try OriginTable.parent(of: origin, in: db)?.head ?? .empty
    }
    return LogHead(seq: UInt64(row["seq"] as Int64), hash: hash)
  }

  /// The hashes of consecutive entries of a log, in whichever rows they lie; nil when one is missing.
  static func hashes(
    ofOriginRow origin: Int64, seqs: ClosedRange<UInt64>, in db: Database
  ) throws -> [EntryHash]? {
    guard seqs.upperBound <= UInt64(Int64.max) else { return nil }
    let found = try hashes(of: origin, seqs.lowerBound, seqs.upperBound, db)
    if UInt64(found.count) == seqs.upperBound - seqs.lowerBound + 1 { return found }
    guard let parent = try OriginTable.parent(of: origin, in: db),
      parent.head.seq >= seqs.lowerBound
    else { return nil }
    // A row holds only what comes after the place it follows, so no seq comes twice.
    var parts: [[EntryHash]] = []
    for place in try OriginTable.lineage(of: origin, in: db) {
      let last = min(seqs.upperBound, UInt64(place.last))
      if last >= seqs.lowerBound {
        parts.append(try hashes(of: place.row, seqs.lowerBound, last, db))
      }
    }
    let whole = parts.reversed().flatMap { $0 }
    return UInt64(whole.count) == seqs.upperBound - seqs.lowerBound + 1 ? whole : nil
  }

  /// Hash and record of some entries of a log, in whichever rows they lie; those it has.
  static func referred(
    ofOriginRow origin: Int64, seqs: [UInt64], in db: Database
  ) throws -> [UInt64: ReferredEntry] {
    let lineage = try OriginTable.lineage(of: origin, in: db)
    let statement = try db.cachedStatement(
      sql: "SELECT hash, record FROM entry WHERE origin = ? AND seq = ?")
    var found: [UInt64: ReferredEntry] = [:]
    for seq in seqs {
      let number = Int64(clamping: seq)
      for place in lineage where number <= place.last {
        guard let row = try Row.fetchOne(statement, arguments: [place.row, number]) else { continue }
        guard let hash = Digest32(Array(row["hash"] as Data)),
          let record = RecordID(Array(row["record"] as Data))
        else { break }
        found[seq] = ReferredEntry(hash: hash, record: record)
        break
      }
    }
    return found
  }

  static func hashes(
    of row: Int64, _ first: UInt64, _ last: UInt64, _ db: Database
  ) throws -> [EntryHash] {
    try Data.fetchAll(
      db.cachedStatement(
        sql: "SELECT hash FROM entry WHERE origin = ? AND seq BETWEEN ? AND ? ORDER BY seq"),
      arguments: [row, Int64(first), Int64(last)]
    ).compactMap { Digest32(Array($0)) }
  }
}
