internal import HummingbirdCore
internal import Logging
internal import NIOCore

/// A child channel with a ``SlowPeerHandler`` in front of everything, TLS included, whose other
/// handlers are added when the peer has begun a handshake.
struct GuardedChannel<Base: ServerChildChannel>: ServerChildChannel {
  /// A line, and what is made of it once the peer has begun.
  struct Value: ServerChildChannelValue {
    let channel: any Channel
    let begun: EventLoopFuture<Base.Value>
  }

  let base: Base
  let limits: ServiceLimits
  let peers: PeerTable

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    channel.eventLoop.makeCompletedFuture {
      let begun = channel.eventLoop.makePromise(of: Base.Value.self)
      // Without effect once it has begun.
      channel.closeFuture.whenComplete { _ in begun.fail(ChannelError.eof) }
      try channel.pipeline.syncOperations.addHandlers(
        SlowPeerHandler(limits, peers: peers),
        FirstBytesHandler {
          let made = base.setup(channel: channel, logger: logger)
          made.cascade(to: begun)
          return made.map { _ in }
        })
      try bound(channel)
      return Value(channel: channel, begun: begun.futureResult)
    }
  }

  /// What is read at once is held several times on its way through TLS and HTTP.
  private func bound(_ channel: any Channel) throws {
    guard let options = channel.syncOptions else { return }
    try options.setOption(
      .recvAllocator,
      value: AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 2_048, maximum: 16_384))
    try options.setOption(.maxMessagesPerRead, value: 2)
  }

  func handle(value: Value, logger: Logger) async {
    // A line that never began has nobody else to end it.
    let begun = await withTaskCancellationHandler {
      try? await value.begun.get()
    } onCancel: {
      value.channel.close(promise: nil)
    }
    if let begun { await base.handle(value: begun, logger: logger) }
  }
}
