internal import Foundation
internal import GRDB
internal import Identity
package import SyncCore
internal import SyncWire

/// A file that has to go to the hub, or that is not all here.
package struct PendingFile: Sendable, Hashable {
  package let row: Int64
  package let record: RecordID
  package let address: Digest32
  /// How many it has; of a file whose manifest is not here, how many it may have.
  package let chunks: Int
  /// About how many bytes have to go, or to come.
  package let bytesLeft: Int
  /// Whether the hub was given the manifest, or was to be.
  package private(set) var isOffered: Bool

  /// The same after the hub may have been given the manifest.
  package var offeredBefore: PendingFile {
    var copy = self
    copy.isOffered = true
    return copy
  }

  /// The same for a hub that knows nothing of it.
  package var offeredAnew: PendingFile {
    var copy = self
    copy.isOffered = false
    return copy
  }
}

/// Files on their way, message by message (attachments §7).
extension Replica {
  package struct FileOutgoing: Sendable {
    package let bytes: [UInt8]
    let file: PendingFile
    /// The chunks that go up, or are asked for.
    package let numbers: [Int]
  }

  // MARK: Up

  /// Files that were attached here and that the hub has not said to store, the oldest first.
  package func filesToGive() throws -> [PendingFile] {
    try read { db in
      let epoch = try SettingTable(db: db).integer(SettingName.hubEpoch) ?? 0
      return try Row.fetchAll(
        db.cachedStatement(
          sql: """
            SELECT *, (SELECT sum(length(bytes)) FROM attachment_chunk c WHERE c.attachment = a.id)
              AS bytes_left
            FROM attachment a WHERE own = 1 AND received <> ? ORDER BY id
            """), arguments: [epoch]
      ).compactMap { PendingFile($0) }
    }
  }

  /// - Parameters:
  ///   - lacking: what the hub said that it lacks; nil when it was not asked in this sync.
  ///   - bytesMax: of the chunks; one always goes.
  package func uploadRequest(
    _ file: PendingFile, lacking: ChunkSet?, bytesMax: Int
  ) throws -> FileOutgoing {
    try transaction { db in
      let manifest = try manifest(file, in: db)
      guard let manifest else {
        throw StoreError(.damaged, "A file of this home has no manifest; run verify.")
      }
      // After a cut the hub may have any part of it: it is asked first.
      let asksOnly = lacking == nil && file.isOffered
      let wanted = asksOnly ? [] : lacking?.indices ?? Array(manifest.chunks.indices)
      var left = min(bytesMax, limits.messageBytesMax - 8_192)
      if lacking == nil, !asksOnly { left -= manifest.encoded.count }
      var chunks: [PlacedChunk] = []
      for number in wanted.prefix(60) {
        let sealed = try chunk(number, of: file, in: db)
        guard manifest.holds(sealed, at: number) else {
          throw StoreError(
            .damaged, "A file of this home no longer matches its address; run verify.")
        }
        guard sealed.count <= left || chunks.isEmpty else { break }
        chunks.append(PlacedChunk(index: number, sealed: sealed))
        left -= sealed.count
      }
      try db.execute(
        sql: "UPDATE attachment SET offered = 1 WHERE id = ?", arguments: [file.row])
      let request = UploadRequest(
        origin: identity.origin, token: try token(db), record: file.record, address: file.address,
        manifest: lacking == nil && !asksOnly ? manifest : nil, chunks: chunks)
      return FileOutgoing(
        bytes: MessageSigning.sign(
          MessageFrame.encode(request), by: signer, programme: programme.id), file: file,
        numbers: chunks.map(\.index))
    }
  }

  /// What the hub says that it has; what counts as received is durable on return.
  package func receiveUpload(
    _ bytes: [UInt8], to sent: FileOutgoing
  ) throws -> UploadResponse.State {
    let frame = try hubFrame(bytes, expecting: .uploadResponse, to: sent)
    let response = try frame.uploadResponse(limits: limits)
    try transaction { db in
      try requireEpoch(response.hubEpoch, in: db)
      switch response.state {
      case .stored:
        try db.execute(
          sql: "UPDATE attachment SET received = ?, refused = NULL WHERE id = ?",
          arguments: [Int64(response.hubEpoch), sent.file.row])
      case .refused(let word):
        try db.execute(
          sql: "UPDATE attachment SET refused = ?, offered = 0 WHERE id = ?",
          arguments: [word, sent.file.row])
      case .unknown:
        try db.execute(
          sql: "UPDATE attachment SET offered = 0 WHERE id = ?", arguments: [sent.file.row])
      case .lacking(let set):
        guard set.count == sent.file.chunks else { throw WireError(.inconsistent) }
      }
    }
    return response.state
  }

  // MARK: Down

  /// Files that others attached and that are not all here, the oldest first.
  package func filesToFetch() throws -> [PendingFile] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT *, \(AttachmentLimits.sealedChunkBytesMax) * (chunks - (
            SELECT count(*) FROM attachment_chunk c WHERE c.attachment = a.id)) AS bytes_left
          FROM attachment a WHERE own = 0 AND (manifest IS NULL
            OR chunks > (SELECT count(*) FROM attachment_chunk c WHERE c.attachment = a.id))
          ORDER BY id
          """
      ).compactMap { PendingFile($0) }
    }
  }

  package func downloadRequest(_ file: PendingFile, byteBudget: Int) throws -> FileOutgoing {
    try read { db in
      let manifest = try manifest(file, in: db)
      var wanted: ChunkSet?
      if let manifest {
        var set = ChunkSet(count: manifest.chunks.count, all: manifest.chunks.indices)
        for number in try numbers(of: file, in: db) where set.contains(number) {
          set.remove(number)
        }
        wanted = set
      }
      let request = DownloadRequest(
        origin: identity.origin, token: try token(db), record: file.record, address: file.address,
        byteBudget: UInt64(byteBudget), wantsManifest: manifest == nil, wanted: wanted)
      return FileOutgoing(
        bytes: MessageSigning.sign(
          MessageFrame.encode(request), by: signer, programme: programme.id), file: file,
        numbers: wanted?.indices ?? Array(0..<file.chunks))
    }
  }

  package struct FileReceived: Sendable, Hashable {
    /// Whether the hub has the file, for this device.
    package var isHere = false
    /// Chunks that came.
    package var chunks = 0
    package var isWhole = false
  }

  /// Checks and keeps what came: each chunk by its place in a manifest that gives the address.
  package func receiveDownload(_ bytes: [UInt8], to sent: FileOutgoing) throws -> FileReceived {
    let file = sent.file
    let frame = try hubFrame(bytes, expecting: .downloadResponse, to: sent)
    let response = try frame.downloadResponse(record: file.record, limits: limits)
    return try transaction { db in
      try requireEpoch(response.hubEpoch, in: db)
      guard response.isHere else { return FileReceived() }
      // The record may have left this replica in the meantime.
      guard
        try Int64.fetchOne(
          db.cachedStatement(sql: "SELECT id FROM attachment WHERE id = ?"), arguments: [file.row])
          != nil
      else { return FileReceived() }
      var manifest = try manifest(file, in: db)
      if manifest == nil, let given = response.manifest {
        guard given.address == file.address, given.chunks.count <= file.chunks else {
          throw WireError(.inconsistent)
        }
        try db.execute(
          sql: "UPDATE attachment SET manifest = ?, chunks = ? WHERE id = ?",
          arguments: [Data(given.encoded), given.chunks.count, file.row])
        manifest = given
      }
      guard let manifest else { throw WireError(.inconsistent) }
      let asked = Set(sent.numbers)
      for chunk in response.chunks {
        guard asked.contains(chunk.index), manifest.holds(chunk.sealed, at: chunk.index) else {
          throw WireError(.inconsistent)
        }
        try db.cachedStatement(
          sql: """
            INSERT INTO attachment_chunk(attachment, number, bytes) VALUES (?, ?, ?)
            ON CONFLICT DO NOTHING
            """
        ).execute(arguments: [file.row, chunk.index, Data(chunk.sealed)])
      }
      return FileReceived(
        isHere: true, chunks: response.chunks.count,
        isWhole: try numbers(of: file, in: db).count == manifest.chunks.count)
    }
  }

  // MARK: Parts

  private func hubFrame(
    _ bytes: [UInt8], expecting type: MessageType, to sent: FileOutgoing
  ) throws -> MessageFrame {
    guard try verifier().isHubMessage(bytes, answering: sent.bytes, limits: limits) else {
      throw WireError(.signature)
    }
    return try MessageFrame(bytes, expecting: type, limits: limits)
  }

  /// What a hub says in another epoch than the device knows counts for nothing.
  private func requireEpoch(_ epoch: UInt64, in db: Database) throws {
    let known = try SettingTable(db: db).integer(SettingName.hubEpoch) ?? 0
    guard known > 0, UInt64(known) == epoch else { throw WireError(.inconsistent) }
  }

  private func token(_ db: Database) throws -> [UInt8] {
    guard let token = try SettingTable(db: db).bytes(SettingName.token) else {
      throw StoreError(.noHome, "This home has not joined yet; run join again with the invite.")
    }
    return token
  }

  private func manifest(_ file: PendingFile, in db: Database) throws -> AttachmentManifest? {
    guard
      let bytes = try Data.fetchOne(
        db.cachedStatement(sql: "SELECT manifest FROM attachment WHERE id = ?"),
        arguments: [file.row])
    else { return nil }
    guard let manifest = AttachmentManifest(record: file.record, encoded: bytes),
      manifest.address == file.address
    else {
      throw StoreError(.damaged, "A file of this home no longer matches its address; run verify.")
    }
    return manifest
  }

  private func chunk(_ number: Int, of file: PendingFile, in db: Database) throws -> [UInt8] {
    try Data.fetchOne(
      db.cachedStatement(
        sql: "SELECT bytes FROM attachment_chunk WHERE attachment = ? AND number = ?"),
      arguments: [file.row, number]
    ).map { Array($0) } ?? []
  }

  private func numbers(of file: PendingFile, in db: Database) throws -> [Int] {
    try Int.fetchAll(
      db.cachedStatement(sql: "SELECT number FROM attachment_chunk WHERE attachment = ?"),
      arguments: [file.row])
  }
}

extension PendingFile {
  fileprivate init?(_ row: Row) {
    guard let record = RecordID(Array(row["record"] as Data)),
      let address = Digest32(Array(row["address"] as Data))
    else { return nil }
    self.init(
      row: row["id"], record: record, address: address, chunks: row["chunks"],
      bytesLeft: row["bytes_left"] ?? 0,
      isOffered: row["offered"] as Int == 1)
  }
}
