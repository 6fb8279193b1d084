internal import Dispatch
internal import SyncCore
internal import Synchronization

/// Shares out what answers cost: each device has one laid out at a time, and a long one only while
/// it has no other that was not fetched (sync §6.4).
///
/// Who gets no turn for a long answer is not kept waiting for one: it gets a short one, and asks on.
final class AnswerTurns: Sendable {
  /// The right to one long answer; whoever lets go of it, after the last of its bytes or with the
  /// line, gives it back.
  final class Turn: Sendable {
    private let turns: AnswerTurns
    private let device: Bytes16

    fileprivate init(_ turns: AnswerTurns, _ device: Bytes16) {
      self.turns = turns
      self.device = device
    }

    deinit { turns.end(device) }
  }

  private struct State {
    /// Devices with a long answer that is laid out or not fetched.
    var long: Set<Bytes16> = []
    /// What waits behind the answer that is being laid out for a device.
    var waiting: [Bytes16: [CheckedContinuation<Bool, Never>]] = [:]
  }

  /// Of one device; no device that works as it should has a second.
  private static let waitingMax = 4

  private let longMax: Int
  private let state = Mutex(State())
  /// Long ones are laid out one after the other, so that short ones find a processor.
  private let queue = DispatchQueue(label: "yarrow.hub.answers")

  init(_ limits: ServiceLimits) { longMax = limits.longAnswersMax }

  /// Nil when this device has a long answer already, or as many have as may.
  func beginLong(for device: Bytes16) -> Turn? {
    let isFree = state.withLock { state in
      state.long.count < longMax && state.long.insert(device).inserted
    }
    return isFree ? Turn(self, device) : nil
  }

  private func end(_ device: Bytes16) { _ = state.withLock { $0.long.remove(device) } }

  /// Runs `body` when nothing else of this device runs; nil when too much of it waits for that.
  func alone<T>(_ device: Bytes16, _ body: () async throws -> T) async rethrows -> T? {
    guard await enter(device) else { return nil }
    defer { leave(device) }
    return try await body()
  }

  /// How much of a device waits behind what is being laid out for it.
  func waiting(for device: Bytes16) -> Int { state.withLock { $0.waiting[device]?.count ?? 0 } }

  private func enter(_ device: Bytes16) async -> Bool {
    await withCheckedContinuation { (next: CheckedContinuation<Bool, Never>) in
      let outcome: Bool? = state.withLock { state in
        guard let waiting = state.waiting[device] else {
          state.waiting[device] = []
          return true
        }
        guard waiting.count < Self.waitingMax else { return false }
        state.waiting[device]?.append(next)
        return nil
      }
      if let outcome { next.resume(returning: outcome) }
    }
  }

  private func leave(_ device: Bytes16) {
    let next = state.withLock { state -> CheckedContinuation<Bool, Never>? in
      guard state.waiting[device]?.isEmpty == false else {
        state.waiting[device] = nil
        return nil
      }
      return state.waiting[device]?.removeFirst()
    }
    next?.resume(returning: true)
  }

  /// Runs `body` behind whatever else is long.
  func inLine<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { done in
      queue.async { done.resume(with: Result { try body() }) }
    }
  }
}
