internal import Dispatch
internal import Synchronization

extension Array where Element: Sendable {
  /// Begins to map the elements on other threads, by all cores, and gives what waits for the results,
  /// in order. Few elements are mapped by whoever asks for the results.
  ///
  /// - Parameter body: a function of nothing but its argument. The first element for which it throws
  ///   decides what is thrown.
  func mapMeanwhile<Result: Sendable>(
    _ body: @escaping @Sendable (Element) throws -> Result
  ) -> () throws -> [Result] {
    let piece = 16
    let pieces = (count + piece - 1) / piece
    guard pieces > 1 else { return { try map(body) } }
    let made = Made<Result>(pieces: pieces)
    // A queue of one's own has a thread of its own: the shared ones may all be waiting, for this.
    DispatchQueue(label: "yarrow.map").async {
      DispatchQueue.concurrentPerform(iterations: pieces) { n in
        let last = Swift.min(count, (n + 1) * piece)
        made.put(Swift.Result { try self[n * piece..<last].map(body) }, at: n)
      }
      made.end()
    }
    return { try made.wait() }
  }
}

/// Results in pieces, until all are there.
private final class Made<Element: Sendable>: Sendable {
  private let pieces: Mutex<[Result<[Element], any Error>]>
  private let ended = DispatchSemaphore(value: 0)

  init(pieces: Int) { self.pieces = Mutex(.init(repeating: .success([]), count: pieces)) }

  func put(_ piece: Result<[Element], any Error>, at n: Int) { pieces.withLock { $0[n] = piece } }

  func end() { ended.signal() }

  func wait() throws -> [Element] {
    ended.wait()
    return try pieces.withLock { $0 }.flatMap { try $0.get() }
  }
}
