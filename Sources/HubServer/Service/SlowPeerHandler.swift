internal import NIOCore

#if os(Linux)
  internal import Glibc
#endif

/// Drops a peer that holds a connection without using it: a slow handshake, a head that never
/// ends, a body by the byte, an answer that is not fetched.
///
/// It stands before TLS and sees only bytes. A turn begins when the connection opens and when the
/// hub has sent something in full. In a turn the peer has the grace; each `bytesPerSecondMin` bytes
/// that arrive give a second back, and never more than the grace, so a burst buys no time. What
/// waits to be fetched has a second more for each such number of bytes. What the system holds for
/// it, after a close too, the system gives up when nothing of it was taken for as long as the grace:
/// a line that is slow, and moves, is never cut.
final class SlowPeerHandler: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let grace: TimeAmount
  private let bytesPerSecondMin: Int
  private let peers: PeerTable
  private var patienceEnds = NIODeadline.uptimeNanoseconds(0)
  private var received = 0
  private var unsent = 0
  private var timer: Scheduled<Void>?

  init(_ limits: ServiceLimits, peers: PeerTable) {
    grace = .seconds(Int64(limits.graceSeconds))
    bytesPerSecondMin = limits.bytesPerSecondMin
    self.peers = peers
  }

  private func time(for bytes: Int) -> TimeAmount {
    .milliseconds(Int64(bytes * 1_000 / bytesPerSecondMin))
  }

  private var deadline: NIODeadline { patienceEnds + time(for: unsent) }

  private func beginTurn(_ channel: any Channel) {
    patienceEnds = .now() + grace
    received = 0
    peers.beginTurn(channel)
  }

  func channelActive(context: ChannelHandlerContext) {
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    peers.enter(context.channel) {
      // From here it goes to the socket alone: TLS is on the other side of this handler.
      bound.eventLoop.execute { bound.value.close(promise: nil) }
    }
    limitUntakenTime(context.channel)
    beginTurn(context.channel)
    schedule(context)
    context.fireChannelActive()
  }

  private func limitUntakenTime(_ channel: any Channel) {
    #if os(Linux)
      // A connection that is gone already has no options.
      try? channel.syncOptions?.setOption(
        .tcpOption(.init(rawValue: TCP_USER_TIMEOUT)), value: .init(grace.nanoseconds / 1_000_000))
    #endif
  }

  private func schedule(_ context: ChannelHandlerContext) {
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    timer = context.eventLoop.scheduleTask(deadline: deadline) {
      let (handler, context) = bound.value
      if handler.deadline <= .now() {
        context.close(promise: nil)
      } else {
        handler.schedule(context)
      }
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    timer?.cancel()
    peers.leave(context.channel)
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let bytes = unwrapInboundIn(data).readableBytes
    received += bytes
    patienceEnds = min(patienceEnds + time(for: bytes), .now() + grace)
    peers.hold(context.channel, bytes: received + unsent)
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let bytes = unwrapOutboundIn(data).readableBytes
    if unsent == 0 { beginTurn(context.channel) }
    unsent += bytes
    peers.hold(context.channel, bytes: received + unsent)
    let promise = promise ?? context.eventLoop.makePromise()
    let bound = NIOLoopBound((self, context.channel), eventLoop: context.eventLoop)
    promise.futureResult.whenComplete { _ in
      let (handler, channel) = bound.value
      handler.unsent -= bytes
      handler.peers.sent(channel, bytes: bytes)
      if handler.unsent == 0 { handler.beginTurn(channel) }
    }
    context.write(data, promise: promise)
  }
}
