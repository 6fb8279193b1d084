import HubServer
import Identity
import NIOCore
import NIOPosix
import NIOSSL
import ReplicaStore
import SyncCore
import Testbed
import Testing

@testable import SyncClient

/// What HTTP adds to one exchange, each way (sync §6.2): on a poor line it is paid for like the rest.
@Suite struct HeaderTests {
  /// Collects one request, and answers with what a hub might say.
  private final class Listener: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private let seen: EventLoopPromise<String>
    private var bytes = ByteBuffer()
    init(_ seen: EventLoopPromise<String>) { self.seen = seen }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      var part = unwrapInboundIn(data)
      bytes.writeBuffer(&part)
      let text = String(buffer: bytes)
      guard text.hasSuffix("body") else { return }
      seen.succeed(text)
      let answer = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nanswer"
      context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
    }
  }

  private static func head(_ text: String) throws -> [Substring] {
    let end = try #require(text.firstRange(of: "\r\n\r\n"))
    return text[..<end.upperBound].split(separator: "\r\n", omittingEmptySubsequences: true)
  }

  private static func names(_ lines: [Substring]) -> Set<String> {
    Set(lines.dropFirst().compactMap { $0.split(separator: ":").first?.lowercased() })
  }

  /// Bytes of a head whose lines these are, with the line that ends it.
  private static func bytes(_ lines: [Substring]) -> Int {
    lines.reduce(2) { $0 + $1.utf8.count + 2 }
  }

  @Test func `a device sends 60 bytes of HTTP beside the name of the hub`() async throws {
    let tls = try LiveHub().tls
    let context = try NIOSSLContext(
      configuration: .makeServerConfiguration(
        certificateChain: [.certificate(try NIOSSLCertificate(bytes: tls.certificate, format: .der))],
        privateKey: .privateKey(try NIOSSLPrivateKey(bytes: tls.key, format: .der))))
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let seen = loop.makePromise(of: String.self)
    let listening = try await ServerBootstrap(group: loop).childChannelInitializer { channel in
      channel.eventLoop.makeCompletedFuture {
        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
        try channel.pipeline.syncOperations.addHandler(Listener(seen))
      }
    }.bind(host: "127.0.0.1", port: 0).get()
    let address = "127.0.0.1:\(try #require(listening.localAddress?.port))"
    let line = HTTPSTransport(address: try #require(HubAddress("https://" + address)), pin: tls.pin)
    let answer = try await line.exchange(Array("body".utf8))
    #expect(answer.bytes == Array("answer".utf8) && answer.hubTime == nil)
    await line.close()
    let head = try Self.head(try await seen.futureResult.get())
    #expect(Self.names(head) == ["host", "content-length"])
    #expect(Self.bytes(head) - address.utf8.count <= 60)
    try await listening.close()
  }

  @Test func `a hub answers with 80 bytes of HTTP`() async throws {
    let hub = try LiveHub()
    let liaison = try hub.device("liaison", ["north"], name: "liaison")
    try await hub.serving { serving in
      let message = try liaison.joinRequest().bytes
      let line = try await RawLine.open(port: serving.announcement.address.port)
      try await line.write(
        bytes: Array(
          "POST /v1/exchange HTTP/1.1\r\nhost: h\r\ncontent-length: \(message.count)\r\n\r\n".utf8)
          + message)
      // What comes next is refused, which closes the line.
      try await line.write("GET / HTTP/1.1\r\nhost: h\r\n\r\n")
      let head = try Self.head(try await line.rest)
      #expect(head.first == "HTTP/1.1 200 OK")
      #expect(Self.names(head) == ["content-length", "date"])
      #expect(Self.bytes(head) <= 80)
    }
  }
}
