internal import Synchronization

/// The time of a simulated world, which nobody in it knows, and each node's idea of it.
final class WorldClock: Sendable {
  private let milliseconds = Mutex<Int64>(0)
  /// Seconds since 1970 at which every world begins.
  static let start: Int64 = 1_772_000_000

  var now: Int64 { milliseconds.withLock { $0 } }
  func advance(to time: Int64) { milliseconds.withLock { $0 = max($0, time) } }
}

/// One node's clock.
final class NodeClock: Sendable {
  private let world: WorldClock
  private let offset = Mutex<Int64>(0)

  init(_ world: WorldClock) { self.world = world }

  /// Seconds since 1970, as this node believes.
  var seconds: Int64 { WorldClock.start + world.now / 1_000 + offset.withLock { $0 } }

  /// - Parameter seconds: how far from the world's time it is from now on.
  func jump(to seconds: Int64) { offset.withLock { $0 = seconds } }
}
