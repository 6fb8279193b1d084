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
  let messageBytesMax: Int

  func respond(to request: Request, context: Context) async throws -> Response {
    guard request.method == .post, request.head.path == Self.path,
      request.headers[.contentType] == Self.mediaType
    else { return refuse(.notFound, context) }
    if let declared = request.headers[.contentLength].flatMap({ Int($0) }),
      declared > messageBytesMax
    {
      return refuse(.contentTooLarge, context)
    }
    guard var ticket = admission.enter() else { return later(seconds: 5, context) }
    defer { admission.leave(ticket) }
    var message: [UInt8] = []
    for try await chunk in request.body {
      guard message.count + chunk.readableBytes <= messageBytesMax else {
        return refuse(.contentTooLarge, context)
      }
      guard admission.grow(&ticket, by: chunk.readableBytes) else {
        return later(seconds: 5, context)
      }
      message.append(contentsOf: chunk.readableBytesView)
    }
    switch await exchanges.answer(message) {
    case .message(let bytes):
      return Response(
        status: .ok, headers: [.contentType: Self.mediaType],
        body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    case .status(let code): return refuse(HTTPResponse.Status(code: code), context)
    case .later(let seconds):
      // The body was read to its end, so the connection can go on.
      return Response(status: .serviceUnavailable, headers: [.retryAfter: "\(seconds)"])
    }
  }

  /// A refusal ends the connection: what else is on the way need not be read.
  private func refuse(_ status: HTTPResponse.Status, _ context: Context) -> Response {
    Response(status: status, headers: [.connection: "close"], body: closing(context))
  }

  private func later(seconds: Int, _ context: Context) -> Response {
    Response(
      status: .serviceUnavailable, headers: [.connection: "close", .retryAfter: "\(seconds)"],
      body: closing(context))
  }

  private func closing(_ context: Context) -> ResponseBody {
    ResponseBody(contentLength: 0) { writer in
      // The close is queued behind what was written, on the same event loop.
      try await writer.finish(nil)
      context.channel.close(promise: nil)
    }
  }
}
