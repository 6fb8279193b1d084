internal import Logging
internal import ReplicaStore
internal import SyncCore

/// One message in, one answer out; what carries the bytes is somebody else's matter (sync §2).
struct ExchangeService: Sendable {
  enum Answer: Sendable, Equatable {
    /// `isFromMember` when somebody who is enrolled signed what this answers.
    case message([UInt8], isFromMember: Bool)
    /// An HTTP status without a body.
    case status(Int)
    /// Nothing was processed; come back after so many seconds.
    case later(seconds: Int)
  }

  let store: HubStore
  let sequencer: Sequencer<HubJob>
  let logger: Logger

  /// Seconds after which a refused device may try again.
  static let deviceBusySeconds = 2
  static let brokenSeconds = 60

  func answer(_ message: [UInt8]) async -> Answer {
    let began = ContinuousClock.now
    let answer: Answer
    var sender: Bytes16?
    do {
      switch try store.intake(message) {
      case .refused(let status): answer = .status(status)
      case .answer(let bytes): answer = .message(bytes, isFromMember: true)
      case .work(let exchange):
        sender = exchange.sender
        answer = try await work(exchange)
      }
    } catch {
      // What was pushed is not acknowledged, so the device keeps it and comes back.
      logger.error("exchange failed", metadata: ["reason": "\(Self.reason(error))"])
      answer = .later(seconds: Self.brokenSeconds)
    }
    note(answer, from: sender, received: message.count, began: began)
    return answer
  }

  private func work(_ exchange: PreparedExchange) async throws -> Answer {
    do {
      try await sequencer.run(exchange.job, bytes: exchange.weight, device: exchange.sender)
    } catch let refusal as Sequencer<HubJob>.Refusal {
      let seconds =
        switch refusal {
        case .full(let seconds): seconds
        case .deviceBusy: Self.deviceBusySeconds
        }
      // A member is told with a signature, so that nobody else can put a device off.
      return store.busyAnswer(exchange, seconds: UInt64(seconds))
        .map { .message($0, isFromMember: true) } ?? .later(seconds: seconds)
    }
    try exchange.job.result()
    return .message(try store.answer(exchange), isFromMember: exchange.isFromMember)
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
      case .message(let bytes, _): ("answered", bytes.count)
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
