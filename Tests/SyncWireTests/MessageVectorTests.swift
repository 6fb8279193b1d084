import Crypto
import Foundation
import SyncCore
import SyncWire
import Testing

/// `Protocol/vectors/message`: one file per case, made by another implementation.
@Suite struct MessageVectorTests {
  @Test func `the vectors are there, and refuse as well as accept`() throws {
    let all = try MessageVector.all()
    #expect(all.count { $0.expect == "accept" } >= 8)
    #expect(all.count { $0.expect.hasPrefix("refuse:") } >= 25)
    #expect(all.allSatisfy { $0.expect == "accept" || $0.expect.hasPrefix("refuse:") })
    let kinds = Set(all.map(\.kind))
    #expect(kinds.count == 16)
  }

  @Test(arguments: try MessageVector.all())
  func `each message is read, or refused with its word`(vector: MessageVector) throws {
    let outcome = Result { () throws(WireError) in try vector.read() }
    switch outcome {
    case .success(let content):
      #expect(vector.expect == "accept", "\(vector.name): \(vector.what)")
      let expected = try #require(vector.content, "\(vector.name)")
      #expect(try canonical(content) == canonical(expected), "\(vector.name)")
    case .failure(let error):
      #expect("refuse:" + error.word == vector.expect, "\(vector.name): \(vector.what)")
    }
  }

  @Test(arguments: try MessageVector.all().filter { $0.expect == "accept" })
  func `what was read is written so that it is read again`(vector: MessageVector) throws {
    guard let unsigned = try vector.written() else { return }
    var again = vector
    again.message = unsigned + vector.signature
    #expect(
      try canonical(vector.withoutBinding(try again.readUnchecked()))
        == canonical(vector.withoutBinding(try #require(vector.content))), "\(vector.name)")
  }

  private func canonical(_ object: Any) throws -> String {
    String(
      decoding: try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys]),
      as: UTF8.self)
  }
}

/// One file of `Protocol/vectors/message`.
struct MessageVector: @unchecked Sendable, CustomTestStringConvertible {
  // Unchecked: `content` is what JSONSerialization made, and nobody changes it.
  let name: String
  let what: String
  let kind: String
  let expect: String
  var message: [UInt8]
  let content: Any?
  private let programme: ProgrammeID
  private let key: [UInt8]
  private let answering: Digest32
  private var held: [UInt64: EntryHash]
  private var records: [UInt64: RecordID] = [:]
  private let hubEpoch: UInt64
  private let state: StateHashes
  private let limits: Limits

  var testDescription: String { name }

  /// The content without the hashes of the message's own bytes: another layout has others.
  func withoutBinding(_ content: Any) -> Any {
    guard var content = content as? [String: Any] else { return content }
    if var push = content["push"] as? [String: Any] {
      push["context"] = nil
      content["push"] = push
    }
    if kind == "sync-response", var checkpoint = content["checkpoint"] as? [String: Any] {
      checkpoint["answer"] = nil
      content["checkpoint"] = checkpoint
    }
    return content
  }
  var signature: ArraySlice<UInt8> { message.suffix(MessageFrame.signatureBytes) }

  static func all() throws -> [MessageVector] {
    let folder = URL(filePath: #filePath).appending(path: "../../../Protocol/vectors/message")
      .standardized
    return try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil
    ).filter { $0.pathExtension == "json" }
      .sorted { $0.lastPathComponent < $1.lastPathComponent }
      .map { try MessageVector($0) }
  }

  private init(_ file: URL) throws {
    name = file.deletingPathExtension().lastPathComponent
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    func text(_ name: String) throws -> String { try #require(object[name] as? String) }
    what = try text("what")
    kind = try text("kind")
    expect = try text("expect")
    message = try #require([UInt8](hex: text("message")))
    content = object["content"]
    asking = (object["asking"] as? String).flatMap { OriginID(hex: $0) } ?? .zero
    programme = try #require(ProgrammeID(hex: text("programme")))
    key = try #require([UInt8](hex: text("key")))
    answering = try #require(Digest32(hex: text("answering")))
    var held: [UInt64: EntryHash] = [:]
    for (seq, hash) in object["held"] as? [String: String] ?? [:] {
      let known: EntryHash = try #require(EntryHash(hex: hash))
      held[try #require(UInt64(seq))] = known
    }
    self.held = held
    for (seq, record) in object["records"] as? [String: String] ?? [:] {
      records[try #require(UInt64(seq))] = RecordID(hex: record)
    }
    hubEpoch = (object["hub_epoch"] as? String).flatMap { UInt64($0) } ?? 0
    let state = object["state"] as? [String: Any] ?? [:]
    func hash(_ object: [String: Any], _ name: String) -> Digest32 {
      (object[name] as? String).flatMap { Digest32(hex: $0) } ?? .zero
    }
    self.state = StateHashes(
      token: (state["token"] as? String).flatMap { [UInt8](hex: $0) } ?? [],
      root: hash(state, "root"), head: hash(state, "head_hash"),
      streams: (state["streams"] as? [[String: Any]] ?? []).map { hash($0, "hash") })
    var limits = Limits.specified
    for (name, value) in object["limits"] as? [String: Int] ?? [:] {
      switch name {
      case "message_bytes": limits.messageBytesMax = value
      case "clear_part_bytes": limits.clearBytesMax = value
      case "entries_per_push": limits.entriesPerPushMax = value
      case "deliveries_per_response": limits.deliveriesPerResponseMax = value
      case "clear_section_bytes": limits.clearSectionBytesMax = value
      case "text_bytes": limits.textBytesMax = value
      case "fields_per_section": limits.fieldsPerSectionMax = value
      case "streams": limits.streamsMax = value
      case "growth_pieces": limits.growthPiecesMax = value
      case "statement_bytes": limits.statementBytesMax = value
      case "release_bytes": limits.releaseBytesMax = value
      default: Issue.record("\(name) is no limit")
      }
    }
    self.limits = limits
  }

  private var origin: OriginID { Hash.sha256(key) }

  /// Who asked what a response to a succession answers: its bytes do not say (wire-format §2.10).
  private let asking: OriginID

  private var context: MessageFrame.PushContext {
    .init(programme: programme, origin: origin, referred: referred) { [held] seq, _ in held[seq] }
  }

  @Sendable private func referred(
    _ seqs: [UInt64], _ end: (UInt64, Bytes16?)
  ) -> [UInt64: ReferredEntry] {
    var found: [UInt64: ReferredEntry] = [:]
    for seq in seqs {
      guard let hash = held[seq], let record = records[seq] else { continue }
      found[seq] = ReferredEntry(hash: hash, record: record)
    }
    return found
  }

  /// For a short push the head that the state names is held, too.
  private func context(of head: MessageHead) -> MessageFrame.PushContext {
    .init(programme: programme, origin: origin, referred: referred) { [held, state] seq, _ in
      seq == head.state?.headSeq ? state.head : held[seq]
    }
  }

  private var responseContext: ResponseContext {
    ResponseContext(
      programme: programme, hubEpoch: hubEpoch, answering: answering, claimed: claimedHead)
  }

  private var types: [MessageType] {
    switch kind {
    case "sync-request": [.syncRequest]
    case "short-request": [.shortRequest]
    case "short-push": [.shortPush]
    case "sync-response": [.syncResponse, .sealedResponse]
    case "join-request": [.joinRequest]
    case "join-response": [.joinResponse]
    case "release-request": [.releaseRequest]
    case "release-response": [.releaseResponse]
    case "succession-request": [.successionRequest]
    case "succession-response": [.successionResponse]
    case "audit-request": [.auditRequest]
    case "upload-request": [.uploadRequest]
    case "upload-response": [.uploadResponse]
    case "download-request": [.downloadRequest]
    case "download-response": [.downloadResponse]
    default: [.auditResponse]
    }
  }

  /// Reads as a receiver must: frame, signature, content (wire-format §1.4).
  func read() throws(WireError) -> Any {
    let head = try MessageHead(message, expecting: types, limits: limits)
    guard kind != "short-push" else {
      // Its signature is over what it pushes, so that is read first.
      let content = try readUnchecked()
      let push = try pushed(head)
      guard
        let segment = Segment(
          covering: push.entries.map(\.hash), first: push.entries[0].envelope.seq,
          programme: programme, origin: origin, context: push.context),
        isSigned(segment.signedBytes, head.signature)
      else { throw WireError(.signature) }
      return content
    }
    var signed = MessageFrame.signedBytes(
      programme: programme, answering: answering, message: head.signedPart)
    if let tree = head.tree {
      let lines = [
        "cosignature/v1", "time \(tree.time)", "yarrow/\(programme.hex)/\(hubEpoch)",
        "\(tree.size)", Data(tree.root.bytes).base64EncodedString(),
        "answer " + Data(Hash.sha256(signed).bytes).base64EncodedString(), "",
      ]
      signed = Array(lines.joined(separator: "\n").utf8)
    }
    guard isSigned(signed, head.signature) else { throw WireError(.signature) }
    return try readUnchecked()
  }

  private func isSigned(_ content: [UInt8], _ signature: ArraySlice<UInt8>) -> Bool {
    (try? Curve25519.Signing.PublicKey(rawRepresentation: key))?
      .isValidSignature(signature, for: content) ?? false
  }

  private func pushed(_ head: MessageHead) throws(WireError) -> Push {
    try MessageFrame(head, limits: limits).shortPush(
      context(of: head), root: state.root, limits: limits)
  }

  private func short(_ head: MessageHead, push: Push?) throws(WireError) -> ShortRequest {
    guard let stated = head.state, let digest = head.digest else { throw WireError(.inconsistent) }
    return ShortRequest(origin: origin, state: stated, digest: digest, push: push)
  }

  private func file(_ type: MessageType) throws(WireError) -> MessageFrame {
    try MessageFrame(message, expecting: type, limits: limits)
  }

  func readUnchecked() throws(WireError) -> Any {
    switch kind {
    case "sync-request":
      let frame = try MessageFrame(message, expecting: .syncRequest, limits: limits)
      return describe(try frame.syncRequest(context, limits: limits))
    case "short-request":
      let head = try MessageHead(message, expecting: types, limits: limits)
      try MessageFrame(head, limits: limits).expectNothingElse(from: origin)
      let request = try short(head, push: nil)
      return describe(request, matches: state.digest(of: request.state) == request.digest)
    case "short-push":
      let head = try MessageHead(message, expecting: types, limits: limits)
      let request = try short(head, push: try pushed(head))
      return describe(request, matches: state.digest(of: request.state) == request.digest)
    case "sync-response":
      return describe(
        try MessageFrame(syncResponse: message, limits: limits)
          .syncResponse(responseContext, limits: limits))
    case "join-request":
      let frame = try MessageFrame(message, expecting: .joinRequest, limits: limits)
      return describe(try frame.joinRequest(limits: limits))
    case "join-response":
      let frame = try MessageFrame(message, expecting: .joinResponse, limits: limits)
      return describe(try frame.joinResponse(limits: limits))
    case "release-request":
      let frame = try MessageFrame(message, expecting: .releaseRequest, limits: limits)
      return describe(try frame.releaseRequest(origin: origin, limits: limits))
    case "audit-request":
      let frame = try MessageFrame(message, expecting: .auditRequest, limits: limits)
      return describe(try frame.auditRequest(origin: origin, limits: limits))
    case "audit-response":
      let frame = try MessageFrame(message, expecting: .auditResponse, limits: limits)
      return describe(try frame.auditResponse(limits: limits))
    case "succession-request":
      let frame = try MessageFrame(message, expecting: .successionRequest, limits: limits)
      return describe(
        try frame.successionRequest(programme: programme, origin: origin, limits: limits))
    case "succession-response":
      let frame = try MessageFrame(message, expecting: .successionResponse, limits: limits)
      return describe(
        try frame.successionResponse(programme: programme, origin: asking, limits: limits))
    case "upload-request":
      return describe(try file(.uploadRequest).uploadRequest(origin: origin, limits: limits))
    case "upload-response":
      return describe(try file(.uploadResponse).uploadResponse(limits: limits))
    case "download-request":
      return describe(try file(.downloadRequest).downloadRequest(origin: origin, limits: limits))
    case "download-response":
      return describe(try file(.downloadResponse).downloadResponse(record: RecordID(high: 0, low: 0), limits: limits))
    default:
      let frame = try MessageFrame(message, expecting: .releaseResponse, limits: limits)
      return describe(try frame.releaseResponse(limits: limits))
    }
  }

  /// The same content written by this implementation; nil where it was not all read.
  func written() throws(WireError) -> [UInt8]? {
    switch kind {
    case "sync-request":
      let received = try MessageFrame(message, expecting: .syncRequest, limits: limits)
        .syncRequest(context, limits: limits)
      return received.pushBeginsBeyondHead ? nil : MessageFrame.encode(received.request)
    case "short-request", "short-push":
      let head = try MessageHead(message, expecting: types, limits: limits)
      let push = kind == "short-push" ? try pushed(head) : nil
      return MessageFrame.encode(try short(head, push: push), root: state.root)
    case "sync-response":
      return MessageFrame.encode(
        try MessageFrame(syncResponse: message, limits: limits)
          .syncResponse(responseContext, limits: limits), claimed: claimedHead)
    case "join-request":
      return MessageFrame.encode(
        try MessageFrame(message, expecting: .joinRequest, limits: limits)
          .joinRequest(limits: limits))
    case "join-response":
      return MessageFrame.encode(
        try MessageFrame(message, expecting: .joinResponse, limits: limits)
          .joinResponse(limits: limits))
    case "release-request":
      return MessageFrame.encode(
        try MessageFrame(message, expecting: .releaseRequest, limits: limits)
          .releaseRequest(origin: origin, limits: limits))
    case "audit-request":
      return MessageFrame.encode(
        try MessageFrame(message, expecting: .auditRequest, limits: limits)
          .auditRequest(origin: origin, limits: limits))
    case "audit-response":
      return MessageFrame.encode(
        try MessageFrame(message, expecting: .auditResponse, limits: limits)
          .auditResponse(limits: limits))
    case "succession-request":
      return MessageFrame.encode(
        try MessageFrame(message, expecting: .successionRequest, limits: limits)
          .successionRequest(programme: programme, origin: origin, limits: limits))
    case "succession-response":
      return MessageFrame.encode(
        try MessageFrame(message, expecting: .successionResponse, limits: limits)
          .successionResponse(programme: programme, origin: asking, limits: limits))
    case "upload-request":
      return MessageFrame.encode(
        try file(.uploadRequest).uploadRequest(origin: origin, limits: limits))
    case "upload-response":
      return MessageFrame.encode(try file(.uploadResponse).uploadResponse(limits: limits))
    case "download-request":
      return MessageFrame.encode(
        try file(.downloadRequest).downloadRequest(origin: origin, limits: limits))
    case "download-response":
      return MessageFrame.encode(
        try file(.downloadResponse).downloadResponse(record: RecordID(high: 0, low: 0), limits: limits))
    default:
      return MessageFrame.encode(
        try MessageFrame(message, expecting: .releaseResponse, limits: limits)
          .releaseResponse(limits: limits))
    }
  }
}
