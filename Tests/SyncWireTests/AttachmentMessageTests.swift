import SyncCore
import Testbed
import Testing

@testable import SyncWire

/// The messages that carry files (wire-format §2.13 to §2.16).
@Suite struct AttachmentMessageTests {
  private static let signature = [UInt8](repeating: 0, count: MessageFrame.signatureBytes)
  private static let record = RecordID(high: 5, low: 6)
  private static let origin = Hash.sha256(Array("origin".utf8))

  private static func chunk(_ number: Int, _ count: Int = 20) -> PlacedChunk {
    PlacedChunk(index: number, sealed: [UInt8](repeating: UInt8(number & 255), count: count))
  }

  private static func manifest(_ count: Int) -> AttachmentManifest {
    AttachmentManifest(
      record: record, salt: Salt(high: 1, low: 2),
      chunks: (0..<count).map { AttachmentManifest.address(ofChunk: chunk($0).sealed) })!
  }

  private static func upload(
    _ manifest: AttachmentManifest?, _ chunks: [PlacedChunk], address: Digest32? = nil
  ) -> UploadRequest {
    UploadRequest(
      origin: origin, token: [UInt8](repeating: 3, count: 16), record: record,
      address: address ?? Self.manifest(3).address, manifest: manifest, chunks: chunks)
  }

  private func frame(_ bytes: [UInt8], _ type: MessageType) throws -> MessageFrame {
    try MessageFrame(bytes + Self.signature, expecting: type, limits: .specified)
  }

  private func read(_ request: UploadRequest) throws -> UploadRequest {
    try frame(MessageFrame.encode(request), .uploadRequest)
      .uploadRequest(origin: Self.origin, limits: .specified)
  }

  @Test func `chunks and questions come back as they were`() throws {
    for request in [
      Self.upload(Self.manifest(3), [Self.chunk(0), Self.chunk(2, 16_400)]),
      Self.upload(nil, []), Self.upload(nil, [Self.chunk(2_047)]),
    ] { #expect(try read(request) == request) }
    for state in [
      UploadResponse.State.lacking(ChunkSet(count: 9, all: [0, 8])), .stored, .unknown,
      .refused("quota"),
    ] {
      let response = UploadResponse(hubEpoch: 4, state: state)
      #expect(
        try frame(MessageFrame.encode(response), .uploadResponse)
          .uploadResponse(limits: .specified) == response)
    }
    for wanted in [nil, ChunkSet(count: 2_048, all: [0, 2_047])] {
      let request = DownloadRequest(
        origin: Self.origin, token: [UInt8](repeating: 3, count: 16), record: Self.record,
        address: Self.manifest(1).address, byteBudget: 70_000, wantsManifest: wanted == nil,
        wanted: wanted)
      #expect(
        try frame(MessageFrame.encode(request), .downloadRequest)
          .downloadRequest(origin: Self.origin, limits: .specified) == request)
    }
    for response in [
      DownloadResponse(hubEpoch: 1, isHere: false),
      DownloadResponse(
        hubEpoch: 1, isHere: true, manifest: Self.manifest(2), chunks: [Self.chunk(1)]),
      DownloadResponse(hubEpoch: 1, isHere: true),
    ] {
      #expect(
        try frame(MessageFrame.encode(response), .downloadResponse)
          .downloadResponse(record: Self.record, limits: .specified) == response)
    }
  }

  @Test func `a manifest under another address is refused`() {
    #expect(throws: WireError(.inconsistent)) {
      try read(Self.upload(Self.manifest(2), [], address: Self.manifest(3).address))
    }
  }

  @Test func `chunks out of order, twice, too long or too many are refused`() {
    for chunks in [[Self.chunk(1), Self.chunk(0)], [Self.chunk(1), Self.chunk(1)]] {
      #expect(throws: WireError(.inconsistent)) { try read(Self.upload(nil, chunks)) }
    }
    for chunks in [[Self.chunk(0, 16_401)], [Self.chunk(2_048)], (0..<65).map { Self.chunk($0) }] {
      #expect(throws: WireError.self) { try read(Self.upload(nil, chunks)) }
    }
  }

  @Test func `an answer that lacks nothing, or gives what is not there, is refused`() {
    #expect(throws: WireError(.inconsistent)) {
      try frame(
        MessageFrame.encode(UploadResponse(hubEpoch: 1, state: .lacking(ChunkSet(count: 3)))),
        .uploadResponse
      ).uploadResponse(limits: .specified)
    }
    #expect(throws: WireError(.inconsistent)) {
      try frame(
        MessageFrame.encode(
          DownloadResponse(hubEpoch: 1, isHere: false, chunks: [Self.chunk(0)])), .downloadResponse
      ).downloadResponse(record: Self.record, limits: .specified)
    }
  }

  @Test func `a count is checked before memory is reserved for it`() throws {
    var w = MessageWriter()
    w.clear.arrayHead(2)
    w.raw([UInt8](repeating: 0, count: 64))
    w.clear.encode(2_048 as UInt64)
    let message = w.message(.uploadRequest, sender: Self.origin)
    #expect(throws: WireError(.truncated)) {
      try frame(message, .uploadRequest).uploadRequest(origin: Self.origin, limits: .specified)
    }
  }

  @Test(arguments: [71, 72] as [UInt64])
  func `a wrong byte is read or refused, and never traps`(seed: UInt64) throws {
    print("seed \(seed)")
    var random = SplitMix64(seed: seed)
    let whole = MessageFrame.encode(Self.upload(Self.manifest(3), [Self.chunk(0), Self.chunk(2)]))
    for _ in 0..<2_000 {
      var changed = whole
      changed[Int.random(in: 2..<changed.count, using: &random)] = UInt8.random(
        in: 0...255, using: &random)
      _ = try? frame(changed, .uploadRequest).uploadRequest(origin: Self.origin, limits: .specified)
    }
  }
}
