public import SyncCore

/// What a message is (wire-format §1).
public enum MessageType: UInt8, Sendable, Hashable {
  case syncRequest = 1
  case syncResponse = 2
  case joinRequest = 3
  case joinResponse = 4
  case releaseRequest = 5
  case releaseResponse = 6
  case successionRequest = 7
  case successionResponse = 8
  case auditRequest = 9
  case auditResponse = 10
  case uploadRequest = 20
  case uploadResponse = 21
  case downloadRequest = 22
  case downloadResponse = 23
}

/// The outer layout of every message (wire-format §1).
///
///     version 1 | type 1 | method 1 | clear length 3 | sender 16 | clear | opaque | signature 64
///
/// The clear part is deterministic CBOR, deflated when that is shorter. The opaque part holds what
/// does not compress: salts, hashes, sealed sections, signatures.
public struct MessageFrame: Sendable {
  public static let version: UInt8 = 1
  public static let headBytes = 22
  public static let signatureBytes = 64

  public let type: MessageType
  /// First half of the sender's origin id; zero in what a hub sends.
  public let sender: Bytes16
  let clear: [UInt8]
  let opaque: ArraySlice<UInt8>
  /// The message without its signature.
  public let signedPart: ArraySlice<UInt8>
  public let signature: ArraySlice<UInt8>

  /// Reads only the head: enough to find the sender's key before anything is decompressed.
  public static func sender(of message: [UInt8], limits: Limits) throws(WireError) -> Bytes16 {
    try checkHead(message, limits: limits)
    guard let sender = Bytes16(message[6..<22]) else { throw WireError(.truncated) }
    return sender
  }

  /// The signed and the signature bytes, before anything is decompressed.
  public static func split(
    _ message: [UInt8], limits: Limits
  ) throws(WireError) -> (signed: ArraySlice<UInt8>, signature: ArraySlice<UInt8>) {
    try checkHead(message, limits: limits)
    let cut = message.count - signatureBytes
    return (message[..<cut], message[cut...])
  }

  private static func checkHead(_ message: [UInt8], limits: Limits) throws(WireError) {
    guard message.count <= limits.messageBytesMax else { throw WireError(.tooLong) }
    guard let first = message.first else { throw WireError(.truncated) }
    guard first == version else { throw WireError(.unknownVersion) }
    guard message.count >= headBytes + signatureBytes else { throw WireError(.truncated) }
  }

  /// Opens a message whose signature has been checked.
  public init(_ message: [UInt8], expecting type: MessageType, limits: Limits) throws(WireError) {
    try Self.checkHead(message, limits: limits)
    guard MessageType(rawValue: message[1]) == type else { throw WireError(.unexpectedType) }
    self.type = type
    guard let sender = Bytes16(message[6..<22]) else { throw WireError(.truncated) }
    self.sender = sender
    let length = Int(message[3]) << 16 | Int(message[4]) << 8 | Int(message[5])
    let cut = message.count - Self.signatureBytes
    guard length <= cut - Self.headBytes else { throw WireError(.truncated) }
    let stored = message[Self.headBytes..<(Self.headBytes + length)]
    switch message[2] {
    case 0: clear = Array(stored)
    case 1:
      do {
        clear = try Inflate.shipped.expand(Array(stored), limit: limits.clearBytesMax)
      } catch { throw WireError(.inflate) }
    default: throw WireError(.unknownMethod)
    }
    opaque = message[(Self.headBytes + length)..<cut]
    signedPart = message[..<cut]
    signature = message[cut...]
  }

  /// Refuses a response that names a sender: what a hub sends names none.
  func expectHub() throws(WireError) {
    guard sender == Bytes16(high: 0, low: 0) else { throw WireError(.inconsistent) }
  }

  /// Lays out an unsigned message.
  static func assemble(
    type: MessageType, sender: Bytes16, clear: [UInt8], opaque: [UInt8]
  ) -> [UInt8] {
    let packed = Deflate.shipped.compress(clear)
    let shorter = packed.count < clear.count
    let body = shorter ? packed : clear
    var message: [UInt8] = []
    message.reserveCapacity(headBytes + body.count + opaque.count + signatureBytes)
    message += [version, type.rawValue, shorter ? 1 : 0]
    message += [UInt8(body.count >> 16), UInt8(body.count >> 8 & 255), UInt8(body.count & 255)]
    message += sender.bytes
    message += body
    message += opaque
    return message
  }

  /// What the sender signs: programme, the hash of the request that a response answers (zero
  /// bytes in a request), then the message (wire-format §1.2).
  public static func signedBytes(
    programme: ProgrammeID, answering request: Digest32, message: some Collection<UInt8>
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(message.count + 66)
    bytes += "yarrow.message/1\0".utf8
    bytes += programme.bytes
    request.withUnsafeBytes { bytes += $0 }
    bytes += message
    return bytes
  }
}

/// Writes the two parts of a message side by side.
package struct MessageWriter {
  package var clear = CBOREncoder(reservingCapacity: 1024)
  package var opaque: [UInt8] = []

  package init() {}

  package mutating func raw(_ bytes: some Collection<UInt8>) { opaque.append(contentsOf: bytes) }
  package mutating func raw(_ digest: Digest32) { digest.withUnsafeBytes { opaque += $0 } }
  package mutating func raw(_ value: Bytes16) { opaque += value.bytes }

  package func message(_ type: MessageType, sender: Bytes16) -> [UInt8] {
    MessageFrame.assemble(type: type, sender: sender, clear: clear.bytes, opaque: opaque)
  }
}

/// Reads the two parts of a message side by side; every read is bounded.
package struct MessageReader {
  package var clear: CBORDecoder
  private var opaque: ArraySlice<UInt8>
  package let limits: Limits

  package init(_ frame: MessageFrame, limits: Limits) {
    clear = CBORDecoder(frame.clear)
    opaque = frame.opaque
    self.limits = limits
  }

  package mutating func raw(_ count: Int) throws(WireError) -> ArraySlice<UInt8> {
    guard count >= 0, opaque.count >= count else { throw WireError(.truncated) }
    defer { opaque = opaque.dropFirst(count) }
    return opaque.prefix(count)
  }

  package mutating func rawDigest() throws(WireError) -> Digest32 {
    guard let digest = Digest32(try raw(32)) else { throw WireError(.truncated) }
    return digest
  }

  package mutating func raw16() throws(WireError) -> Bytes16 {
    guard let value = Bytes16(try raw(16)) else { throw WireError(.truncated) }
    return value
  }

  /// Runs one CBOR read, turning its error into this target's.
  package mutating func read<T>(
    _ body: (inout CBORDecoder) throws(CBORError) -> T
  ) throws(WireError) -> T {
    do { return try body(&clear) } catch { throw WireError(.malformed(error.code)) }
  }

  package func expectEnd() throws(WireError) {
    do { try clear.expectEnd() } catch { throw WireError(.malformed(error.code)) }
    guard opaque.isEmpty else { throw WireError(.trailingOpaqueBytes) }
  }
}
