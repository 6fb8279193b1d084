internal import HummingbirdCore
internal import Logging
internal import NIOCore

/// A child channel with a ``SlowPeerHandler`` in front of everything, TLS included.
struct GuardedChannel<Base: ServerChildChannel>: ServerChildChannel {
  let base: Base
  let limits: ServiceLimits
  let peers: PeerTable

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> {
    channel.eventLoop.makeCompletedFuture {
      try channel.pipeline.syncOperations.addHandler(SlowPeerHandler(limits, peers: peers))
    }.flatMap { base.setup(channel: channel, logger: logger) }
  }

  func handle(value: Base.Value, logger: Logger) async {
    await base.handle(value: value, logger: logger)
  }
}
