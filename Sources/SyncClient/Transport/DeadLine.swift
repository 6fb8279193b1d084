internal import NIOCore

/// Notices a line that is dead while the kernel would go on waiting: TCP doubles its pauses up to
/// minutes (sync §7).
enum DeadLine {
  /// Without an acknowledgement of what was sent, in milliseconds.
  private static let unacknowledged: Int = 15_000
  /// Seconds of silence before the other side is asked for a sign of life, and between such.
  private static let silence: Int = 8
  private static let probes: Int = 3

  // As linux/tcp.h numbers them.
  private static let keepIdle = NIOBSDSocket.Option(rawValue: 4)
  private static let keepInterval = NIOBSDSocket.Option(rawValue: 5)
  private static let keepCount = NIOBSDSocket.Option(rawValue: 6)
  private static let userTimeout = NIOBSDSocket.Option(rawValue: 18)

  /// Options of a new connection. What a system does not know is left out.
  static func watch(_ channel: any Channel) -> EventLoopFuture<Void> {
    #if os(Linux)
      let options: [(ChannelOptions.Types.SocketOption, Int)] = [
        (.init(level: .socket, name: .so_keepalive), 1),
        (.init(level: .tcp, name: keepIdle), silence),
        (.init(level: .tcp, name: keepInterval), silence),
        (.init(level: .tcp, name: keepCount), probes),
        (.init(level: .tcp, name: userTimeout), unacknowledged),
      ]
      return .andAllComplete(
        options.map { channel.setOption($0.0, value: $0.1) }, on: channel.eventLoop)
    #else
      return channel.eventLoop.makeSucceededVoidFuture()
    #endif
  }
}
