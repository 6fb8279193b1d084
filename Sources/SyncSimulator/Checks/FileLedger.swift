internal import Foundation
internal import GRDB
internal import ReplicaStore
internal import SyncCore

/// What the simulation knows of files: what people attached, what they were told of it, and under
/// which addresses it left their homes (simulation §4).
struct FileLedger {
  struct Key: Hashable {
    let record: RecordID
    let address: Digest32
  }

  /// A file that somebody wanted to attach; its name is its own.
  struct Attempt {
    let digest: Digest32
    let bytes: Int
    /// Whether its record was to be made with it.
    let isFirst: Bool
    /// Nil while the record was to be made with it and nobody was told that it was.
    var record: RecordID?
    /// Whether somebody was told that it is saved.
    var isSaved = false
    var address: Digest32?
  }

  struct Sealed {
    /// Devices that had it as their own.
    var holders: [Int]
    var origins: Set<OriginID>
    /// Whether its home called it received.
    var isReceived = false
  }

  private(set) var attempts: [String: Attempt] = [:]
  /// Files that homes had as their own, in the order in which they were seen.
  private(set) var sealed: [Key: Sealed] = [:]
  private(set) var order: [Key] = []
  /// Records in which the answer was taken out again.
  private(set) var cleared: Set<RecordID> = []

  mutating func noteAttempt(_ name: String, _ content: [UInt8], _ record: RecordID?) {
    attempts[name] = Attempt(
      digest: Hash.sha256(content), bytes: content.count, isFirst: record == nil, record: record)
  }

  /// - Parameter address: under which its home shows it; nil when the home could not be read.
  mutating func noteSaved(_ name: String, of record: RecordID, address: Digest32?) {
    attempts[name]?.record = record
    attempts[name]?.isSaved = true
    attempts[name]?.address = address
  }

  mutating func noteCleared(_ record: RecordID) { cleared.insert(record) }

  /// The one file that a record can show: it came with the record, and nobody tried another.
  func onlyName(in record: RecordID) -> String? {
    let names = attempts.filter { $0.value.record == record }
    guard names.count == 1, let (name, only) = names.first, only.isFirst, only.isSaved,
      !cleared.contains(record)
    else { return nil }
    return name
  }

  /// Reads what a device has of its own: nothing leaves it that is not known.
  mutating func register(_ device: Device) throws {
    guard let replica = device.replica else { return }
    device.noteOrigins()
    for key in try replica.ownFiles() {
      if sealed[key] == nil {
        sealed[key] = Sealed(holders: [], origins: [])
        order.append(key)
      }
      if sealed[key]?.holders.contains(device.number) == false {
        sealed[key]?.holders.append(device.number)
      }
      sealed[key]?.origins.formUnion(device.origins)
    }
  }

  /// Keeps what a device now calls received.
  mutating func noteReceived(_ device: Device) throws {
    guard let replica = device.replica else { return }
    for key in try replica.ownFiles(received: true) { sealed[key]?.isReceived = true }
  }
}

/// A file as a device has it.
struct FileRow {
  let key: FileLedger.Key
  let isOwn: Bool
  let isReceived: Bool
  /// What the hub said why it does not take it.
  let refused: String?
  /// Whether all of it is here and is what its address says.
  let isWhole: Bool
}

extension Replica {
  /// The files that it has as its own, in the order in which they were attached: asked after every
  /// act, so it reads no more than their names.
  ///
  /// - Parameter received: only those that it calls received.
  func ownFiles(received: Bool = false) throws -> [FileLedger.Key] {
    try read { db in
      let epoch = received ? try Self.knownEpoch(db) ?? 0 : nil
      return try Row.fetchAll(
        db.cachedStatement(
          sql: "SELECT record, address, received FROM attachment WHERE own = 1 ORDER BY id")
      ).compactMap { row in
        guard epoch.map({ $0 > 0 && row["received"] as Int64 == $0 }) ?? true else { return nil }
        return FileLedger.Key(row)
      }
    }
  }

  /// Every file that it holds, with every chunk read.
  func fileRows() throws -> [FileRow] {
    try read { db in
      let epoch = try Self.knownEpoch(db) ?? 0
      return try Row.fetchAll(db, sql: "SELECT * FROM attachment ORDER BY id").compactMap { row in
        guard let key = FileLedger.Key(row) else { return nil }
        let manifest = (row["manifest"] as Data?).flatMap {
          AttachmentManifest(record: key.record, encoded: $0)
        }
        let isWhole =
          try manifest.map { try $0.address == key.address && $0.isHeld(of: row["id"], in: db) }
        return FileRow(
          key: key, isOwn: row["own"] as Int == 1,
          isReceived: epoch > 0 && row["received"] as Int64 == epoch, refused: row["refused"],
          isWhole: isWhole ?? false)
      }
    }
  }

  func knownEpoch() throws -> UInt64? { try read { try Self.knownEpoch($0) }.map { UInt64($0) } }

  private static func knownEpoch(_ db: Database) throws -> Int64? {
    try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT value FROM setting WHERE name = 'hub_epoch'"))
  }

  /// A record of one form on show, by its place in the order of ids.
  ///
  /// - Parameter areas: that it is in one of; nil for all.
  func record(at place: Int, form: String, areas: [String]? = nil) throws -> RecordID? {
    let filter = areas.map { "AND area IN (\($0.map { "'\($0)'" }.joined(separator: ", ")))" } ?? ""
    return try read { db -> Data? in
      let count =
        try Int.fetchOne(
          db, sql: "SELECT count(*) FROM record WHERE form = ? \(filter)", arguments: [form]) ?? 0
      guard count > 0 else { return nil }
      return try Data.fetchOne(
        db,
        sql: "SELECT record FROM record WHERE form = ? \(filter) ORDER BY record LIMIT 1 OFFSET ?",
        arguments: [form, place % count])
    }.flatMap { RecordID(Array($0)) }
  }
}

extension FileLedger.Key {
  /// From the columns `record` and `address`.
  init?(_ row: Row) {
    guard let record = RecordID(Array(row["record"] as Data)),
      let address = Digest32(Array(row["address"] as Data))
    else { return nil }
    self.init(record: record, address: address)
  }
}

extension AttachmentManifest {
  /// Whether every chunk of a stored file is the one that this names.
  func isHeld(of file: Int64, in db: Database) throws -> Bool {
    let rows = try Row.fetchAll(
      db.cachedStatement(
        sql: "SELECT number, bytes FROM attachment_chunk WHERE attachment = ? ORDER BY number"),
      arguments: [file])
    return rows.count == chunks.count
      && rows.enumerated().allSatisfy { place, row in
        row["number"] as Int == place && holds(Array(row["bytes"] as Data), at: place)
      }
  }
}
