internal import NIOCore

/// Holds what a line says first, until that is the first record of a TLS handshake, and lets what
/// costs memory begin only then (threat-model §6).
///
/// Buffers and keys of TLS, a decoder and a task are a hundred times what a silent line needs.
/// A line that begins with anything else ends at once.
final class FirstBytesHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  /// RFC 8446 §5.1: type, version, length; and no more than this in one record.
  private static let headBytes = 5
  private static let recordBytesMax = 1 << 14
  private static let handshake: UInt8 = 22

  private let begin: () -> EventLoopFuture<Void>
  private var held = ByteBuffer()
  private var hasBegun = false

  /// - Parameter begin: adds the handlers behind this one, on the channel's event loop.
  init(begin: @escaping () -> EventLoopFuture<Void>) { self.begin = begin }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var part = unwrapInboundIn(data)
    held.writeBuffer(&part)
    guard !hasBegun else { return }
    switch Self.judge(held) {
    case .incomplete: return
    case .foreign: context.close(promise: nil)
    case .complete:
      hasBegun = true
      let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
      begin().hop(to: context.eventLoop).whenComplete { result in
        let (handler, context) = bound.value
        guard case .success = result else { return context.close(promise: nil) }
        handler.passOn(context)
      }
    }
  }

  private func passOn(_ context: ChannelHandlerContext) {
    context.fireChannelRead(wrapInboundOut(held))
    context.fireChannelReadComplete()
    held = ByteBuffer()
    context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
  }

  /// A hub that stops waits for whoever is being answered, and for nobody who said nothing yet.
  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is ChannelShouldQuiesceEvent, !hasBegun { return context.close(promise: nil) }
    context.fireUserInboundEventTriggered(event)
  }

  enum Judgement: Equatable { case incomplete, foreign, complete }

  /// Whether these bytes are the first record of a handshake, the beginning of one, or neither.
  static func judge(_ bytes: ByteBuffer) -> Judgement {
    let view = bytes.readableBytesView
    if let type = view.first, type != handshake { return .foreign }
    if view.count > 1, view[view.startIndex + 1] != 3 { return .foreign }
    guard view.count >= headBytes,
      let length = bytes.getInteger(at: bytes.readerIndex + 3, as: UInt16.self)
    else { return .incomplete }
    guard (1...recordBytesMax).contains(Int(length)) else { return .foreign }
    return view.count < headBytes + Int(length) ? .incomplete : .complete
  }
}
