internal import Foundation
internal import GRDB
internal import Identity
internal import SyncCore
internal import SyncWire

/// Parts of a release, for whoever asks for them (committee §3).
extension HubStore {
  func intakeRelease(_ message: [UInt8]) throws -> Intake {
    guard let device = try member(message) else { return .refused(status: 403) }
    let frame = try MessageFrame(message, expecting: .releaseRequest, limits: limits)
    let request = try frame.releaseRequest(origin: device.origin, limits: limits)
    guard !device.isRevoked, device.role == .committee || device.role == .caseWorker,
      let token = Bytes16(request.token),
      keys.tokens.check(
        HubToken(token), from: device.origin, window: HubToken.window(at: now())) != .foreign
    else { return .refused(status: 403) }
    let hash = Hash.sha256(message)
    let left = try bytesLeft(of: request)
    return .ready(
      PreparedAnswer(for: Bytes16(prefixOf: device.origin), bytesMin: left) { [self] room in
        let response = try part(of: request, bytesMax: room.bytes)
        return LaidOutAnswer(
          sign(MessageFrame.encode(response), answering: hash),
          isCut: room.bytes < limits.messageBytesMax
            && response.offset + UInt64(response.bytes.count) < response.total)
      })
  }

  /// The release that ?1 asks for; 0 is the newest.
  private static let asked = """
    FROM release WHERE attached = 1 AND (?1 = 0 OR number = ?1) ORDER BY number DESC LIMIT 1
    """

  private func bytesLeft(of request: ReleaseRequest) throws -> Int {
    let total = try db.snapshot { db in
      try Int64.fetchOne(
        db.cachedStatement(sql: "SELECT length(package) \(Self.asked)"),
        arguments: [Int64(request.number)])
    }
    guard let total else { return 0 }
    guard request.offset <= UInt64(total) else { throw WireError(.inconsistent) }
    return Int(total) - Int(request.offset)
  }

  private func part(of request: ReleaseRequest, bytesMax: Int) throws -> ReleaseResponse {
    let chunk = min(limits.messageBytesMax - 4_096, bytesMax)
    return try db.snapshot { db -> ReleaseResponse in
      let row = try Row.fetchOne(
        db.cachedStatement(
          sql: """
            SELECT number, length(package) AS total, substr(package, ?2 + 1, ?3) AS part \(Self.asked)
            """),
        arguments: [Int64(request.number), Int64(request.offset), chunk])
      guard let row else { return ReleaseResponse(number: 0, total: 0, offset: 0, bytes: []) }
      let total = UInt64(row["total"] as Int64)
      guard request.offset <= total else { throw WireError(.inconsistent) }
      return ReleaseResponse(
        number: UInt64(row["number"] as Int64), total: total, offset: request.offset,
        bytes: Array(row["part"] as Data? ?? Data()))
    }
  }
}
