internal import Logging
internal import ReplicaStore
internal import SyncCore

/// One message in, one answer out; what carries the bytes is somebody else's matter (sync §2).
struct ExchangeService: Sendable {
  enum Answer: Sendable {
    /// `isFromMember` when somebody who is enrolled signed what this answers. The turn of a long
    /// answer is kept until it was fetched.
    case message([UInt8], isFromMember: Bool, turn: AnswerTurns.Turn? = nil)
    /// An HTTP status without a body.
    case status(Int)
    /// Nothing was processed; come back after so many seconds.
    case later(seconds: Int)
  }

  let store: HubStore
  let sequencer: Sequencer<HubJob>
  let turns: AnswerTurns
  /// What an answer that needs no turn may have.
  let shortAnswer: AnswerRoom
  let logger: Logger

  init(
    store: HubStore, sequencer: Sequencer<HubJob>, limits: ServiceLimits = ServiceLimits(),
    logger: Logger
  ) {
    self.store = store
    self.sequencer = sequencer
    turns = AnswerTurns(limits)
    shortAnswer = AnswerRoom(bytes: limits.shortAnswerBytes)
    self.logger = logger
  }

  /// Seconds after which a refused device may try again.
  static let deviceBusySeconds = 2
  static let brokenSeconds = 60

  func answer(_ message: [UInt8]) async -> Answer {
    let began = ContinuousClock.now
    let answer: Answer
    var sender: Bytes16?
    // Kept while what may be a push is read; given back when it is none.
    var place: Sequencer<HubJob>.Place?
    do {
      let intake = try store.intake(message) { device, bytes in
        do throws(Sequencer<HubJob>.Refusal) {
          place = try sequencer.place(bytes: bytes, device: device)
          return nil
        } catch { return Self.seconds(error) }
      }
      switch intake {
      case .refused(let status): answer = .status(status)
      case .answer(let bytes): answer = .message(bytes, isFromMember: true)
      case .ready(let prepared):
        sender = prepared.sender
        place = nil
        answer = try await layOut(for: prepared.sender, bytesMin: prepared.bytesMin) {
          try prepared.layOut(room: $0)
        }
      case .work(let exchange):
        sender = exchange.sender
        answer = try await work(exchange, in: place)
      }
    } catch {
      // What was pushed is not acknowledged, so the device keeps it and comes back.
      logger.error("exchange failed", metadata: ["reason": "\(Self.reason(error))"])
      answer = .later(seconds: Self.brokenSeconds)
    }
    note(answer, from: sender, received: message.count, began: began)
    return answer
  }

  private static func seconds(_ refusal: Sequencer<HubJob>.Refusal) -> Int {
    switch refusal {
    case .full(let seconds): seconds
    case .deviceBusy: deviceBusySeconds
    }
  }

  private func work(
    _ exchange: PreparedExchange, in place: Sequencer<HubJob>.Place?
  ) async throws -> Answer {
    do {
      try await sequencer.run(
        exchange.job, bytes: exchange.weight, device: exchange.sender, in: place)
    } catch let refusal as Sequencer<HubJob>.Refusal {
      let seconds = Self.seconds(refusal)
      // A member is told with a signature, so that nobody else can put a device off.
      return store.busyAnswer(exchange, seconds: UInt64(seconds))
        .map { .message($0, isFromMember: true) } ?? .later(seconds: seconds)
    }
    try exchange.job.result()
    return try await layOut(for: exchange.sender, isFromMember: exchange.isFromMember) {
      [store] in try store.layOut(exchange, room: $0)
    }
  }

  /// A short answer at once; a long one where there is more to say and its turn has come.
  private func layOut(
    for device: Bytes16, isFromMember: Bool = true, bytesMin: Int = 0,
    _ body: @escaping @Sendable (AnswerRoom) throws -> LaidOutAnswer
  ) async throws -> Answer {
    let answer = try await turns.alone(device) { () async throws -> Answer in
      let isLong = bytesMin > shortAnswer.bytes
      if isLong, let turn = turns.beginLong(for: device) { return try await long(body, turn) }
      let short = try body(shortAnswer)
      if short.isCut, !isLong, let turn = turns.beginLong(for: device) {
        return try await long(body, turn)
      }
      return .message(short.bytes, isFromMember: isFromMember)
    }
    return answer ?? .later(seconds: Self.deviceBusySeconds)
  }

  private func long(
    _ body: @escaping @Sendable (AnswerRoom) throws -> LaidOutAnswer, _ turn: AnswerTurns.Turn
  ) async throws -> Answer {
    let answer = try await turns.inLine { try body(.whole) }
    return .message(answer.bytes, isFromMember: true, turn: turn)
  }

  /// What may stand in a log: our own codes, and only the type of anything else.
  static func reason(_ error: any Error) -> String {
    if let fault = StorageFault(error) { return fault.rawValue }
    if let error = error as? StoreError { return "\(error.code)" }
    return "\(type(of: error))"
  }

  private func note(
    _ answer: Answer, from sender: Bytes16?, received: Int, began: ContinuousClock.Instant
  ) {
    let outcome: (name: String, bytes: Int) =
      switch answer {
      case .message(let bytes, _, _): ("answered", bytes.count)
      case .status(let code): ("refused \(code)", 0)
      case .later: ("later", 0)
      }
    let duration = (ContinuousClock.now - began) / .milliseconds(1)
    logger.info(
      "exchange",
      metadata: [
        "outcome": "\(outcome.name)", "origin": "\(sender?.shortText ?? "-")", "in": "\(received)",
        "out": "\(outcome.bytes)", "ms": "\(Int(duration))",
      ])
  }
}

extension Bytes16 {
  /// Eight digits: enough to follow a device through a log, and all that a log may say of it.
  var shortText: String { String(hex.prefix(8)) }
}
