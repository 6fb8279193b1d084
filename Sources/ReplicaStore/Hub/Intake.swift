internal import Foundation
internal import GRDB
internal import Identity
package import SyncCore
internal import SyncWire
internal import Synchronization

/// A message that needs the writer before it can be answered.
package final class PreparedExchange: Sendable {
  package let job: HubJob
  /// Whose it is: a fair share is counted by device.
  package let sender: Bytes16
  /// About what it holds, in bytes.
  package let weight: Int
  let requestHash: Digest32
  let request: SyncRequest?
  let device: HubDevice?
  /// False for a join: who asks is not enrolled yet.
  package var isFromMember: Bool { device != nil }
  let accepted = Mutex<HubWriter.Accepted?>(nil)
  let joined = Mutex<JoinResponse?>(nil)
  let succeeded = Mutex<SuccessionResponse?>(nil)

  init(
    sender: Bytes16, weight: Int, requestHash: Digest32, request: SyncRequest?, device: HubDevice?,
    body: @escaping @Sendable (PreparedExchange, inout HubWriter) throws -> Void
  ) {
    self.sender = sender
    self.weight = weight
    self.requestHash = requestHash
    self.request = request
    self.device = device
    // The job needs the exchange it belongs to, which is only complete after this initialiser.
    let link = Mutex<WeakExchange>(WeakExchange(value: nil))
    let box = LinkBox(link)
    job = HubJob { writer in
      guard let exchange = box.link.withLock({ $0.value }) else { return }
      try body(exchange, &writer)
    }
    box.link.withLock { $0.value = self }
  }
}

private struct WeakExchange: Sendable { weak var value: PreparedExchange? }
private final class LinkBox: Sendable {
  let link: Mutex<WeakExchange>
  init(_ link: consuming Mutex<WeakExchange>) { self.link = link }
}

/// What a hub does with one message before anything is written (sync §2.3).
extension HubStore {
  package enum Intake: Sendable {
    /// An HTTP status and no body: the sender is not worth a signature.
    case refused(status: Int)
    /// Nothing to write: here is the signed answer.
    case answer([UInt8])
    case work(PreparedExchange)
  }

  /// Checks a message in the order that costs an attacker more than the hub: size, sender,
  /// signature, membership, token, and only then its content.
  ///
  /// - Parameter isCarried: it came in a bundle, whose answers are laid out when all of it was taken:
  ///   then whatever gets as far as an answer is ``Intake/work(_:)``.
  package func intake(_ message: [UInt8], isCarried: Bool = false) throws -> Intake {
    guard message.count <= limits.messageBytesMax else { return .refused(status: 413) }
    guard message.count >= MessageFrame.headBytes + MessageFrame.signatureBytes,
      message[0] == MessageFrame.version, let type = MessageType(rawValue: message[1])
    else { return .refused(status: 400) }
    do {
      switch type {
      case .joinRequest: return try intakeJoin(message)
      case .syncRequest: return try intakeSync(message, isCarried)
      case .releaseRequest: return try intakeRelease(message)
      case .successionRequest: return try intakeSuccession(message)
      case .auditRequest: return try intakeAudit(message)
      case .syncResponse, .joinResponse, .releaseResponse, .successionResponse, .auditResponse:
        return .refused(status: 400)
      }
    } catch is WireError {
      return .refused(status: 400)
    } catch is CBORError {
      return .refused(status: 400)
    }
  }

  private func intakeJoin(_ message: [UInt8]) throws -> Intake {
    // The key that signed is inside, so the frame is opened first; it is small and bounded.
    guard message.count <= 512 else { return .refused(status: 413) }
    let frame = try MessageFrame(message, expecting: .joinRequest, limits: limits)
    let request = try frame.joinRequest(limits: limits)
    guard let key = SigningPublicKey(request.signingKey),
      frame.sender == Bytes16(prefixOf: key.origin),
      MessageSigning.isValid(
        message, by: key, programme: keys.programme.id, limits: limits,
        verifier: surroundings.signatures)
    else { return .refused(status: 403) }
    return .work(
      PreparedExchange(
        sender: frame.sender, weight: message.count, requestHash: Hash.sha256(message),
        request: nil, device: nil
      ) { exchange, writer in
        let response = try writer.join(request)
        exchange.joined.withLock { $0 = response }
      })
  }

  /// The member who signed this message; nil when nobody did.
  func member(_ message: [UInt8]) throws -> HubDevice? {
    let sender = try MessageFrame.sender(of: message, limits: limits)
    guard let device = try db.read({ try device(sender: sender, in: $0) }),
      MessageSigning.isValid(
        message, by: device.signing, programme: keys.programme.id, limits: limits,
        verifier: surroundings.signatures)
    else { return nil }
    return device
  }

  private func intakeSync(_ message: [UInt8], _ isCarried: Bool) throws -> Intake {
    guard let device = try member(message) else { return .refused(status: 403) }
    let frame = try MessageFrame(message, expecting: .syncRequest, limits: limits)
    let context = MessageFrame.PushContext(
      programme: keys.programme.id, origin: device.origin,
      hashAtSeq: { [self] seq, hash in
        try? db.read { db in
          let named = NamedHead(seq: hash == nil ? 0 : seq, hash: hash ?? Bytes16(high: 0, low: 0))
          guard let row = try OriginTable.row(of: device.origin, at: named, in: db)
          else { return nil }
          return try EntryTable.hashes(ofOriginRow: row, seqs: seq...seq, in: db)?.first
        }
      })
    let received = try frame.syncRequest(context, limits: limits)
    let request = received.request
    let hash = Hash.sha256(message)
    let (head, row) = try log(of: device, at: NamedHead(request))
    guard let token = Bytes16(request.token),
      keys.tokens.check(
        HubToken(token), from: device.origin, window: HubToken.window(at: now())) == .fresh
    else {
      return .answer(sign(plain(.staleToken, device, head), answering: hash))
    }
    guard request.hubEpoch == hubEpoch || isRecovering else {
      var response = plain(.otherEpoch, device, head)
      response.hubStatement = hubStatement
      return .answer(sign(response, answering: hash))
    }
    if let push = request.push {
      guard isSigned(push, device) else { return .refused(status: 400) }
      if device.isRevoked, device.lastPushDone {
        return .answer(sign(plain(.revoked, device, head), answering: hash))
      }
      return .work(
        PreparedExchange(
          sender: frame.sender, weight: message.count * 4, requestHash: hash, request: request,
          device: device
        ) { exchange, writer in
          let accepted = try writer.accept(push, from: device, at: NamedHead(request))
          try writer.noteSeen(device)
          exchange.accepted.withLock { $0 = accepted }
        })
    }
    let exchange = PreparedExchange(
      sender: frame.sender, weight: message.count, requestHash: hash, request: request,
      device: device
    ) { exchange, writer in
      try writer.noteSeen(device)
      exchange.accepted.withLock { $0 = HubWriter.Accepted(head: head, row: row) }
    }
    // A quiet sync writes nothing, and so waits for nobody.
    guard isCarried || device.isRevoked || now() - device.lastSeen > 3_600 else {
      exchange.accepted.withLock { $0 = HubWriter.Accepted(head: head, row: row) }
      return .answer(try answer(exchange))
    }
    return .work(exchange)
  }

  private func isSigned(_ push: Push, _ device: HubDevice) -> Bool {
    guard let first = push.entries.first?.envelope.seq, let signature = Signature(push.signature),
      let segment = Segment(
        covering: push.entries.map(\.hash), first: first, programme: keys.programme.id,
        origin: device.origin)
    else { return false }
    return surroundings.signatures.isValid(signature, over: segment, by: device.signing)
  }

  private func log(
    of device: HubDevice, at named: NamedHead
  ) throws -> (head: LogHead, row: Int64?) {
    try db.read { db in
      guard let row = try OriginTable.row(of: device.origin, at: named, in: db) else {
        return (.empty, nil)
      }
      return (try EntryTable.head(ofOriginRow: row, in: db), row)
    }
  }

  func plain(
    _ status: SyncResponse.Status, _ device: HubDevice, _ head: LogHead
  ) -> SyncResponse {
    SyncResponse(
      status: status, hubEpoch: hubEpoch, token: token(for: device.origin), head: head)
  }

  func sign(_ response: SyncResponse, answering request: Digest32) -> [UInt8] {
    sign(MessageFrame.encode(response), answering: request)
  }

  func sign(_ unsigned: [UInt8], answering request: Digest32) -> [UInt8] {
    MessageSigning.sign(
      unsigned, by: signer, programme: keys.programme.id, answering: request)
  }

  /// The signed answer for a hub that has too much to do; nothing was processed.
  package func busyAnswer(_ exchange: PreparedExchange, seconds: UInt64) -> [UInt8]? {
    guard let device = exchange.device, let request = exchange.request,
      let (head, _) = try? log(of: device, at: NamedHead(request))
    else { return nil }
    var response = plain(.busy, device, head)
    response.retryAfter = seconds
    return sign(response, answering: exchange.requestHash)
  }

  private func intakeRelease(_ message: [UInt8]) throws -> Intake {
    guard let device = try member(message) else { return .refused(status: 403) }
    let frame = try MessageFrame(message, expecting: .releaseRequest, limits: limits)
    let request = try frame.releaseRequest(origin: device.origin, limits: limits)
    guard !device.isRevoked, device.role == .committee || device.role == .caseWorker,
      let token = Bytes16(request.token),
      keys.tokens.check(
        HubToken(token), from: device.origin, window: HubToken.window(at: now())) != .foreign
    else { return .refused(status: 403) }
    let chunk = limits.messageBytesMax - 4_096
    let response = try db.read { db -> ReleaseResponse in
      let row = try Row.fetchOne(
        db,
        sql: """
          SELECT number, length(package) AS total, substr(package, ? + 1, ?) AS part FROM release
          WHERE attached = 1 AND (? = 0 OR number = ?) ORDER BY number DESC LIMIT 1
          """,
        arguments: [
          Int64(request.offset), chunk, Int64(request.number), Int64(request.number),
        ])
      guard let row else { return ReleaseResponse(number: 0, total: 0, offset: 0, bytes: []) }
      let total = UInt64(row["total"] as Int64)
      guard request.offset <= total else { throw WireError(.inconsistent) }
      return ReleaseResponse(
        number: UInt64(row["number"] as Int64), total: total, offset: request.offset,
        bytes: Array(row["part"] as Data? ?? Data()))
    }
    return .answer(sign(MessageFrame.encode(response), answering: Hash.sha256(message)))
  }
}

extension HubWriter {
  /// Notes a sign of life, at most once an hour, so that a quiet sync writes nothing.
  func noteSeen(_ device: HubDevice) throws {
    if device.isRevoked {
      try db.execute(
        sql: "UPDATE device SET last_push_done = 1 WHERE origin = ?",
        arguments: [Data(device.origin.bytes)])
    }
    guard now - device.lastSeen > 3_600 || now < device.lastSeen else { return }
    try db.execute(
      sql: "UPDATE device SET last_seen = ? WHERE origin = ?",
      arguments: [now, Data(device.origin.bytes)])
  }
}
