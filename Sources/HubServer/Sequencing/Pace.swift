/// How fast the store takes what it is given, and when those who were sent away will come back.
struct Pace: Sendable {
  /// Bytes in a second.
  private var rate: Double
  private var isMeasured = false
  /// What those will bring who were told to come back, as of a moment: counted in bytes, so that it
  /// is worth less time as soon as the store turns out to be faster.
  private var away = (bytes: 0.0, at: ContinuousClock.now)

  private static let awaySecondsMax = 60.0
  /// A smaller batch says more of the disk than of the work: it shows at most that the store is
  /// faster than it was thought to be.
  private static let measuredBytesMin = 1 << 20
  private static let rates = 65_536.0...(64.0 * 1_048_576)

  init(rate: Double) { self.rate = rate }

  func seconds(for bytes: Int) -> Double { Double(bytes) / rate }

  /// Seconds in which what is here, and then what was told to come back, will have been worked on.
  private func secondsUntilServed(_ bytesHere: Int) -> Double {
    (Double(bytesHere) + bytesAway) / rate
  }

  private var bytesAway: Double {
    max(0, away.bytes - rate * ((ContinuousClock.now - away.at) / .seconds(1)))
  }

  /// Finds the turn of a job that is not taken now, in whole seconds, behind everybody else's.
  ///
  /// Rounded down: who comes a little early waits here, and who comes late finds the store idle.
  ///
  /// - Parameter bytesHere: is being worked on and waits.
  mutating func promise(_ bytes: Int, behind bytesHere: Int) -> Int {
    let wait = secondsUntilServed(bytesHere)
    guard wait < Self.awaySecondsMax else { return Int(Self.awaySecondsMax) }
    away = (bytesAway + Double(bytes), .now)
    return max(1, Int(wait))
  }

  /// Seconds after which there may be room for somebody who gets no turn.
  func secondsUntilRoom(behind bytesHere: Int) -> Int {
    max(1, Int(secondsUntilServed(bytesHere).rounded(.up)))
  }

  /// Takes a batch into account; the first large one replaces what was assumed.
  mutating func learn(_ bytes: Int, in duration: Duration) {
    let measured = Double(bytes) / max(duration / .seconds(1), 0.001)
    let isLarge = bytes >= Self.measuredBytesMin
    guard isLarge || measured > rate else { return }
    set(isMeasured || !isLarge ? 0.7 * rate + 0.3 * measured : measured)
    isMeasured = isMeasured || isLarge
  }

  /// The store has nothing to do. If that is so because everybody is away, they were sent away for
  /// too long: one by one they cost a sync of the disk each, and together hardly more than one.
  mutating func idle() {
    if bytesAway > 0 { set(rate * 1.2) }
  }

  private mutating func set(_ rate: Double) {
    // What has passed, passed at the rate of then.
    away = (bytesAway, .now)
    self.rate = min(max(rate, Self.rates.lowerBound), Self.rates.upperBound)
  }
}
