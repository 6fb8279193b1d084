internal import GRDB
internal import ReplicaStore
internal import SyncCore

/// The sync loop of a device and the work of the hub, one event at a time (sync §7).
extension Simulation {
  /// Longer than any sync of a world of this size takes.
  static let roundsMax = 400

  func startSync(_ device: Device) {
    guard device.state == .up, device.session == nil else { return }
    guard now >= device.withoutLineUntil else {
      return plan(.startSync(device.number), in: device.withoutLineUntil - now)
    }
    request(device, rounds: 0)
  }

  private func request(_ device: Device, rounds: Int) {
    let byteBudget = UInt64(chance.pick([3_000, 30_000, 400_000]))
    let pushBytesMax = chance.pick([600, 6_000, 400_000])
    let made = attempt(device) { replica -> Replica.Outgoing in
      if rounds == 0 { _ = try replica.refreshSealing() }
      // Nothing leaves a device that the ledger does not know of.
      try self.ledger.register(device)
      return try replica.nextRequest(byteBudget: byteBudget, pushBytesMax: pushBytesMax)
    }
    switch made {
    case .crashed: return
    case .failed:
      trace.note(now, device.number, "no request")
      return endSession(device, retryIn: milliseconds(1_000, 30_000))
    case .done(let sent):
      guard rounds < Self.roundsMax else {
        find(.progress, "device \(device.number) is not done after \(rounds) exchanges")
        return endSession(device, retryIn: 60_000)
      }
      exchangeCount += 1
      device.session = Device.Session(exchange: exchangeCount, sent: sent, rounds: rounds + 1)
      trace.note(now, device.number, "request", exchangeCount, bytes: sent.bytes)
      putOnLine(sent.bytes, of: device)
    }
  }

  /// Sends the message of the exchange that was just begun; its device waits for half a minute.
  func putOnLine(_ message: [UInt8], of device: Device) {
    plan(.giveUp(device.number, exchange: exchangeCount), in: 30_000)
    guard now >= device.cutOffUntil else { return }
    for copy in line.carry(message) {
      plan(
        .messageAtHub(device: device.number, exchange: exchangeCount, bytes: copy.bytes),
        in: copy.delay)
    }
  }

  func endSession(_ device: Device, retryIn delay: Int64) {
    device.session = nil
    if device.state == .up { plan(.startSync(device.number), in: delay) }
  }

  // MARK: At the hub

  func receiveAtHub(_ bytes: [UInt8], from device: Int, exchange: Int) {
    switch attemptAtHub({ try $0.intake(bytes) }) {
    case .crashed, .failed: refuse(device, exchange, "unavailable")
    case .done(.refused(let status)):
      trace.note(now, 0, "refused", status)
      guard status == 409 else { return refuse(device, exchange, "refused") }
      plan(.askedInFull(device, exchange: exchange), in: 50)
    case .done(.answer(let answer)): reply(answer, to: device, exchange)
    case .done(.ready(let prepared)):
      guard case .done(let answer) = attemptAtHub({ _ in try prepared.layOut().bytes }) else {
        return refuse(device, exchange, "unavailable")
      }
      reply(answer, to: device, exchange)
    case .done(.work(let prepared)):
      // As the sequencer: one job of a device at a time.
      guard !hub.waiting.contains(where: { $0.exchange.sender == prepared.sender }) else {
        return refuse(device, exchange, "busy")
      }
      hub.waiting.append(Hub.Waiting(exchange: prepared, device: device, number: exchange))
      guard !hub.isBatchPlanned else { return }
      hub.isBatchPlanned = true
      plan(.hubBatch, in: milliseconds(0, 30))
    }
  }

  func commitBatch() {
    hub.isBatchPlanned = false
    let batch = Array(hub.waiting.prefix(Hub.batchMax))
    hub.waiting.removeFirst(batch.count)
    guard !batch.isEmpty, hub.isUp else { return }
    trace.note(now, 0, "batch", batch.count)
    let committed = attemptAtHub { try $0.commit(batch.map(\.exchange.job)) }
    for waiting in batch {
      guard case .done = committed,
        case .done(let answer) = attemptAtHub({ store -> [UInt8] in
          try waiting.exchange.job.result()
          return try store.answer(waiting.exchange)
        })
      else {
        refuse(waiting.device, waiting.number, "not committed")
        continue
      }
      reply(answer, to: waiting.device, waiting.number)
    }
  }

  private func refuse(_ device: Int, _ exchange: Int, _ why: StaticString) {
    trace.note(now, 0, why, exchange)
    plan(.answerAtDevice(device, exchange: exchange, bytes: nil, isMangled: false), in: 50)
  }

  private func reply(_ answer: [UInt8], to device: Int, _ exchange: Int) {
    trace.note(now, 0, "answer", exchange, bytes: answer)
    guard !line.cutsAnswer() else { return refuse(device, exchange, "cut") }
    for copy in line.carry(answer) {
      plan(
        .answerAtDevice(
          device, exchange: exchange, bytes: copy.bytes, isMangled: copy.isMangled),
        in: copy.delay)
    }
  }

  // MARK: At the device

  func receiveAnswer(_ device: Device, exchange: Int, bytes: [UInt8]?, isMangled: Bool) {
    guard device.state == .up, let session = device.session else { return }
    let isCurrent = session.exchange == exchange
    guard session.lane == nil else {
      return receiveFile(device, bytes, exchange: exchange, isMangled: isMangled)
    }
    guard let bytes else {
      if isCurrent { endSession(device, retryIn: milliseconds(500, 20_000)) }
      return
    }
    // An answer that comes late or twice is shown to the device all the same.
    switch attempt(device, { try $0.receive(bytes, to: session.sent) }) {
    case .crashed: return
    case .failed(let error):
      guard device.state == .up else { return }
      refused(error, device, isSound: isCurrent && !isMangled)
    case .done(let received):
      exchanges += 1
      trace.note(
        now, device.number, "received", received.pulledEntries << 16 | received.pushedEntries)
      noteSuccessor(received.successor, device)
      advance(device, received, rounds: session.rounds)
    }
  }

  /// The hub could not compute what a short push says of it.
  func repeatInFull(_ device: Device, exchange: Int) {
    guard device.state == .up, let session = device.session, session.exchange == exchange,
      session.lane == nil
    else { return }
    if case .done(true) = attempt(device, { try $0.sayInFull(after: session.sent) }) {
      request(device, rounds: session.rounds)
    } else if device.state == .up {
      endSession(device, retryIn: milliseconds(500, 20_000))
    }
  }

  private func refused(_ error: any Error, _ device: Device, isSound: Bool) {
    if case SyncRefusal.alarm(let alarm)? = error as? SyncRefusal {
      return stop(device, because: alarm)
    }
    trace.note(now, device.number, "refused answer")
    guard isSound else { return }
    if swarm.diskErrors == 0, !swarm.fullDisks, !swarm.bitFlips, !device.isForked {
      find(.cause, "device \(device.number) refused a sound answer: \(Self.kind(error))")
    }
    endSession(device, retryIn: milliseconds(1_000, 30_000))
  }

  static func kind(_ error: any Error) -> String {
    if let refusal = error as? SyncRefusal { return "\(refusal)" }
    if let cause = (error as? AtRestError)?.underlying { return "AtRestError, " + kind(cause) }
    if let error = error as? DatabaseError {
      return "SQLite \(error.extendedResultCode.rawValue), \(error.sql ?? "no statement")"
    }
    return String(describing: type(of: error)) + " " + String(String(describing: error).prefix(160))
  }

  /// The hub showed that there are two of this home: the person was told, and the home goes no
  /// further.
  func stop(_ device: Device, because alarm: SyncAlarm) {
    trace.note(now, device.number, "alarm", bytes: Array(alarm.code.utf8))
    let isOwn: Bool
    switch alarm {
    case .ownLogAhead, .ownLogDiffers: isOwn = true
    default: isOwn = false
    }
    if isOwn ? !device.isForked : !hub.mayRepeatItself {
      find(.cause, "device \(device.number) raised \(alarm.code), and nothing gave it cause")
    }
    device.session = nil
    device.state = .stopped
  }

  private func advance(_ device: Device, _ received: Replica.Received, rounds: Int) {
    switch received.next {
    case .complete:
      guard case .done(let wrote) = attempt(device, { try $0.refreshSealing() }) else {
        return endSession(device, retryIn: 1_000)
      }
      guard !wrote else { return request(device, rounds: rounds) }
      sessions += 1
      trace.note(now, device.number, "complete", sessions)
      noteReceived(device)
      guard !beginFiles(device) else { return }
      endSession(device, retryIn: milliseconds(3_000, 60_000))
    case .again, .epochChanged, .retryInFull: request(device, rounds: rounds)
    case .recovering, .busy: endSession(device, retryIn: milliseconds(5_000, 60_000))
    case .revoked:
      if !device.isRevoked { find(.cause, "device \(device.number) was told it is revoked") }
      device.session = nil
      device.state = .stopped
    }
  }

  /// Only a home that was copied, or put back from an image, leaves its origin.
  func noteSuccessor(_ successor: OriginID?, _ device: Device) {
    guard let successor else { return }
    trace.note(now, device.number, "goes on as", bytes: successor.bytes)
    device.noteOrigins()
    if !device.isForked {
      find(.cause, "device \(device.number) left its origin, and nothing copied or put it back")
    }
  }

  /// Keeps for the checks what the device now calls received.
  func noteReceived(_ device: Device) {
    let told = attempt(device) { try $0.receivedHashes(after: device.receivedNoted) }
    guard case .done(let hashes) = told else { return }
    for hash in hashes { ledger.noteReceived(hash) }
    device.receivedNoted += UInt64(hashes.count)
  }
}
