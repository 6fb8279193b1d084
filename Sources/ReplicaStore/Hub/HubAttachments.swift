internal import Foundation
internal import GRDB
internal import Identity
internal import SyncCore
internal import SyncWire
internal import Synchronization

/// What a hub may be made to keep of files (attachments §8.2).
struct AttachmentQuota: Sendable {
  var filesPerRecordMax = 256
  /// Sealed bytes, as manifests promise them.
  var bytesPerOriginMax: Int64 = 1 << 30
  var bytesMax: Int64 = 64 << 30
}

/// Sealed files at the hub: given chunk by chunk, kept like entries, handed to whoever has the record.
extension HubStore {
  // MARK: Given

  func intakeUpload(_ message: [UInt8]) throws -> Intake {
    guard let device = try member(message) else { return .refused(status: 403) }
    let frame = try MessageFrame(message, expecting: .uploadRequest, limits: limits)
    let request = try frame.uploadRequest(origin: device.origin, limits: limits)
    guard mayTransfer(device, token: request.token) else { return .refused(status: 403) }
    guard !isRecovering else { return .refused(status: 503) }
    let hash = Hash.sha256(message)
    let found = try db.snapshot { db -> (refused: String?, file: StoredFile?) in
      let writer = try HubWriter(self, db)
      guard try writer.recordRow(request.record) != nil else { return ("record-unknown", nil) }
      guard try writer.mayChange(request.record, by: .amend, device) else { return ("scope", nil) }
      return (nil, try StoredFile(request.address, of: request.record, in: db))
    }
    func answer(_ state: UploadResponse.State) -> Intake {
      .answer(
        sign(MessageFrame.encode(UploadResponse(hubEpoch: hubEpoch, state: state)), answering: hash)
      )
    }
    if let word = found.refused { return answer(.refused(word)) }
    guard let manifest = found.file?.manifest ?? request.manifest else { return answer(.unknown) }
    // Hashed before the writer is asked: what is not in the manifest costs nobody else anything.
    for chunk in request.chunks {
      guard manifest.holds(chunk.sealed, at: chunk.index) else { return .refused(status: 400) }
    }
    // What a failed write kept from being counted is counted before it is said to be here.
    let isCounted = live.withLock { $0.slot?.fileChanges == $0.fileChanges }
    if let file = found.file, request.chunks.isEmpty, isCounted {
      return answer(
        try readBack(HubWriter.TakenFile(file: file.row, state: nil, numbers: [])).state)
    }
    return .work(
      PreparedExchange(
        sender: Bytes16(prefixOf: device.origin), weight: message.count, requestHash: hash, request: nil, device: device
      ) { exchange, writer in
        let taken = try writer.take(request, manifest, from: device)
        try writer.noteSeen(device)
        exchange.uploaded.withLock { $0 = taken }
      })
  }

  /// What may be said of a file now. Chunks count once they were read back from the disk; a whole
  /// file once all of them were, again.
  func readBack(_ taken: HubWriter.TakenFile) throws -> UploadResponse {
    if let state = taken.state { return UploadResponse(hubEpoch: hubEpoch, state: state) }
    let state = try db.snapshot { db -> UploadResponse.State in
      guard let file = try StoredFile(row: taken.file, in: db) else {
        throw StoreError(.damaged, "A file that was stored is not there; run verify.")
      }
      let lacking = try file.lacking(in: db)
      for number in lacking.isEmpty ? Array(file.manifest.chunks.indices) : taken.numbers {
        guard let sealed = try file.chunk(number, in: db), file.manifest.holds(sealed, at: number)
        else { throw StoreError(.damaged, "A chunk could not be read back; run verify.") }
      }
      return lacking.isEmpty ? .stored : .lacking(lacking)
    }
    return UploadResponse(hubEpoch: hubEpoch, state: state)
  }

  private func mayTransfer(_ device: HubDevice, token: [UInt8]) -> Bool {
    guard !device.isRevoked, device.role != .committee, let token = Bytes16(token) else {
      return false
    }
    return keys.tokens.check(
      HubToken(token), from: device.origin, window: HubToken.window(at: now())) != .foreign
  }

  // MARK: Asked for

  func intakeDownload(_ message: [UInt8]) throws -> Intake {
    guard let device = try member(message) else { return .refused(status: 403) }
    let frame = try MessageFrame(message, expecting: .downloadRequest, limits: limits)
    let request = try frame.downloadRequest(origin: device.origin, limits: limits)
    guard mayTransfer(device, token: request.token) else { return .refused(status: 403) }
    guard !isRecovering else { return .refused(status: 503) }
    let hash = Hash.sha256(message)
    return .ready(
      PreparedAnswer(for: Bytes16(prefixOf: device.origin)) { [self] room in
        let (response, isCut) = try chunks(request, device, room)
        return LaidOutAnswer(sign(MessageFrame.encode(response), answering: hash), isCut: isCut)
      })
  }

  private func chunks(
    _ request: DownloadRequest, _ device: HubDevice, _ room: AnswerRoom
  ) throws -> (DownloadResponse, isCut: Bool) {
    let asked = min(Int(clamping: request.byteBudget), limits.messageBytesMax - 4_096)
    var isCut = false
    let response = try db.snapshot { db -> DownloadResponse in
      let absent = DownloadResponse(hubEpoch: hubEpoch, isHere: false)
      guard try HubWriter(self, db).mayRead(request.record, device),
        let file = try StoredFile(request.address, of: request.record, in: db)
      else { return absent }
      let count = file.manifest.chunks.count
      guard request.wanted.map({ $0.count == count }) ?? true else { return absent }
      var response = DownloadResponse(
        hubEpoch: hubEpoch, isHere: true, manifest: request.wantsManifest ? file.manifest : nil)
      var left = min(asked, room.bytes)
      if request.wantsManifest { left -= 16 + 32 * count }
      for number in request.wanted?.indices ?? Array(0..<count) {
        guard let sealed = try file.chunk(number, in: db) else { continue }
        // One always goes, or a small budget would bring nothing at all.
        guard sealed.count <= left || response.chunks.isEmpty else {
          isCut = room.bytes < asked
          break
        }
        // What has rotted is not sent; `verify` says so.
        guard file.manifest.holds(sealed, at: number) else { continue }
        response.chunks.append(PlacedChunk(index: number, sealed: sealed))
        left -= sealed.count
        guard response.chunks.count < 64 else { break }
      }
      return response
    }
    return (response, isCut)
  }
}

/// A file as the hub has it.
struct StoredFile {
  let row: Int64
  let manifest: AttachmentManifest

  init?(_ address: Digest32, of record: RecordID, in db: Database) throws {
    guard
      let row = try Row.fetchOne(
        db.cachedStatement(sql: "SELECT id, record, manifest FROM attachment WHERE address = ?"),
        arguments: [Data(address.bytes)])
    else { return nil }
    self.init(row)
    guard manifest.record == record, manifest.address == address else { return nil }
  }

  init?(row: Int64, in db: Database) throws {
    guard
      let row = try Row.fetchOne(
        db.cachedStatement(
          sql: "SELECT id, record, manifest FROM attachment WHERE id = ?"), arguments: [row])
    else { return nil }
    self.init(row)
  }

  init?(_ row: Row) {
    guard let record = RecordID(Array(row["record"] as Data)),
      let manifest = AttachmentManifest(record: record, encoded: row["manifest"] as Data)
    else { return nil }
    self.row = row["id"]
    self.manifest = manifest
  }

  func lacking(in db: Database) throws -> ChunkSet {
    var set = ChunkSet(count: manifest.chunks.count, all: manifest.chunks.indices)
    let numbers = try Int.fetchAll(
      db.cachedStatement(
        sql: "SELECT number FROM attachment_chunk WHERE attachment = ?"), arguments: [row])
    for number in numbers where manifest.chunks.indices.contains(number) { set.remove(number) }
    return set
  }

  func chunk(_ number: Int, in db: Database) throws -> [UInt8]? {
    try Data.fetchOne(
      db.cachedStatement(
        sql: "SELECT bytes FROM attachment_chunk WHERE attachment = ? AND number = ?"),
      arguments: [row, number]
    ).map { Array($0) }
  }
}

extension HubWriter {
  struct TakenFile: Sendable {
    var file: Int64
    /// A refusal; nil when the chunks were taken.
    var state: UploadResponse.State?
    /// The chunks that this exchange brought.
    var numbers: [Int]
  }

  /// Keeps the chunks of a file, which fit its manifest.
  mutating func take(
    _ request: UploadRequest, _ manifest: AttachmentManifest, from device: HubDevice
  ) throws -> TakenFile {
    var taken = TakenFile(file: 0, state: nil, numbers: request.chunks.map(\.index))
    // Judged again: much may have happened since it was read.
    guard try mayChange(request.record, by: .amend, device) else {
      taken.state = .refused("scope")
      return taken
    }
    let known = try StoredFile(request.address, of: request.record, in: db)
    let isNew = known == nil
    if let known {
      taken.file = known.row
    } else {
      if let word = try refusal(of: manifest, from: device) {
        taken.state = .refused(word)
        return taken
      }
      try db.execute(
        sql: """
          INSERT INTO attachment(record, address, origin, chunks, stored, promised, at, manifest)
          VALUES (?, ?, ?, ?, 0, ?, ?, ?)
          """,
        arguments: [
          Data(request.record.bytes), Data(request.address.bytes), Data(device.origin.bytes),
          manifest.chunks.count, Self.promised(manifest), now, Data(manifest.encoded),
        ])
      taken.file = db.lastInsertedRowID
    }
    for chunk in request.chunks {
      try db.cachedStatement(
        sql: """
          INSERT INTO attachment_chunk(attachment, number, bytes) VALUES (?, ?, ?)
          ON CONFLICT DO NOTHING
          """
      ).execute(arguments: [taken.file, chunk.index, Data(chunk.sealed)])
    }
    try db.execute(
      sql: """
        UPDATE attachment SET stored = (SELECT count(*) FROM attachment_chunk WHERE attachment = ?1)
        WHERE id = ?1
        """, arguments: [taken.file])
    if isNew || !request.chunks.isEmpty { try countFileChange() }
    return taken
  }

  /// Why a new file is not begun: the whole of it counts before its first chunk.
  private func refusal(of manifest: AttachmentManifest, from device: HubDevice) throws -> String? {
    let quota = store.attachmentQuota
    let files =
      try Int.fetchOne(
        db.cachedStatement(sql: "SELECT count(*) FROM attachment WHERE record = ?"),
        arguments: [Data(manifest.record.bytes)]) ?? 0
    guard files < quota.filesPerRecordMax else { return "record-full" }
    let bytes = Self.promised(manifest)
    let ofOrigin =
      try Int64.fetchOne(
        db.cachedStatement(sql: "SELECT coalesce(sum(promised), 0) FROM attachment WHERE origin = ?"),
        arguments: [Data(device.origin.bytes)]) ?? 0
    guard ofOrigin + bytes <= quota.bytesPerOriginMax else { return "quota" }
    let all = try Int64.fetchOne(db.cachedStatement(sql: "SELECT coalesce(sum(promised), 0) FROM attachment")) ?? 0
    return all + bytes <= quota.bytesMax ? nil : "hub-full"
  }

  private static func promised(_ manifest: AttachmentManifest) -> Int64 {
    Int64(manifest.chunks.count * AttachmentLimits.sealedChunkBytesMax)
  }
}
