public import SyncCore

/// The outer layout of every message (wire-format §1).
///
///     version 1 | type 1 | length of clear 1–5 | sender 16 or none | state or checkpoint, or none
///       | clear | opaque | signature 64
///
/// The clear part is deterministic CBOR, deflated when that is shorter. The opaque part holds what
/// does not compress: salts, hashes, sealed sections, signatures.
public struct MessageFrame: Sendable {
  public static let version: UInt8 = 1
  public static let signatureBytes = 64

  public let head: MessageHead
  let clear: [UInt8]
  var opaque: ArraySlice<UInt8> { head.opaque }

  /// Opens a message whose signature has been checked, or is checked over what it says.
  public init(_ head: MessageHead, limits: Limits) throws(WireError) {
    self.head = head
    guard head.isDeflated else {
      guard head.stored.count <= limits.clearBytesMax else { throw WireError(.inflate) }
      clear = Array(head.stored)
      return
    }
    do {
      clear = try Inflate.shipped.expand(Array(head.stored), limit: limits.clearBytesMax)
    } catch { throw WireError(.inflate) }
    guard !clear.isEmpty else { throw WireError(.inflate) }
  }

  public init(_ message: [UInt8], expecting type: MessageType, limits: Limits) throws(WireError) {
    try self.init(
      try MessageHead(message, expecting: [type], limits: limits), limits: limits)
  }

  func expectSender(_ origin: OriginID) throws(WireError) {
    guard head.sender == Bytes16(prefixOf: origin) else { throw WireError(.inconsistent) }
  }

  /// The two parts of a message, as they are sent.
  struct Parts: Sendable {
    let isDeflated: Bool
    let clear: [UInt8]
    let opaque: [UInt8]

    init(clear: [UInt8], opaque: [UInt8]) {
      let packed = Deflate.shipped.compress(clear)
      isDeflated = packed.count < clear.count
      self.clear = isDeflated ? packed : clear
      self.opaque = opaque
    }
  }

  /// Lays out an unsigned message.
  static func assemble(type: MessageType, head: [UInt8], _ parts: Parts) -> [UInt8] {
    var message = CBOREncoder(
      reservingCapacity: 8 + head.count + parts.clear.count + parts.opaque.count + signatureBytes)
    message.append(
      encoded: [version, type.rawValue | (parts.isDeflated ? MessageHead.deflated : 0)])
    message.encode(UInt64(parts.clear.count))
    message.append(encoded: head)
    message.append(encoded: parts.clear)
    message.append(encoded: parts.opaque)
    return message.bytes
  }

  /// What a signature speaks for: programme, the hash of the request that a response answers (zero
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

  /// The hash of the signed bytes: the context of a pushed segment, the fourth line of a checkpoint.
  public static func signedHash(
    programme: ProgrammeID, answering request: Digest32, message: some Collection<UInt8>
  ) -> Digest32 {
    Hash.sha256(signedBytes(programme: programme, answering: request, message: message))
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

  /// The unsigned message of a sender, or of a hub.
  package func message(_ type: MessageType, sender: OriginID? = nil) -> [UInt8] {
    message(type, head: sender.map { Bytes16(prefixOf: $0).bytes } ?? [])
  }

  var parts: MessageFrame.Parts { .init(clear: clear.bytes, opaque: opaque) }

  func message(_ type: MessageType, head: [UInt8]) -> [UInt8] {
    MessageFrame.assemble(type: type, head: head, parts)
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

  package mutating func readUInt(max: UInt64 = UInt64(Int64.max)) throws(WireError) -> UInt64 {
    try read { d throws(CBORError) in try d.readUInt(max: max) }
  }

  package mutating func readText(max: Int) throws(WireError) -> String {
    try read { d throws(CBORError) in try d.readText(max: max) }
  }

  package mutating func readCount(max: Int) throws(WireError) -> Int {
    try read { d throws(CBORError) in try d.readArrayHead(max: max) }
  }

  /// A byte string of any length: what it should have, the rest of the message says.
  mutating func readByteString() throws(WireError) -> ArraySlice<UInt8> {
    try read { d throws(CBORError) in try d.readBytes(max: .max) }
  }

  package mutating func readNullIfPresent() -> Bool { clear.readNullIfPresent() }

  package mutating func readOptionalUInt(max: UInt64) throws(WireError) -> UInt64? {
    readNullIfPresent() ? nil : try readUInt(max: max)
  }

  /// Whether an array of this length follows, rather than null.
  package mutating func readOptionalArrayHead(exactly count: Int) throws(WireError) -> Bool {
    if readNullIfPresent() { return false }
    try read { d throws(CBORError) in try d.readArrayHead(exactly: count) }
    return true
  }

  package func expectEnd() throws(WireError) {
    do { try clear.expectEnd() } catch { throw WireError(.malformed(error.code)) }
    guard opaque.isEmpty else { throw WireError(.trailingOpaqueBytes) }
  }
}
