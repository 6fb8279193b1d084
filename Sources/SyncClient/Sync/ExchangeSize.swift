/// How much one exchange carries: what the line moves in a few seconds, so that a cut costs little
/// on a bad line and a good one is used (sync §7).
struct ExchangeSize: Sendable {
  static let bytesMin = 4 << 10
  /// No cut costs more on a good line.
  static let pushBytesMax = 128 << 10
  static let answerBytesMax = 512 << 10
  /// For a line that was never measured.
  private static let unmeasured = 32 << 10
  private static let aim = 6.0
  /// Less than this says more of the line's delay than of its rate.
  private static let measuredMin = 2 << 10

  /// Bytes in a second, up and down together, as last measured; nil before that.
  private(set) var rate: Double?
  private(set) var bytes: Int

  /// - Parameter rate: bytes in a second, as an earlier sync measured them.
  init(rate: Int? = nil) {
    self.rate = rate.map { Double(max(1, $0)) }
    bytes = Self.unmeasured
    if let rate = self.rate { bytes = Self.bytes(at: rate) }
  }

  /// For one push.
  var pushBytes: Int { min(bytes, Self.pushBytesMax) }

  /// After an exchange that moved so many bytes, both ways, in this time.
  mutating func adapt(moved: Int, in duration: Duration) {
    guard moved >= Self.measuredMin else { return }
    let rate = Double(moved) / max(duration / .seconds(1), 0.001)
    self.rate = rate
    bytes = Self.bytes(at: rate)
  }

  /// After an exchange that a cut ended.
  mutating func cut() { bytes = max(bytes / 2, Self.bytesMin) }

  private static func bytes(at rate: Double) -> Int {
    Int(min(max(rate * aim, Double(bytesMin)), Double(answerBytesMax)))
  }
}
