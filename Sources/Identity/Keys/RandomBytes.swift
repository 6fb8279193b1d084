extension RandomNumberGenerator {
  /// Draws this many bytes, eight at a time.
  mutating func bytes(_ count: Int) -> [UInt8] {
    var drawn: [UInt8] = []
    drawn.reserveCapacity(count + 7)
    while drawn.count < count {
      withUnsafeBytes(of: next().littleEndian) { drawn.append(contentsOf: $0) }
    }
    drawn.removeLast(drawn.count - count)
    return drawn
  }
}
