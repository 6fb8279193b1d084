package import Identity
internal import SyncCore
internal import SyncWire
internal import Synchronization

/// What a bundle brought to a hub, and what goes back (bundle §4).
package struct CarriedHere: Sendable {
  /// Who made it.
  package let device: HubDevice
  /// Requests that were taken, of so many.
  package var taken = 0
  package let requests: Int
  /// Entries that were new here.
  package var entries = 0
  /// Of those, the ones that are held back.
  package var held = 0
  /// Whether the last answer tells that device that nothing was done, and why.
  package var outcome = Outcome.done
  /// Whether there was more to say than one bundle carries.
  package var isCutShort = false
  package var answers: [BundleAnswers.Answer] = []

  package enum Outcome: String, Sendable {
    case done
    /// The device has to take a fresh token, or another epoch of the hub, and make its bundle anew.
    case repeated
    /// Kept without receipts until the authority has named a new epoch.
    case recovering
    case revoked
    /// A request in it is none, or is not its maker's.
    case refused
  }
}

/// Taking a bundle: the same intake, one message after the other, and answers that go on from each
/// other (bundle §4).
extension HubStore {
  /// Bytes of answers in one bundle; padding has room beside them.
  private static let answerBytesMax = 24 << 20

  /// Opens a bundle and takes each of its requests; durable on return.
  ///
  /// - Parameter exclusively: runs what writes while nothing else does; once for each request, so
  ///   that devices on the line wait for one at most.
  /// - Throws: ``IdentityError`` when the file cannot be opened; ``StoreError`` with `notAllowed` when
  ///   no member signed it, `bundleRefused` when it does not hold requests. Nothing was changed then.
  package func take(
    bundle file: [UInt8], exclusively: (() throws -> Void) throws -> Void = { try $0() }
  ) throws -> CarriedHere {
    let messages = try BundleSealer.open(
      file, as: BundleRequests.self, programme: keys.programme.id, with: keys.opening,
      limits: limits
    ).messages
    var here = CarriedHere(device: try maker(of: messages), requests: messages.count)
    var asked: SyncRequest?
    var bytes = 0
    for (index, message) in messages.enumerated() {
      switch try intake(message, isCarried: true) {
      // What has nothing to be done for it is not carried.
      case .refused, .ready: return try refused(here)
      case .answer(let answer):
        // What this one meets, those after it would meet too.
        here.outcome = try outcome(of: answer)
        here.answers.append(.init(request: Hash.sha256(message), message: answer))
        return here
      case .work(let exchange):
        try exclusively { try commit([exchange.job]) }
        try exchange.job.result()
        here.taken += 1
        try answer(
          exchange, isLast: index == messages.count - 1, &asked, &bytes, &here)
      }
    }
    return here
  }

  /// The one member who signed every message; only what a device may carry is looked at.
  private func maker(of messages: [[UInt8]]) throws -> HubDevice {
    var maker: HubDevice?
    for message in messages {
      let carried = [MessageType.syncRequest, .successionRequest]
      guard (try? MessageHead(message, expecting: carried, limits: limits)) != nil else {
        throw StoreError(
          .bundleRefused,
          "The bundle holds something else than requests of this version; update both programs.")
      }
      let found: HubDevice?
      do { found = try member(message) } catch is WireError { found = nil }
      guard let found, maker == nil || maker?.origin == found.origin else {
        throw StoreError(
          .notAllowed,
          "No member of this programme signed what the bundle holds; ask who made it to join anew.")
      }
      maker = found
    }
    guard let maker else { throw StoreError(.bundleRefused, "The bundle is empty.") }
    return maker
  }

  /// Whoever signed something that is no request is told as little as over a line.
  private func refused(_ here: CarriedHere) throws -> CarriedHere {
    guard here.taken > 0 else {
      throw StoreError(
        .bundleRefused, "A request in the bundle is false or malformed; update both programs.")
    }
    var here = here
    here.outcome = .refused
    return here
  }

  private func outcome(of answer: [UInt8]) throws -> CarriedHere.Outcome {
    let context = ResponseContext(
      programme: keys.programme.id, hubEpoch: hubEpoch, answering: .zero, claimed: .empty)
    let response = try MessageFrame(syncResponse: answer, limits: limits)
      .syncResponse(context, limits: limits)
    switch response.status {
    case .revoked: return .revoked
    case .recovering: return .recovering
    case .done, .sayInFull, .otherEpoch, .busy: return .repeated
    }
  }

  /// Lays out the answers to one request: one, or for the last as many as it takes.
  private func answer(
    _ exchange: PreparedExchange, isLast: Bool, _ asked: inout SyncRequest?, _ bytes: inout Int,
    _ here: inout CarriedHere
  ) throws {
    func add(_ message: [UInt8]) {
      bytes += message.count
      here.answers.append(.init(request: exchange.requestHash, message: message))
    }
    guard var request = exchange.request, let device = exchange.device else {
      return add(try answer(exchange))
    }
    if let before = asked { request.goOn(from: before) }
    if let accepted = exchange.accepted.withLock({ $0 }) {
      here.entries += accepted.added
      here.held += accepted.held.count
    }
    while true {
      let response = try response(to: request, in: exchange)
      add(try sign(response, claimed: nil, answering: exchange.requestHash))
      switch response.status {
      case .recovering: here.outcome = .recovering
      case .revoked: here.outcome = .revoked
      default: break
      }
      try follow(response, device, &request)
      asked = request
      guard isLast, response.more else { return }
      guard bytes < Self.answerBytesMax, here.answers.count < BundleSealer.messagesMax else {
        here.isCutShort = true
        return
      }
      // Said once.
      exchange.accepted.withLock { $0?.held = [] }
    }
  }

  /// What the device would ask next, once it took this answer.
  private func follow(
    _ response: SyncResponse, _ device: HubDevice, _ request: inout SyncRequest
  ) throws {
    guard response.status == .done else { return }
    if !response.token.isEmpty { request.token = response.token }
    if let membership = response.membership { request.membershipVersion = membership.version }
    if let tree = response.tree {
      request.treeSize = tree.size
      request.treeRoot = Bytes16(prefixOf: tree.root)
    }
    for delivery in response.deliveries {
      let end = delivery.from + UInt64(delivery.items.count)
      guard let index = request.streams.firstIndex(where: { $0.stream == delivery.stream }) else {
        continue
      }
      request.streams[index] =
        try position(delivery.stream, after: end, of: device)
        ?? .init(stream: delivery.stream, count: 0, hash: Bytes16(high: 0, low: 0))
    }
  }
}

extension SyncRequest {
  /// Requests of one bundle were made at once; each is answered as if it had been made after the
  /// answers to those before it.
  fileprivate mutating func goOn(from before: SyncRequest) {
    token = before.token
    membershipVersion = before.membershipVersion
    treeSize = before.treeSize
    treeRoot = before.treeRoot
  }
}

extension HubStore {
  /// The file that goes back: what the device opens, and nobody else.
  package func seal(answersOf here: CarriedHere) throws -> [UInt8] {
    try BundleSealer.seal(
      BundleAnswers(here.answers), programme: keys.programme.id, to: here.device.opening)
  }
}
