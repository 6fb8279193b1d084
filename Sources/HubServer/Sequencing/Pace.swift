/// How fast the store takes what it is given, and when those who were sent away will come back.
struct Pace: Sendable {
  /// Bytes in a second.
  private var rate: Double
  /// Until when those who were told to come back will keep the store busy.
  private var promised = ContinuousClock.now

  private static let promisedSecondsMax = 60.0
  /// A smaller batch says more of the disk than of the work.
  private static let measuredBytesMin = 256 << 10
  private static let rateMin = 65_536.0

  init(rate: Double) { self.rate = rate }

  func seconds(for bytes: Int) -> Double { Double(bytes) / rate }

  /// Finds the turn of a job that is not taken now, in whole seconds, behind everybody else's.
  ///
  /// - Parameter seconds: what is being worked on and waits takes so long.
  mutating func promise(_ bytes: Int, after seconds: Double) -> Int {
    let now = ContinuousClock.now
    let turn = max(promised, now + .seconds(seconds))
    let wait = (turn - now) / .seconds(1)
    guard wait < Self.promisedSecondsMax else { return Int(Self.promisedSecondsMax) }
    promised = turn + .seconds(self.seconds(for: bytes))
    return max(1, Int(wait.rounded(.up)))
  }

  /// Seconds after which there may be room for somebody who gets no turn.
  func secondsUntilRoom(after seconds: Double) -> Int {
    max(1, Int(max((promised - .now) / .seconds(1), seconds).rounded(.up)))
  }

  /// Takes a batch into account.
  mutating func learn(_ bytes: Int, in duration: Duration) {
    guard bytes >= Self.measuredBytesMin else { return }
    let measured = Double(bytes) / max(duration / .seconds(1), 0.001)
    rate = max(0.7 * rate + 0.3 * measured, Self.rateMin)
  }
}
