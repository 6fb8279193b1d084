internal import Foundation
internal import GRDB
internal import SyncCore
internal import SyncWire
internal import Synchronization

/// Answers to a device that holds the hub to its own checkpoint (sync §9).
extension HubStore {
  func intakeAudit(_ message: [UInt8]) throws -> Intake {
    guard message.count <= 1_024 else { return .refused(status: 413) }
    guard let device = try member(message) else { return .refused(status: 403) }
    let frame = try MessageFrame(message, expecting: .auditRequest, limits: limits)
    let request = try frame.auditRequest(origin: device.origin, limits: limits)
    let (epoch, frontier, recovering) = live.withLock {
      ($0.hubEpoch, $0.frontier, $0.isRecovering)
    }
    // A hub that was put back says so to every sync, and until its authority signed nothing else.
    guard !recovering, !device.isRevoked else { return .refused(status: 403) }
    let named = NamedHead(seq: request.head.seq, hash: Bytes16(prefixOf: request.head.hash))
    let response = try db.snapshot { db -> AuditResponse in
      let head = try OriginTable.row(of: device.origin, at: named, in: db)
        .map { try EntryTable.head(ofOriginRow: $0, in: db) } ?? .empty
      let known = request.checkpoint.size
      let consistency = known > 0 && known < frontier.end && request.hubEpoch == epoch
        ? try ConsistencyProof(
          oldSize: known, newSize: frontier.end, from: TreeNodeTable(db: db)).hashes : []
      return AuditResponse(
        hubEpoch: epoch, head: head, size: frontier.end, root: frontier.root ?? .zero,
        consistency: consistency)
    }
    return .answer(sign(MessageFrame.encode(response), answering: Hash.sha256(message)))
  }
}
