internal import Synchronization

/// Counts what is being worked on, so that the hub refuses before it is overwhelmed.
///
/// Only a message that is there in full counts: who sends one slowly takes nobody's place.
final class Admission: Sendable {
  private let exchangesMax: Int
  private let exchanges = Mutex(0)

  init(_ limits: ServiceLimits) { exchangesMax = limits.exchangesMax }

  /// False when as many exchanges run as may.
  func enter() -> Bool {
    exchanges.withLock { exchanges in
      guard exchanges < exchangesMax else { return false }
      exchanges += 1
      return true
    }
  }

  func leave() { exchanges.withLock { $0 -= 1 } }
}
