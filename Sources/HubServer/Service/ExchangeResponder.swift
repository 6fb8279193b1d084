internal import Hummingbird
internal import NIOCore
internal import SyncCore

/// `POST /v1/exchange`, and nothing else (sync §6).
struct ExchangeResponder: HTTPResponder {
  static let path = "/v1/exchange"
  static let mediaType = "application/yarrow-sync"

  /// The connection that a request came over.
  struct Context: InitializableFromSource, Sendable {
    let channel: any Channel
    init(source: ApplicationRequestContextSource) { channel = source.channel }
  }

  let exchanges: ExchangeService
  let admission: Admission
  let peers: PeerTable
  let messageBytesMax: Int

  func respond(to request: Request, context: Context) async throws -> Response {
    let type = request.headers[.contentType]
    guard request.method == .post, request.head.path == Self.path,
      type == nil || type == Self.mediaType
    else { return refuse(.notFound, context) }
    let declared = request.headers[.contentLength].flatMap { Int($0) }
    if let declared, declared > messageBytesMax { return refuse(.contentTooLarge, context) }
    var message: [UInt8] = []
    // Grown by doubling, a body that never ends would hold up to twice what was sent of it.
    if let declared, declared > 0 { message.reserveCapacity(declared) }
    for try await chunk in request.body {
      guard message.count + chunk.readableBytes <= messageBytesMax else {
        return refuse(.contentTooLarge, context)
      }
      message.append(contentsOf: chunk.readableBytesView)
    }
    guard admission.enter() else {
      return later(seconds: exchanges.sequencer.secondsUntilRoom)
    }
    defer { admission.leave() }
    switch await exchanges.answer(message) {
    case .message(let bytes, let isFromMember, let turn):
      if isFromMember { peers.prove(context.channel) }
      if let turn { peers.keep(turn, for: context.channel, bytes: bytes.count) }
      // Without a media type, which the path says already.
      return Response(status: .ok, body: Self.body(bytes))
    case .status(let code): return refuse(HTTPResponse.Status(code: code), context)
    case .later(let seconds): return later(seconds: seconds)
    }
  }

  /// What a line is given at once: the next piece waits until the peer has taken most of this one.
  /// Given whole, a long answer would lie here once more, encrypted, in a buffer of up to twice its
  /// size, for whoever does not fetch it.
  static let pieceBytes = 1 << 16

  static func body(_ bytes: [UInt8]) -> ResponseBody {
    guard bytes.count > pieceBytes else {
      return ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
    }
    return ResponseBody(contentLength: bytes.count) { writer in
      for first in stride(from: 0, to: bytes.count, by: pieceBytes) {
        let piece = bytes[first..<min(first + pieceBytes, bytes.count)]
        try await writer.write(ByteBuffer(bytes: piece))
      }
      try await writer.finish(nil)
    }
  }

  /// A refusal ends the connection: what else is on the way need not be read.
  private func refuse(_ status: HTTPResponse.Status, _ context: Context) -> Response {
    Response(status: status, headers: [.connection: "close"], body: closing(context))
  }

  /// The body was read to its end, so the connection can go on.
  private func later(seconds: Int) -> Response {
    Response(status: .serviceUnavailable, headers: [.retryAfter: "\(seconds)"])
  }

  private func closing(_ context: Context) -> ResponseBody {
    ResponseBody(contentLength: 0) { writer in
      // The close is queued behind what was written, on the same event loop.
      try await writer.finish(nil)
      context.channel.close(promise: nil)
    }
  }
}
