package import ReplicaStore
internal import Synchronization

/// A hub in the same process: for simulations, and for tests that cut the line where they like.
package final class InMemoryHub: Sendable {
  package let store: HubStore
  private let writing = Mutex(())

  package init(_ store: HubStore) { self.store = store }

  func answer(_ message: [UInt8]) throws -> [UInt8] {
    switch try store.intake(message) {
    case .refused(let status): throw SyncFailure(HTTPStatus.failure(status, retryAfter: nil))
    case .answer(let bytes): return bytes
    case .ready(let prepared): return try prepared.layOut().bytes
    case .work(let exchange):
      try writing.withLock { _ in try store.commit([exchange.job]) }
      try exchange.job.result()
      return try store.answer(exchange)
    }
  }
}

/// One device's line to an ``InMemoryHub``.
package final class InMemoryTransport: HubTransport {
  /// Where the line is cut.
  package enum Cut: Sendable, Hashable {
    /// The message never arrives.
    case before
    /// The hub does its work, and its answer is lost.
    case after
  }

  private let hub: InMemoryHub
  private let cut: @Sendable (_ message: Int) -> Cut?
  private let count = Mutex(0)

  /// - Parameter cut: asked for each message, which are counted from 1.
  package init(
    _ hub: InMemoryHub, cut: @escaping @Sendable (_ message: Int) -> Cut? = { _ in nil }
  ) {
    self.hub = hub
    self.cut = cut
  }

  /// Messages so far, the lost ones too.
  package var messages: Int { count.withLock { $0 } }

  package func exchange(
    _ message: [UInt8]
  ) async throws -> (bytes: [UInt8], hubTime: Int64?) {
    let number = count.withLock { count in
      count += 1
      return count
    }
    let lost = cut(number)
    if lost == .before { throw SyncFailure(.unreachable(retryAfter: nil)) }
    let answer = try hub.answer(message)
    if lost == .after { throw SyncFailure(.unreachable(retryAfter: nil)) }
    return (answer, hub.store.now())
  }
}
