public import Forms
internal import Foundation
internal import GRDB
internal import Identity
public import SyncCore

/// One file that a record names (cli `attachment list`).
public struct AttachmentLine: Sendable, Hashable {
  public enum State: String, Sendable, Hashable {
    /// Every chunk is on this machine, and not yet proven to be at the hub.
    case saved
    /// The hub said, signed and in its present epoch, that it stores every chunk; or gave them all.
    case received
    /// Not all of it is here.
    case missing
  }
  public let record: RecordID
  public let code: String
  /// The field as the record's state names it, `repeat#n@hash.field` inside a repeat.
  public let field: String
  public let descriptor: AttachmentDescriptor
  public let state: State
  public let chunksHere: Int
  public let chunks: Int
  /// Attached on this device.
  public let isOwn: Bool
  /// Why the hub did not take it, at the last sync.
  public let refused: String?
}

extension Replica {
  /// The files of one record, or of all, in the order of the records.
  public func attachments(of record: RecordID? = nil) throws -> [AttachmentLine] {
    try read { db in
      let records: [RecordID]
      if let record {
        records = [record]
      } else {
        records = try Data.fetchAll(
          db.cachedStatement(sql: "SELECT DISTINCT record FROM attachment ORDER BY id")
        ).compactMap { RecordID(Array($0)) }
      }
      return try records.flatMap { try attachments(of: load($0, db), db) }
    }
  }

  private func attachments(of loaded: LoadedRecord, _ db: Database) throws -> [AttachmentLine] {
    guard let form = try catalog(db).readable(loaded.form) else { return [] }
    let state = loaded.state
    let fields = state.fields + state.repeats.flatMap { $0.instances.flatMap(\.fields) }
    let epoch = try SettingTable(db: db).integer(SettingName.hubEpoch) ?? 0
    var lines: [AttachmentLine] = []
    for field in fields where form.field(field.field)?.type.isFile == true {
      for write in field.remaining {
        guard case .text(let text) = write.value, let descriptor = AttachmentDescriptor(text),
          let row = try Row.fetchOne(
            db.cachedStatement(
              sql: """
                SELECT a.*, (SELECT count(*) FROM attachment_chunk c WHERE c.attachment = a.id) AS here
                FROM attachment a WHERE a.record = ? AND a.address = ?
                """), arguments: [Data(loaded.record.bytes), Data(descriptor.address.bytes)])
        else { continue }
        let isOwn = row["own"] as Int == 1
        let isWhole = row["manifest"] as Data? != nil && row["here"] as Int == row["chunks"] as Int
        let isReceived = !isOwn || (epoch > 0 && row["received"] as Int64 == epoch)
        lines.append(
          AttachmentLine(
            record: loaded.record, code: PublicCode(of: loaded.record).description,
            field: field.name, descriptor: descriptor,
            state: !isWhole ? .missing : isReceived ? .received : .saved,
            chunksHere: row["here"], chunks: row["chunks"], isOwn: isOwn, refused: row["refused"]))
      }
    }
    return lines
  }

  /// Opens a file, and logs that it leaves the sealed home (cli `attachment get`).
  ///
  /// - Parameters:
  ///   - line: as it was listed.
  ///   - reason: a code.
  /// - Throws: ``StoreError`` with `notFound` where it is not all here, `notOpenable` without the
  ///   record's key, `damaged` where it is not what its entry says.
  public func content(of line: AttachmentLine, reason: String? = nil) throws -> [UInt8] {
    guard line.state != .missing else {
      throw StoreError(
        .notFound, "The file \(line.descriptor.address.hex.prefix(12)) is not all here; sync first."
      )
    }
    if let reason, !reason.isReasonCode { throw Self.badFileReason }
    let content = try read { db in
      let keys = try recordKeys(line.record, in: db)
      guard !keys.isEmpty else {
        throw StoreError(.notOpenable, "The keys of this record are not here; sync first.")
      }
      var opened: [UInt8]?
      for key in keys where opened == nil { opened = try open(line, key: key, in: db) }
      if let opened, opened.count == line.descriptor.size { return opened }
      // Whole, and sealed under none of them: its key is another one's.
      guard try opened != nil || !isWhole(line, in: db) else {
        throw StoreError(
          .notOpenable, "The key of this file is not here; whoever attached it has to attach it anew.")
      }
      throw StoreError(
        .damaged,
        "The file \(line.descriptor.address.hex.prefix(12)) is not what its entry says; run verify."
      )
    }
    try db.write { db in
      try db.execute(
        sql: "INSERT INTO export_log(at, classes, reason, records) VALUES (?, 'file', ?, 1)",
        arguments: [environment.now(), reason])
    }
    return content
  }

  private func manifest(
    of line: AttachmentLine, in db: Database
  ) throws -> (row: Int64, manifest: AttachmentManifest)? {
    let row = try Row.fetchOne(
      db.cachedStatement(
        sql: "SELECT id, manifest FROM attachment WHERE record = ? AND address = ?"),
      arguments: [Data(line.record.bytes), Data(line.descriptor.address.bytes)])
    guard let row, let bytes = row["manifest"] as Data?,
      let manifest = AttachmentManifest(record: line.record, encoded: bytes),
      manifest.address == line.descriptor.address
    else { return nil }
    return (row["id"], manifest)
  }

  private func sealed(_ number: Int, ofRow id: Int64, in db: Database) throws -> [UInt8] {
    try Data.fetchOne(
      db.cachedStatement(
        sql: "SELECT bytes FROM attachment_chunk WHERE attachment = ? AND number = ?"),
      arguments: [id, number]
    ).map { Array($0) } ?? []
  }

  /// Whether its chunks are those that its address names.
  private func isWhole(_ line: AttachmentLine, in db: Database) throws -> Bool {
    guard let (id, manifest) = try manifest(of: line, in: db) else { return false }
    return try manifest.chunks.indices.allSatisfy {
      manifest.holds(try sealed($0, ofRow: id, in: db), at: $0)
    }
  }

  private func open(
    _ line: AttachmentLine, key: RecordKey, in db: Database
  ) throws -> [UInt8]? {
    guard let (id, manifest) = try manifest(of: line, in: db) else { return nil }
    do {
      let content = try AttachmentSealer.open(manifest, key: key) { number in
        try sealed(number, ofRow: id, in: db)
      }
      return content
    } catch is IdentityError {
      return nil
    }
  }

  private static let badFileReason = StoreError(
    .invalidAnswers,
    "A reason is a code of letters, digits and underscores: it travels in the clear.")
}

extension Replica {
  func rottenFiles() throws -> [String] { try read { try AttachmentCheck.rotten(in: $0) } }
}
