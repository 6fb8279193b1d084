/// How much one exchange carries: as much as the line moves in a few seconds, so that a cut costs
/// little on a bad line and a good one is used.
struct ExchangeSize: Sendable {
  static let bytesMin = 16 << 10
  static let bytesMax = 512 << 10

  private(set) var bytes = 128 << 10

  /// After an exchange that took this long.
  mutating func adapt(to duration: Duration) {
    if duration < .seconds(4) {
      bytes = min(bytes * 2, Self.bytesMax)
    } else if duration > .seconds(15) {
      bytes = max(bytes / 2, Self.bytesMin)
    }
  }
}
