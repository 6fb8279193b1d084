internal import Synchronization

/// Reads that a pure function asks for by a closure that cannot throw.
///
/// What the disk refused must not look like something that is not there: the function would take the
/// peer for a liar, or itself for another's copy.
final class AskedReads: Sendable {
  private let failure = Mutex<(any Error)?>(nil)

  /// Nil when it fails; ``telling(_:)`` throws then, whatever was made of that.
  func read<T>(_ body: () throws -> T?) -> T? {
    do { return try body() } catch {
      failure.withLock { $0 = $0 ?? error }
      return nil
    }
  }

  /// What `body` gives or throws, unless one of its reads failed.
  func telling<T>(_ body: () throws -> T) throws -> T {
    let result = Result { try body() }
    if let failure = failure.withLock({ $0 }) { throw failure }
    return try result.get()
  }
}
