internal import GRDB
internal import Identity
public import SyncCore
internal import SyncWire

/// Taking in the answers that were carried back (bundle §5).
extension Replica {
  /// What a bundle of answers came to.
  public struct CarriedIn: Sendable {
    /// Answers in the file.
    public internal(set) var answers = 0
    /// Those that said something new.
    public internal(set) var news = 0
    /// Those that could not be joined to what this home has learnt since it asked; nothing is lost.
    public internal(set) var apart = 0
    public internal(set) var pushed = 0
    public internal(set) var pulled = 0
    /// Entries of this device that are proven received since before.
    public internal(set) var received = 0
    public internal(set) var alarms: [SyncAlarm] = []
    /// What the hub showed of another log under this device's name: the next bundle asks for the
    /// proof, and the device goes on under a new origin if there is one (sync §8.2).
    public internal(set) var leaving: SyncAlarm?
    public internal(set) var newHubEpoch: UInt64?
    public internal(set) var successor: OriginID?
    public internal(set) var hubIsRecovering = false
    public internal(set) var isRevoked = false
    /// The hub asked for a fresh token first: what was carried has to be carried again.
    public internal(set) var isToRepeat = false
    /// Whether nothing is left to carry or to fetch.
    public internal(set) var isComplete = false
  }

  /// Checks the answers one by one, as a sync does, and keeps each that holds.
  ///
  /// - Throws: `IdentityError` when the file cannot be opened; ``StoreError`` with `bundleRefused`
  ///   when it answers nothing that this home asked; `SyncRefusal` and `WireError` as in a sync.
  ///   What came before the refused answer is kept.
  public func receive(bundle file: [UInt8]) throws -> CarriedIn {
    let answers = try open(file)
    var outcome = CarriedIn()
    let before = try status().received
    var last: (bundle: Int64, state: CarriedState)?
    var answered: [Int64: Set<Digest32>] = [:]
    for answer in answers {
      let found = try read { [last] db -> (bundle: Int64, state: CarriedState)? in
        guard let bundle = try CarriedState.bundle(of: answer.request, in: db) else { return nil }
        guard let last else { return (bundle, try CarriedState.fetch(bundle, in: db)) }
        if bundle == last.bundle { return last }
        // Bundles that were made of one state begin with the same requests, of which the newest is
        // remembered. An answer goes on from the one before it all the same.
        var state = try CarriedState.fetch(bundle, in: db)
        state.request.treeSize = last.state.request.treeSize
        return (bundle, state)
      }
      guard let (bundle, state) = found else {
        throw StoreError(
          .bundleRefused,
          "This bundle answers nothing that this home asked, or remembers; make a new bundle.")
      }
      outcome.answers += 1
      answered[bundle, default: []].insert(answer.request)
      let isLast = try read { [answered] in
        try CarriedState.requests(of: bundle, in: $0) == answered[bundle]?.count
      }
      last = (bundle, try take(answer, isLast: isLast, state, &outcome))
    }
    outcome.received = max(0, try status().received - before)
    let left = try deviceState()
    let isReady = try !refreshSealing()
    outcome.isComplete =
      isReady && outcome.isComplete && left.acknowledged == left.head
    return outcome
  }

  private func open(_ file: [UInt8]) throws -> [BundleAnswers.Answer] {
    var failure = IdentityError(.bundleNotOpened)
    for pair in openingKeys {
      do {
        return try BundleSealer.open(
          file, as: BundleAnswers.self, programme: programme.id, with: pair, limits: limits
        ).answers
      } catch { failure = error }
      guard failure.code == .bundleNotOpened else { break }
    }
    throw failure
  }

  /// - Returns: what the next answer to the same bundle goes on from.
  private func take(
    _ answer: BundleAnswers.Answer, isLast: Bool, _ carried: CarriedState,
    _ outcome: inout CarriedIn
  ) throws -> CarriedState {
    let verifier = try verifier()
    let now = try deviceState()
    guard
      verifier.isHubMessage(
        answer.message, answering: answer.request, hubEpoch: carried.request.hubEpoch,
        limits: limits)
    else {
      // Of an earlier epoch, under another key: it was true once.
      guard carried.request.hubEpoch < now.hubEpoch else { throw WireError(.signature) }
      return carried
    }
    if MessageType(of: answer.message) == .successionResponse {
      try takeSuccession(answer, carried, &outcome)
      return carried
    }
    let context = ResponseContext(
      programme: programme.id, hubEpoch: carried.request.hubEpoch, answering: answer.request,
      claimed: now.acknowledged)
    let response = try MessageFrame(syncResponse: answer.message, limits: limits)
      .syncResponse(context, limits: limits)
    var next = carried
    let reads = AskedReads()
    func ownHash(_ seq: UInt64) -> EntryHash? { reads.read { try ownHashes(seq...seq)?.first } }
    try reads.telling { next.request.follow(response, ownHash: ownHash) }
    // Of a closed origin's log only the answer to the succession counts (sync §8.2).
    if try read({ try closing($0) != nil }) { return next }
    switch carried.request.answer(response, now: now) {
    case .known: outcome.isComplete = !response.more
    case .apart:
      outcome.apart += 1
      outcome.isComplete = false
    case .news(let trimmed, let state):
      var sent = Outgoing(
        kind: .sync, bytes: answer.request.bytes, state: state,
        request: state.request(push: nil, byteBudget: 0))
      sent.isOfAllStreams =
        isLast && Set(now.streams.map(\.name)).isSubset(of: state.streams.map(\.name))
      let received = try reads.telling {
        try receive(trimmed, read: answer.message, to: sent, verifier) {
          advance throws(SyncRefusal) in
          try carried.request.settle(&advance, now: now, ownHash: ownHash)
        }
      }
      outcome.news += 1
      outcome.add(received)
    }
    return next
  }

  private func takeSuccession(
    _ answer: BundleAnswers.Answer, _ carried: CarriedState, _ outcome: inout CarriedIn
  ) throws {
    // Answered already: this home goes on under the new origin.
    guard carried.request.origin == identity.origin, try read({ try closing($0) != nil }) else {
      return
    }
    let response = try MessageFrame(answer.message, expecting: .successionResponse, limits: limits)
      .successionResponse(programme: programme.id, origin: identity.origin, limits: limits)
    // Asked before the log was handed over, or told already: the next bundle brings it from its beginning.
    if case .refused(.unknownHead) = response, try handsOverAgain() { return }
    let received = try receiveSuccession(
      response, to: try succession(after: carried.head).0)
    outcome.news += 1
    outcome.add(received)
    outcome.isComplete = false
  }
}

extension Replica.CarriedIn {
  mutating func add(_ received: Replica.Received) {
    pushed += received.pushedEntries
    pulled += received.pulledEntries
    alarms += received.alarms
    leaving = received.leaving ?? leaving
    newHubEpoch = received.newHubEpoch ?? newHubEpoch
    successor = received.successor ?? successor
    isComplete = false
    switch received.next {
    case .complete: isComplete = true
    case .again, .epochChanged: break
    case .retryInFull: isToRepeat = true
    case .recovering: hubIsRecovering = true
    case .busy: isToRepeat = true
    case .revoked: isRevoked = true
    }
  }
}
