internal import Synchronization

/// Counts what is being worked on, so that the hub refuses before it is overwhelmed.
final class Admission: Sendable {
  private struct State {
    var exchanges = 0
    var bytes = 0
  }

  private let limits: ServiceLimits
  private let state = Mutex(State())

  init(_ limits: ServiceLimits) { self.limits = limits }

  /// The body of one request: what it holds is given back by ``leave(_:)``.
  struct Ticket {
    fileprivate(set) var bytes = 0
  }

  /// Nil when as many exchanges run as may.
  func enter() -> Ticket? {
    state.withLock { state in
      guard state.exchanges < limits.exchangesMax else { return nil }
      state.exchanges += 1
      return Ticket()
    }
  }

  /// Makes room for more of a body; false when there is none.
  func grow(_ ticket: inout Ticket, by bytes: Int) -> Bool {
    let granted = state.withLock { state in
      guard state.bytes + bytes <= limits.bodyBytesMax else { return false }
      state.bytes += bytes
      return true
    }
    if granted { ticket.bytes += bytes }
    return granted
  }

  func leave(_ ticket: Ticket) {
    state.withLock { state in
      state.exchanges -= 1
      state.bytes -= ticket.bytes
    }
  }
}
