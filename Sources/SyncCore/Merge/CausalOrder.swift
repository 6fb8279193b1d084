/// Notes in an order in which each stands after those it follows; ties by entry hash (merge §3).
struct CausalOrder {
  /// Indices of the notes, in order.
  let sorted: [Int]
  /// Hashes of the notes that no other follows, ascending.
  let heads: [EntryHash]

  /// - Parameters:
  ///   - hashes: ascending; the same hash may stand twice when an entry writes two sections.
  ///   - follows: for each note the hashes it follows; those that are not held are passed over.
  init(hashes: [EntryHash], follows: [[EntryHash]]) {
    if hashes.count == 1 {
      (sorted, heads) = ([0], hashes)
      return
    }
    var places: [EntryHash: [Int]] = [:]
    for (index, hash) in hashes.enumerated() { places[hash, default: []].append(index) }
    var followers = [[Int]](repeating: [], count: hashes.count)
    var waiting = [Int](repeating: 0, count: hashes.count)
    for (index, followed) in follows.enumerated() {
      for hash in Set(followed) {
        for place in places[hash] ?? [] where place != index {
          followers[place].append(index)
          waiting[index] += 1
        }
      }
    }
    // Descending, so that the smallest hash is the last; the index order is the hash order.
    var ready = hashes.indices.reversed().filter { waiting[$0] == 0 }
    var order: [Int] = []
    order.reserveCapacity(hashes.count)
    while let next = ready.popLast() {
      order.append(next)
      for follower in followers[next] {
        waiting[follower] -= 1
        if waiting[follower] == 0 {
          ready.insert(follower, at: Self.place(of: follower, in: ready))
        }
      }
    }
    // Hashes cannot name each other in a ring; if they are made up and do, nothing is lost.
    if order.count < hashes.count { order += hashes.indices.filter { waiting[$0] > 0 } }
    sorted = order
    var heads: [EntryHash] = []
    for index in hashes.indices where followers[index].isEmpty && heads.last != hashes[index] {
      heads.append(hashes[index])
    }
    self.heads = heads
  }

  private static func place(of index: Int, in descending: [Int]) -> Int {
    var (low, high) = (0, descending.count)
    while low < high {
      let middle = (low + high) / 2
      if descending[middle] > index { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
