import Crypto
import SyncCore
import Testbed
import Testing

@testable import SyncWire

/// Bytes from outside: whatever they are, they end in a message or in a ``WireError``.
@Suite struct HostileMessageTests {
  private static let signature = [UInt8](repeating: 0, count: MessageFrame.signatureBytes)
  private static let types: [MessageType] = [
    .syncRequest, .syncResponse, .joinRequest, .joinResponse, .releaseRequest, .releaseResponse,
    .successionRequest, .successionResponse, .auditRequest, .auditResponse, .shortRequest,
    .shortPush, .sealedResponse, .uploadRequest, .uploadResponse, .downloadRequest,
    .downloadResponse,
  ]
  /// Version, type, a length of one byte, a sender.
  private static let headBytes = 19

  /// Reads as every type of message; true when one of them was accepted.
  @discardableResult
  private func readAsEverything(_ message: [UInt8], origin: OriginID, limits: Limits) -> Bool {
    var accepted = false
    for type in Self.types {
      do throws(WireError) {
        let frame = try MessageFrame(message, expecting: type, limits: limits)
        let context = MessageFrame.PushContext(
          programme: RandomMessages.programme, origin: origin,
          referred: { seqs, _ in
            Dictionary(uniqueKeysWithValues: seqs.map { ($0, .init(hash: origin, record: .init(high: 1, low: $0))) })
          }) { _, _ in origin }
        switch type {
        case .syncRequest:
          _ = try frame.syncRequest(context, limits: limits)
        case .shortRequest: try frame.expectNothingElse(from: origin)
        case .shortPush: _ = try frame.shortPush(context, root: origin, limits: limits)
        case .syncResponse, .sealedResponse:
          _ = try frame.syncResponse(
            ResponseContext(
              programme: RandomMessages.programme, hubEpoch: 1, answering: .zero, claimed: .empty),
            limits: limits)
        case .joinRequest: _ = try frame.joinRequest(limits: limits)
        case .joinResponse: _ = try frame.joinResponse(limits: limits)
        case .releaseRequest: _ = try frame.releaseRequest(origin: origin, limits: limits)
        case .releaseResponse: _ = try frame.releaseResponse(limits: limits)
        case .successionRequest:
          _ = try frame.successionRequest(
            programme: RandomMessages.programme, origin: origin, limits: limits)
        case .successionResponse:
          _ = try frame.successionResponse(
            programme: RandomMessages.programme, origin: origin, limits: limits)
        case .auditRequest: _ = try frame.auditRequest(origin: origin, limits: limits)
        case .auditResponse: _ = try frame.auditResponse(limits: limits)
        case .uploadRequest: _ = try frame.uploadRequest(origin: origin, limits: limits)
        case .uploadResponse: _ = try frame.uploadResponse(limits: limits)
        case .downloadRequest: _ = try frame.downloadRequest(origin: origin, limits: limits)
        case .downloadResponse: _ = try frame.downloadResponse(record: .init(high: 1, low: 2), limits: limits)
        }
        accepted = true
      } catch {}
    }
    return accepted
  }

  @Test(arguments: [51, 52] as [UInt64]) func `random bytes are refused and harm nothing`(
    seed: UInt64
  ) {
    print("seed \(seed)")
    var random = SplitMix64(seed: seed)
    for round in 0..<3_000 {
      var message = (0..<Int.random(in: 0...400, using: &random)).map { _ in
        UInt8.random(in: 0...255, using: &random)
      }
      // Most get as far as the content.
      if round % 8 > 0, message.count > Self.headBytes {
        message[0] = 1
        message[1] =
          Self.types.randomElement(using: &random)!.rawValue
          | (round % 2 == 0 ? MessageHead.deflated : 0)
        message[2] = UInt8.random(in: 0...23, using: &random)
      }
      #expect(!readAsEverything(message, origin: .zero, limits: .tiny))
    }
  }

  @Test(arguments: [61, 62, 63] as [UInt64])
  func `messages with a wrong byte are read or refused, and never more than their limits`(
    seed: UInt64
  ) {
    print("seed \(seed)")
    var random = SplitMix64(seed: seed)
    var messages = RandomMessages(seed: seed, limits: .tiny)
    var accepted = 0
    for round in 0..<1_500 {
      let request = messages.request()
      let whole =
        round % 2 == 0
        ? MessageFrame.encode(request)
        : MessageFrame.encode(messages.response(), claimed: .empty)
      var message = uncompressed(whole) + Self.signature
      for _ in 0...Int.random(in: 0...2, using: &random) {
        let at = Int.random(in: Self.headBytes..<message.count, using: &random)
        switch Int.random(in: 0...2, using: &random) {
        case 0: message[at] ^= 1 << UInt8.random(in: 0...7, using: &random)
        case 1:
          message[at] = [0x00, 0x80, 0x9b, 0xa0, 0xbb, 0xf6, 0xff, 0x1b].randomElement(
            using: &random)!
        default: message.remove(at: at)
        }
      }
      guard message.count >= Self.headBytes + MessageFrame.signatureBytes else { continue }
      if readAsEverything(message, origin: request.origin, limits: .tiny) { accepted += 1 }
    }
    // Salts, hashes and sealed bytes may be anything, so some pass; a signature guards them.
    #expect(accepted > 0 && accepted < 1_500)
  }

  /// The same message without deflate, so that a changed byte reaches the content.
  private func uncompressed(_ unsigned: [UInt8]) -> [UInt8] {
    guard let type = MessageType(of: unsigned),
      let frame = try? MessageFrame(unsigned + Self.signature, expecting: type, limits: .specified)
    else { return unsigned }
    var e = CBOREncoder()
    e.append(encoded: [1, type.rawValue])
    e.encode(UInt64(frame.clear.count))
    if let sender = frame.head.sender { e.append(encoded: sender.bytes) }
    if let tree = frame.head.tree {
      e.encode(tree.size)
      e.encode(tree.time)
      e.append(tree.root)
    }
    return e.bytes + frame.clear + frame.opaque
  }

  @Test func `a message cut anywhere is refused`() {
    var messages = RandomMessages(seed: 71, limits: .tiny)
    var request = messages.request()
    while request.push == nil { request = messages.request() }
    let unsigned = uncompressed(MessageFrame.encode(request))
    #expect(readAsEverything(unsigned + Self.signature, origin: request.origin, limits: .specified))
    for count in 0..<unsigned.count {
      #expect(
        !readAsEverything(
          Array(unsigned[..<count]) + Self.signature, origin: request.origin, limits: .specified))
    }
  }

  @Test func `an answer recorded for one request does not pass for another`() throws {
    let hub = Curve25519.Signing.PrivateKey()
    let programme = RandomMessages.programme
    let requests = [Hash.sha256(Array("one".utf8)), Hash.sha256(Array("two".utf8))]
    let unsigned = MessageFrame.encode(
      SyncResponse(
        status: .done, hubEpoch: 1, token: [UInt8](repeating: 0, count: 16), head: .empty),
      claimed: .empty)
    let message =
      unsigned
      + (try hub.signature(
        for: MessageFrame.signedBytes(
          programme: programme, answering: requests[0], message: unsigned)))
    let parts = try MessageHead(message, expecting: [.syncResponse], limits: .specified)
    func passes(_ request: Digest32, _ programme: ProgrammeID) -> Bool {
      hub.publicKey.isValidSignature(
        parts.signature,
        for: MessageFrame.signedBytes(
          programme: programme, answering: request, message: parts.signedPart))
    }
    #expect(passes(requests[0], programme))
    #expect(!passes(requests[1], programme))
    #expect(!passes(.zero, programme))
    #expect(!passes(requests[0], Bytes16(high: 7, low: 10)))
  }
}
