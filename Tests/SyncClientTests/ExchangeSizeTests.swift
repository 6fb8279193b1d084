import NIOCore
import NIOPosix
import Testing

@testable import SyncClient

/// How much one exchange carries, and when a line is dead (sync §7).
@Suite struct ExchangeSizeTests {
  @Test func `an exchange carries what the line moved in six seconds`() {
    var size = ExchangeSize()
    #expect(size.bytes == 32 << 10)
    // 64 kbit a second.
    size.adapt(moved: 16_000, in: .seconds(2))
    #expect(size.rate == 8_000 && size.bytes == 48_000 && size.pushBytes == 48_000)
    #expect(ExchangeSize(rate: 8_000).bytes == 48_000)
  }

  @Test func `a fast line carries no more than a cut may cost, a slow one something all the same`() {
    var size = ExchangeSize(rate: 10_000_000)
    #expect(size.bytes == 512 << 10 && size.pushBytes == 128 << 10)
    size.adapt(moved: 3_000, in: .seconds(60))
    #expect(size.bytes == 4 << 10)
    #expect(ExchangeSize(rate: 0).bytes == 4 << 10)
  }

  @Test func `a cut halves what the next exchange carries, down to the least`() {
    var size = ExchangeSize(rate: 8_000)
    size.cut()
    #expect(size.bytes == 24_000)
    for _ in 0..<10 { size.cut() }
    #expect(size.bytes == ExchangeSize.bytesMin)
  }

  @Test func `an exchange of a few bytes says nothing of the line's rate`() {
    var size = ExchangeSize(rate: 8_000)
    size.adapt(moved: 183, in: .milliseconds(600))
    #expect(size.rate == 8_000 && size.bytes == 48_000)
  }

  #if os(Linux)
    @Test func `a connection is told when to take its line for dead`() async throws {
      let group = MultiThreadedEventLoopGroup.singleton
      let server = try await ServerBootstrap(group: group).bind(host: "127.0.0.1", port: 0).get()
      let address = try #require(server.localAddress)
      let channel = try await ClientBootstrap(group: group).connect(to: address).get()
      func option(_ number: CInt) async throws -> Int {
        try await Int(
          channel.getOption(
            ChannelOptions.Types.SocketOption(level: .tcp, name: .init(rawValue: number))
          ).get())
      }
      #expect(try await option(18) == 0)
      try await DeadLine.watch(channel).get()
      // TCP_USER_TIMEOUT in milliseconds, then the pauses and the number of probes.
      #expect(try await option(18) == 15_000)
      #expect(try await [option(4), option(5), option(6)] == [8, 8, 3])
      try await channel.close()
      try await server.close()
    }
  #endif
}
