/// Steele, Lea and Flood's SplitMix64: a whole sequence from one printed number (simulation §2).
package struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  /// A sequence of its own for a purpose: one more draw in one does not move the others.
  package init(seed: UInt64, purpose: UInt64) {
    var first = SeededGenerator(seed: seed)
    var second = SeededGenerator(seed: first.next() ^ (purpose &* 0x9e37_79b9_7f4a_7c15))
    state = second.next()
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// A number from 0 to `bound - 1`; 0 for a bound of 0.
  package mutating func below(_ bound: Int) -> Int {
    guard bound > 1 else { return 0 }
    return Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  package mutating func between(_ low: Int, _ high: Int) -> Int { low + below(high - low + 1) }

  /// True so many times in a thousand.
  package mutating func happens(_ perMille: Int) -> Bool { below(1_000) < perMille }

  package mutating func pick<T>(_ choices: [T]) -> T { choices[below(choices.count)] }

  package mutating func pickIfAny<T>(_ choices: [T]) -> T? {
    choices.isEmpty ? nil : choices[below(choices.count)]
  }

  package mutating func shuffle<T>(_ items: inout [T]) {
    for index in stride(from: items.count - 1, to: 0, by: -1) {
      items.swapAt(index, below(index + 1))
    }
  }
}
