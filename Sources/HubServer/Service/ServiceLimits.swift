/// What the hub's server gives to strangers and members together. Beyond it they wait or are told
/// to come back; nothing grows with the number of peers.
public struct ServiceLimits: Sendable {
  /// Open connections; more wait in the kernel's queue.
  public var connectionsMax: Int
  /// Exchanges that are worked on at once.
  public var exchangesMax: Int
  /// Bytes of request bodies held at once, over all connections.
  public var bodyBytesMax: Int
  /// Seconds that a peer may take for what has no size: a handshake, a head, the time between
  /// requests.
  public var graceSeconds: Int
  /// Bytes a second, on average, in either direction, below which a peer is dropped after the
  /// grace.
  public var bytesPerSecondMin: Int
  /// Seconds that a stop waits for exchanges that are being worked on.
  public var stopSeconds: Int

  public init(
    connectionsMax: Int = 512, exchangesMax: Int = 64, bodyBytesMax: Int = 64 << 20,
    graceSeconds: Int = 75, bytesPerSecondMin: Int = 256, stopSeconds: Int = 30
  ) {
    self.connectionsMax = connectionsMax
    self.exchangesMax = exchangesMax
    self.bodyBytesMax = bodyBytesMax
    self.graceSeconds = graceSeconds
    self.bytesPerSecondMin = bytesPerSecondMin
    self.stopSeconds = stopSeconds
  }
}
