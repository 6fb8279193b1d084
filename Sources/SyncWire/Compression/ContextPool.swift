internal import Synchronization

/// Lends contexts that are costly to make, one borrower at a time each.
///
/// It keeps as many as were ever in use at once, up to a bound: as many as there are threads.
final class ContextPool<Context: AnyObject & Sendable>: Sendable {
  private let idle = Mutex<[Context]>([])
  private let idleMax: Int
  private let make: @Sendable () -> Context

  init(idleMax: Int = 8, make: @escaping @Sendable () -> Context) {
    self.idleMax = idleMax
    self.make = make
  }

  func withContext<Result, Failure: Error>(
    _ body: (Context) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let context = idle.withLock { $0.popLast() } ?? make()
    defer { idle.withLock { if $0.count < idleMax { $0.append(context) } } }
    return try body(context)
  }
}
