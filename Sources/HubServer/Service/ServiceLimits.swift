/// What the hub's server gives to strangers and members together. Beyond it they wait or are told
/// to come back; nothing grows with the number of peers.
public struct ServiceLimits: Sendable {
  /// Open connections; one more closes the one that has proven least.
  public var connectionsMax: Int
  /// Exchanges that are worked on at once.
  public var exchangesMax: Int
  /// Bytes of requests that are not answered and of answers that are not fetched, as they go over
  /// the line, over all connections; more closes, of those that hold much, the one that has proven
  /// least.
  public var heldBytesMax: Int
  /// Long answers that are laid out or not fetched at once, one for a device at most.
  public var longAnswersMax: Int
  /// Bytes of an answer that needs no turn among the long ones.
  public var shortAnswerBytes: Int
  /// Seconds that a peer may take for what has no size: a handshake, a head, the time between
  /// requests.
  public var graceSeconds: Int
  /// Bytes a second, on average, in either direction, below which a peer is dropped after the
  /// grace.
  public var bytesPerSecondMin: Int
  /// Seconds that a stop waits for exchanges that are being worked on.
  public var stopSeconds: Int

  public init(
    connectionsMax: Int = 768, exchangesMax: Int = 256, heldBytesMax: Int = 16 << 20,
    longAnswersMax: Int = 6, shortAnswerBytes: Int = 32 << 10,
    graceSeconds: Int = 75, bytesPerSecondMin: Int = 256, stopSeconds: Int = 30
  ) {
    self.connectionsMax = connectionsMax
    self.exchangesMax = exchangesMax
    self.heldBytesMax = heldBytesMax
    self.longAnswersMax = longAnswersMax
    self.shortAnswerBytes = shortAnswerBytes
    self.graceSeconds = graceSeconds
    self.bytesPerSecondMin = bytesPerSecondMin
    self.stopSeconds = stopSeconds
  }
}
