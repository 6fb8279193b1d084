package import ReplicaStore
internal import Synchronization

/// One sequence that several hold: what a node draws its salts, keys and secrets from.
package final class SeededSource: Sendable {
  private let generator: Mutex<SeededGenerator>

  package init(seed: UInt64, purpose: UInt64) {
    let first = SeededGenerator(seed: seed, purpose: purpose)
    generator = Mutex(first)
  }

  package func next() -> UInt64 { generator.withLock { $0.next() } }

  package var source: RandomSource { RandomSource { self.next() } }
}
