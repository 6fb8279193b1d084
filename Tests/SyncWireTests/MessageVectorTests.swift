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
    #expect(kinds.count == 10)
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
      try canonical(try again.readUnchecked()) == canonical(try #require(vector.content)),
      "\(vector.name)")
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
  private let held: [UInt64: EntryHash]
  private let limits: Limits

  var testDescription: String { name }
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
    var limits = Limits.specified
    for (name, value) in object["limits"] as? [String: Int] ?? [:] {
      switch name {
      case "message_bytes": limits.messageBytesMax = value
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

  /// Who asked what a response to a succession answers: its bytes do not say (wire-format §2.9).
  private let asking: OriginID

  private var context: MessageFrame.PushContext {
    .init(programme: programme, origin: origin) { [held] seq, _ in held[seq] }
  }

  /// Reads as a receiver must: frame, signature, content (wire-format §1.4).
  func read() throws(WireError) -> Any {
    let parts = try MessageFrame.split(message, limits: limits)
    let signed = MessageFrame.signedBytes(
      programme: programme, answering: answering, message: parts.signed)
    guard let publicKey = try? Curve25519.Signing.PublicKey(rawRepresentation: key),
      publicKey.isValidSignature(parts.signature, for: signed)
    else { throw WireError(.signature) }
    return try readUnchecked()
  }

  func readUnchecked() throws(WireError) -> Any {
    switch kind {
    case "sync-request":
      let frame = try MessageFrame(message, expecting: .syncRequest, limits: limits)
      return describe(try frame.syncRequest(context, limits: limits))
    case "sync-response":
      let frame = try MessageFrame(message, expecting: .syncResponse, limits: limits)
      return describe(try frame.syncResponse(programme: programme, limits: limits))
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
    case "sync-response":
      return MessageFrame.encode(
        try MessageFrame(message, expecting: .syncResponse, limits: limits)
          .syncResponse(programme: programme, limits: limits))
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
    default:
      return MessageFrame.encode(
        try MessageFrame(message, expecting: .releaseResponse, limits: limits)
          .releaseResponse(limits: limits))
    }
  }
}
