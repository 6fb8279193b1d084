internal import Foundation
internal import GRDB
internal import Identity
internal import SyncCore
internal import SyncWire

/// Asking a hub about its own signature, and keeping what it says (sync §9, evidence §1).
extension Replica {
  package struct AuditOutgoing: Sendable {
    package let bytes: [UInt8]
    let request: AuditRequest
  }

  /// Holds the hub to the newest checkpoint that this device checked; nil before the first.
  package func auditRequest() throws -> AuditOutgoing? {
    let state = try deviceState()
    guard let checkpoint = state.checkpoint else { return nil }
    let received = try read { try SettingTable(db: $0).integer(SettingName.receivedSeq) ?? 0 }
    // Only what this origin wrote: an entry of a closed one is not its own to ask for.
    let own = try read { db in
      try Row.fetchOne(
        db, sql: "SELECT hash, seq FROM entry WHERE origin = ? AND seq <= ? AND leaf IS NOT NULL ORDER BY seq DESC LIMIT 1",
        arguments: [try OriginTable.row(identity.origin, in: db), received])
    }
    let head = own.flatMap { row in
      Digest32(Array(row["hash"] as Data)).map { LogHead(seq: UInt64(row["seq"] as Int64), hash: $0) }
    }
    let request = AuditRequest(
      origin: identity.origin, hubEpoch: state.hubEpoch, checkpoint: checkpoint,
      head: head ?? .empty)
    return AuditOutgoing(
      bytes: MessageSigning.sign(
        MessageFrame.encode(request), by: signer, programme: programme.id),
      request: request)
  }

  /// Keeps the answer as evidence, if it is any, in the database and as a file of the home.
  ///
  /// - Returns: the file's path; nil when the answer contradicts nothing.
  package func receiveAudit(_ bytes: [UInt8], to sent: AuditOutgoing) throws -> String? {
    guard try verifier().isHubMessage(bytes, answering: sent.bytes, limits: limits) else {
      throw WireError(.signature)
    }
    _ = try MessageFrame(bytes, expecting: .auditResponse, limits: limits)
      .auditResponse(limits: limits)
    let statement = try read { db in
      try book(db).statements.last {
        $0.statement.type == .hub && $0.statement.version == sent.request.hubEpoch
      }
    }
    guard let statement else { return nil }
    let evidence = Evidence.log(
      LogEvidence(
        authority: programme.authority.bytes, statement: statement.encoded,
        device: identity.signing.publicKey.bytes, request: sent.bytes, response: bytes,
        entry: try loggedEntry(sent.request)))
    guard case .hub(_, let alarm, _, _) = evidence.verdict() else { return nil }
    return try keep(evidence, for: alarm)
  }

  private func loggedEntry(_ request: AuditRequest) throws -> LoggedEntry? {
    guard request.head.seq > 0 else { return nil }
    return try read { db in
      let row = try Row.fetchOne(
        db,
        sql: """
          SELECT \(EntryTable.columns), leaf FROM entry
          WHERE origin IN \(ownLog(db).sql) AND seq = ? AND hash = ?
          """,
        arguments: [Int64(clamping: request.head.seq), Data(request.head.hash.bytes)])
      guard let row, let leaf = row["leaf"] as Int64? else { return nil }
      let entry = try EntryTable.entry(row, coded: CodedTables(self, db), limits: limits)
      let proof = try InclusionProof(
        index: UInt64(leaf), size: request.checkpoint.size, from: TreeNodeTable(db: db))
      return LoggedEntry(
        envelope: entry.envelope.encoded, salt: entry.rootSalt.salt(of: .envelope),
        digests: try entry.sectionDigests(limits: limits), leaf: UInt64(leaf), path: proof.hashes)
    }
  }

  /// Writes a file that only its owner reads; durable on return. The same evidence makes the same
  /// file again.
  @discardableResult
  func keep(_ evidence: Evidence, for alarm: String) throws -> String {
    let bytes = evidence.encoded
    try FileManager.default.createDirectory(
      atPath: home.evidencePath, withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o700])
    let path = "\(home.evidencePath)/\(alarm)-\(Hash.sha256(bytes).hex.prefix(16)).cbor"
    if !FileManager.default.fileExists(atPath: path) { try PrivateFile.create(path, bytes) }
    return path
  }
}

extension DeviceHome {
  /// The evidence files of an alarm, the newest first.
  public func evidence(of alarm: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: evidencePath)) ?? []
    func changed(_ path: String) -> Foundation.Date {
      let found = try? FileManager.default.attributesOfItem(atPath: path)[.modificationDate]
      return found as? Foundation.Date ?? .distantPast
    }
    return names.filter { $0.hasPrefix(alarm + "-") && $0.hasSuffix(".cbor") }.sorted()
      .map { evidencePath + "/" + $0 }.sorted { changed($0) > changed($1) }
  }
}
