import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization
import Testing

@testable import HubServer

/// How a long answer goes into its line (sync §6.4).
@Suite struct AnswerPiecesTests {
  /// A line that takes one piece after the other.
  private final class Line: ResponseBodyWriter, Sendable {
    private let taken = Mutex<(pieces: [ByteBuffer], isFinished: Bool)>(([], false))
    var pieces: [ByteBuffer] { taken.withLock { $0.pieces } }
    var isFinished: Bool { taken.withLock { $0.isFinished } }

    func write(_ buffer: ByteBuffer) { taken.withLock { $0.pieces.append(buffer) } }
    func finish(_ trailingHeaders: HTTPFields?) { taken.withLock { $0.isFinished = true } }
  }

  @Test(arguments: [0, 1, 65_536, 65_537, 131_072, 1_000_001])
  func `all of it comes, in order, and never more than a piece at once`(count: Int) async throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    let body = ExchangeResponder.body(bytes)
    #expect(body.contentLength == count)
    let line = Line()
    try await body.write(line)
    #expect(line.pieces.flatMap { Array($0.readableBytesView) } == bytes)
    #expect(line.pieces.allSatisfy { $0.readableBytes <= 65_536 })
    #expect(line.isFinished)
  }
}
