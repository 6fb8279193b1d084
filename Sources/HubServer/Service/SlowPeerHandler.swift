internal import NIOCore

/// Drops a peer that holds a connection without using it: a slow handshake, a head that never
/// ends, a body by the byte, an answer that is not fetched.
///
/// It stands before TLS and sees only bytes. A turn begins when the connection opens and when the
/// hub has sent something in full. In a turn the peer has the grace, and one second more for each
/// `bytesPerSecondMin` bytes that moved or wait to be fetched.
final class SlowPeerHandler: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let grace: TimeAmount
  private let bytesPerSecondMin: Int
  private var turnBegan = NIODeadline.uptimeNanoseconds(0)
  private var received = 0
  private var unsent = 0
  private var timer: Scheduled<Void>?

  init(_ limits: ServiceLimits) {
    grace = .seconds(Int64(limits.graceSeconds))
    bytesPerSecondMin = limits.bytesPerSecondMin
  }

  private var deadline: NIODeadline {
    turnBegan + grace + .milliseconds(Int64((received + unsent) * 1000 / bytesPerSecondMin))
  }

  private func beginTurn() {
    turnBegan = .now()
    received = 0
  }

  func channelActive(context: ChannelHandlerContext) {
    beginTurn()
    schedule(context)
    context.fireChannelActive()
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
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    received += unwrapInboundIn(data).readableBytes
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let bytes = unwrapOutboundIn(data).readableBytes
    if unsent == 0 { beginTurn() }
    unsent += bytes
    let promise = promise ?? context.eventLoop.makePromise()
    let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
    promise.futureResult.whenComplete { _ in
      let handler = bound.value
      handler.unsent -= bytes
      if handler.unsent == 0 { handler.beginTurn() }
    }
    context.write(data, promise: promise)
  }
}
