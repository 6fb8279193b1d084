internal import Foundation
internal import GRDB
internal import Identity
package import SyncCore
internal import SyncWire
internal import Synchronization
internal import TransparencyLog

/// A message that needs the writer before it can be answered.
package final class PreparedExchange: Sendable {
  package let job: HubJob
  /// Whose it is: a fair share is counted by device.
  package let sender: Bytes16
  /// About what it holds, in bytes.
  package let weight: Int
  let requestHash: Digest32
  let request: SyncRequest?
  /// The head of its log that the device expects to read of, where this hub knows its hash.
  let claimed: LogHead?
  let device: HubDevice?
  /// False for a join: who asks is not enrolled yet.
  package var isFromMember: Bool { device != nil }
  let accepted = Mutex<HubWriter.Accepted?>(nil)
  let joined = Mutex<JoinResponse?>(nil)
  let succeeded = Mutex<SuccessionResponse?>(nil)
  let uploaded = Mutex<HubWriter.TakenFile?>(nil)

  init(
    sender: Bytes16, weight: Int, requestHash: Digest32, request: SyncRequest?,
    claimed: LogHead? = nil, device: HubDevice?,
    body: @escaping @Sendable (PreparedExchange, inout HubWriter) throws -> Void
  ) {
    self.sender = sender
    self.weight = weight
    self.requestHash = requestHash
    self.request = request
    self.claimed = claimed
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
    /// Nothing to do: here is the signed answer.
    case answer([UInt8])
    /// Nothing to write, and something to be read for the answer.
    case ready(PreparedAnswer)
    case work(PreparedExchange)
  }

  /// Checks a message in the order that costs an attacker more than the hub: size, sender,
  /// signature, membership, token, and only then its content.
  ///
  /// - Parameters:
  ///   - isCarried: it came in a bundle, whose answers are laid out when all of it was taken: then
  ///     whatever gets as far as an answer is ``Intake/work(_:)``.
  ///   - wait: asked, for whatever may be a push, before it is read and once it is known whose it is:
  ///     seconds that this device has to wait with so much work; nil when there is room for it now.
  package func intake(
    _ message: [UInt8], isCarried: Bool = false,
    wait: (Bytes16, _ weight: Int) -> Int? = { _, _ in nil }
  ) throws -> Intake {
    guard message.count <= limits.messageBytesMax else { return .refused(status: 413) }
    guard let type = MessageType(of: message) else { return .refused(status: 400) }
    do {
      switch type {
      case .joinRequest: return try intakeJoin(message)
      case .syncRequest: return try intakeSync(message, isCarried, wait)
      case .shortRequest: return try intakeShort(message)
      case .shortPush: return try intakeShortPush(message, wait)
      case .releaseRequest: return try intakeRelease(message)
      case .successionRequest: return try intakeSuccession(message)
      case .auditRequest: return try intakeAudit(message)
      case .uploadRequest: return try intakeUpload(message)
      case .downloadRequest: return try intakeDownload(message)
      case .syncResponse, .sealedResponse, .joinResponse, .releaseResponse, .successionResponse,
        .auditResponse, .uploadResponse, .downloadResponse:
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
    guard let key = SigningPublicKey(request.signingKey), let sender = frame.head.sender,
      MessageSigning.isValid(
        message, by: key, programme: keys.programme.id, limits: limits,
        verifier: surroundings.signatures)
    else { return .refused(status: 403) }
    return .work(
      PreparedExchange(
        sender: sender, weight: message.count, requestHash: Hash.sha256(message),
        request: nil, device: nil
      ) { exchange, writer in
        let response = try writer.join(request)
        exchange.joined.withLock { $0 = response }
      })
  }

  /// The member who signed this message; nil when nobody did.
  func member(_ message: [UInt8]) throws -> HubDevice? {
    guard let type = MessageType(of: message),
      let sender = try MessageHead(message, expecting: [type], limits: limits).sender,
      let device = try db.snapshot({ try device(sender: sender, in: $0) }),
      MessageSigning.isValid(
        message, by: device.signing, programme: keys.programme.id, limits: limits,
        verifier: surroundings.signatures)
    else { return nil }
    return device
  }

  private func intakeSync(
    _ message: [UInt8], _ isCarried: Bool, _ wait: (Bytes16, Int) -> Int?
  ) throws -> Intake {
    guard let device = try member(message) else { return .refused(status: 403) }
    if let busy = try busy(message, device, wait) { return busy }
    let frame = try MessageFrame(message, expecting: .syncRequest, limits: limits)
    let reads = AskedReads()
    let received = try reads.telling {
      try frame.syncRequest(pushContext(of: device, reads), limits: limits)
    }
    let request = received.request
    let hash = Hash.sha256(message)
    let (head, row) = try log(of: device, at: NamedHead(request))
    // Who reads a carried answer may not remember what it asked: such a one says it all.
    let claimed =
      isCarried || received.pushBeginsBeyondHead ? nil : claimed(by: request, held: head)
    guard let token = Bytes16(request.token),
      keys.tokens.check(
        HubToken(token), from: device.origin, window: HubToken.window(at: now())) == .fresh
    else {
      return .answer(
        try sign(plain(.sayInFull, device, head), claimed: claimed, answering: hash))
    }
    guard request.hubEpoch == hubEpoch || isRecovering else {
      return .answer(try sign(otherEpoch(device, head), claimed: claimed, answering: hash))
    }
    var judged: JudgedPush?
    if let push = request.push {
      guard let signed = try self.judged(push, device) else { return .refused(status: 400) }
      judged = signed
    }
    return try proceed(
      request, judged, claimed: claimed, from: device, at: (head, row),
      weight: message.count, hash, isCarried: isCarried)
  }

  /// What a hub needs to read a device's push.
  func pushContext(of device: HubDevice, _ reads: AskedReads) -> MessageFrame.PushContext {
    MessageFrame.PushContext(
      programme: keys.programme.id, origin: device.origin,
      referred: { [self] seqs, end in
        let found = reads.read {
          try db.snapshot { db -> [UInt64: ReferredEntry]? in
            guard let row = try row(of: device, through: end, in: db) else { return nil }
            return try EntryTable.referred(ofOriginRow: row, seqs: seqs, in: db)
          }
        }
        return found ?? [:]
      },
      hashAtSeq: { [self] seq, hash in
        reads.read {
          try db.snapshot { db -> EntryHash? in
            guard let row = try row(of: device, through: (seq, hash), in: db),
              let held = try EntryTable.hashes(ofOriginRow: row, seqs: seq...seq, in: db)?.first
            else { return nil }
            // Behind another entry than the one it names, a push is not what was signed.
            return hash.map { $0 == Bytes16(prefixOf: held) } ?? true ? held : nil
          }
        }
      })
  }

  /// The log that a push goes on from: the branch of the device's that has an entry with this hash,
  /// or the predecessor's in which a successor says that its own begins (sync §8.3); the device's
  /// first branch without a hash.
  private func row(
    of device: HubDevice, through place: (seq: UInt64, hash: Bytes16?), in db: Database
  ) throws -> Int64? {
    guard let hash = place.hash else {
      let anywhere = NamedHead(seq: 0, hash: Bytes16(high: 0, low: 0))
      return try OriginTable.row(of: device.origin, at: anywhere, in: db)
    }
    let named = NamedHead(seq: place.seq, hash: hash)
    // Settled by the job of this very push, which has to be read first.
    if let start = try start(of: device, at: named, in: db) { return start.place.row }
    return try OriginTable.row(of: device.origin, at: named, in: db)
  }

  /// What to do with a request that this hub believes: answer, or work first.
  func proceed(
    _ request: SyncRequest, _ judged: JudgedPush? = nil, claimed: LogHead?, from device: HubDevice,
    at log: (head: LogHead, row: Int64?), weight: Int, _ hash: Digest32, isCarried: Bool = false
  ) throws -> Intake {
    let (head, row) = log
    let sender = Bytes16(prefixOf: device.origin)
    if let judged {
      if device.isRevoked, device.lastPushDone {
        return .answer(
          try sign(plain(.revoked, device, head), claimed: claimed, answering: hash))
      }
      return .work(
        PreparedExchange(
          sender: sender, weight: Self.pushWeight(weight), requestHash: hash, request: request,
          claimed: claimed, device: device
        ) { exchange, writer in
          try writer.settleStart(of: device, at: NamedHead(request))
          let accepted = try writer.accept(judged, from: device, at: NamedHead(request))
          try writer.noteSeen(device)
          exchange.accepted.withLock { $0 = accepted }
        })
    }
    // Only who went on from another origin has a beginning to settle.
    if device.predecessor != nil, try db.snapshot({ try start(of: device, at: NamedHead(request), in: $0) }) != nil {
      return .work(
        PreparedExchange(
          sender: sender, weight: weight, requestHash: hash, request: request, claimed: nil,
          device: device
        ) { exchange, writer in
          try writer.settleStart(of: device, at: NamedHead(request))
          try writer.noteSeen(device)
          let row = try OriginTable.row(
            of: device.origin, at: NamedHead(request), in: writer.db)
          let head = try row.map { try EntryTable.head(ofOriginRow: $0, in: writer.db) } ?? .empty
          exchange.accepted.withLock { $0 = HubWriter.Accepted(head: head, row: row) }
        })
    }
    let exchange = PreparedExchange(
      sender: sender, weight: weight, requestHash: hash, request: request, claimed: claimed,
      device: device
    ) { exchange, writer in
      try writer.noteSeen(device)
      exchange.accepted.withLock { $0 = HubWriter.Accepted(head: head, row: row) }
    }
    // A quiet sync writes nothing, and so waits for nobody.
    guard isCarried || device.isRevoked || now() - device.lastSeen > 3_600 else {
      exchange.accepted.withLock { $0 = HubWriter.Accepted(head: head, row: row) }
      return .ready(PreparedAnswer(for: sender) { [self] in try layOut(exchange, room: $0) })
    }
    return .work(exchange)
  }

  /// The head that a device expects to read of: what it pushed to, or what it named.
  private func claimed(by request: SyncRequest, held: LogHead) -> LogHead? {
    if let push = request.push { return push.end }
    guard held.seq == request.headSeq, held.seq == 0 || Bytes16(prefixOf: held.hash) == request.headHash
    else { return nil }
    return held
  }

  /// Nil when the device did not sign it.
  func judged(_ push: Push, _ device: HubDevice) throws -> JudgedPush? {
    guard let first = push.entries.first?.envelope.seq, let signature = Signature(push.signature),
      let segment = Segment(
        covering: push.entries.map(\.hash), first: first, programme: keys.programme.id,
        origin: device.origin, context: push.context),
      surroundings.signatures.isValid(signature, over: segment, by: device.signing)
    else { return nil }
    return try JudgedPush(push, signed: segment, catalog: catalog, limits: limits)
  }

  /// About what a push of so many bytes adds to the store.
  static func pushWeight(_ bytes: Int) -> Int { bytes * 4 }

  func log(
    of device: HubDevice, at named: NamedHead
  ) throws -> (head: LogHead, row: Int64?) {
    try db.snapshot { db in
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

  func otherEpoch(_ device: HubDevice, _ head: LogHead) -> SyncResponse {
    var response = plain(.otherEpoch, device, head)
    response.hubStatement = hubStatement
    return response
  }

  /// Signs a sync response; with a tree, as that tree's checkpoint (wire-format §1.2).
  func sign(
    _ response: SyncResponse, claimed: LogHead?, answering request: Digest32
  ) throws -> [UInt8] {
    let unsigned = MessageFrame.encode(response, claimed: claimed)
    guard let tree = response.tree else { return sign(unsigned, answering: request) }
    let answer = MessageFrame.signedHash(
      programme: keys.programme.id, answering: request, message: unsigned)
    let checkpoint = try Checkpoint(
      origin: LogOrigin(programme: keys.programme.id, epoch: response.hubEpoch), size: tree.size,
      root: tree.root, answer: answer)
    let signed = try SignedCheckpoint(signing: checkpoint, with: logSigner, at: tree.time)
    return unsigned + signed.hubCosignature.signature
  }

  package func sign(_ unsigned: [UInt8], answering request: Digest32) -> [UInt8] {
    MessageSigning.sign(
      unsigned, by: signer, programme: keys.programme.id, answering: request)
  }
}

extension HubWriter {
  /// Notes a sign of life, at most once an hour, so that a quiet sync writes nothing.
  func noteSeen(_ device: HubDevice) throws {
    if device.isRevoked {
      try db.cachedStatement(
        sql: "UPDATE device SET last_push_done = 1 WHERE origin = ?"
      ).execute(arguments: [Data(device.origin.bytes)])
    }
    guard now - device.lastSeen > 3_600 || now < device.lastSeen else { return }
    try db.cachedStatement(
      sql: "UPDATE device SET last_seen = ? WHERE origin = ?"
    ).execute(arguments: [now, Data(device.origin.bytes)])
  }
}
