internal import ReplicaStore

/// How much of a sync is behind, by bytes: what was moved, against that and what is known to be left.
///
/// What is left grows when others wrote meanwhile, or when an entry names a file; the share that was
/// shown once stays until it is passed.
struct ProgressTally {
  /// So much at most before the end, which alone is all of it.
  private static let most = 0.99
  /// More is no count but a lie, or nothing that a person waits for.
  private static let itemsMax = 1 << 32

  private var shown = 0.0
  private var items = 0
  private var itemBytes = 0

  /// What came with so many items, from which the next ones are guessed.
  mutating func took(items: Int, bytes: Int) {
    self.items += items
    itemBytes += bytes
  }

  /// About what so many items take.
  func bytes(ofItems left: Int) -> Int {
    let each = items < 20 ? NextSync.itemBytes : max(1, itemBytes / items)
    return min(max(0, left), Self.itemsMax) * each
  }

  /// - Returns: the share that is behind.
  mutating func advance(moved: Int, left: Int) -> Double {
    let share = Double(moved) / Double(max(1, moved + max(0, left)))
    shown = max(shown, min(share, Self.most))
    return shown
  }
}
