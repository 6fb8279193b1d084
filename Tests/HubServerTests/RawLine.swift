import NIOCore
import NIOPosix
import NIOSSL

/// A connection on which a test writes bytes as it likes, and reads until the hub closes.
final class RawLine: Sendable {
  private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private var bytes = ByteBuffer()
    private let closed: EventLoopPromise<String>
    init(_ closed: EventLoopPromise<String>) { self.closed = closed }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      var part = unwrapInboundIn(data)
      bytes.writeBuffer(&part)
    }
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
      context.close(promise: nil)
    }
    func channelInactive(context: ChannelHandlerContext) {
      closed.succeed(String(buffer: bytes))
    }
  }

  /// Takes what comes and says nothing of it.
  private final class Deafness: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}
  }

  private let channel: any Channel
  private let closed: EventLoopFuture<String>

  private init(_ channel: any Channel, _ closed: EventLoopFuture<String>) {
    self.channel = channel
    self.closed = closed
  }

  /// - Parameter tls: whether to shake hands, trusting whoever answers.
  static func open(port: Int, tls: Bool = true) async throws -> RawLine {
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let closed = loop.makePromise(of: String.self)
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.certificateVerification = .none
    configuration.shutdownTimeout = .milliseconds(50)
    let context = try NIOSSLContext(configuration: configuration)
    let connecting = ClientBootstrap(group: loop)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          if tls {
            try channel.pipeline.syncOperations.addHandler(
              NIOSSLClientHandler(context: context, serverHostname: nil))
          }
          try channel.pipeline.syncOperations.addHandler(Collector(closed))
        }
      }.connect(host: "127.0.0.1", port: port)
    connecting.whenFailure { closed.fail($0) }
    let channel = try await connecting.get()
    return RawLine(channel, closed.futureResult)
  }

  func write(_ text: String) async throws { try await write(bytes: Array(text.utf8)) }

  func write(bytes: [UInt8]) async throws {
    try await channel.writeAndFlush(ByteBuffer(bytes: bytes))
  }

  /// From now on nothing that the hub says is heard, a goodbye included; only that the connection ends.
  func deafen() async throws {
    try await channel.eventLoop.submit { [channel] in
      try channel.pipeline.syncOperations.addHandler(Deafness(), position: .first)
    }.get()
  }

  /// Everything that came until the hub closed the connection.
  var rest: String { get async throws { try await closed.get() } }

  func close() { channel.close(promise: nil) }
}
