public import SyncCore

/// What stands before the clear part of a message, and where its parts are: enough to find the key
/// that must have signed it, before anything is decompressed (wire-format §1).
public struct MessageHead: Sendable {
  static let deflated: UInt8 = 0x80
  /// Version, type, a length, signature.
  static let messageBytesMin = 67

  public let type: MessageType
  /// First half of the sender's origin id; nil in what a hub sends.
  public let sender: Bytes16?
  /// What a short request says that its sender knows.
  public let state: ShortState?
  /// The digest over ``state`` and its hashes.
  public let digest: Bytes16?
  /// The tree whose checkpoint the signature is.
  public let tree: TreeClaim?
  let isDeflated: Bool
  /// The clear part as sent.
  let stored: ArraySlice<UInt8>
  let opaque: ArraySlice<UInt8>
  /// The message without its signature.
  public let signedPart: ArraySlice<UInt8>
  public let signature: ArraySlice<UInt8>

  /// Reads the head of a message that must be of one of these types.
  public init(
    _ message: [UInt8], expecting types: [MessageType], limits: Limits
  ) throws(WireError) {
    guard message.count <= limits.messageBytesMax else { throw WireError(.tooLong) }
    guard let first = message.first else { throw WireError(.truncated) }
    guard first == MessageFrame.version else { throw WireError(.unknownVersion) }
    guard message.count >= Self.messageBytesMin else { throw WireError(.truncated) }
    guard let type = MessageType(of: message), types.contains(type) else {
      throw WireError(.unexpectedType)
    }
    self.type = type
    isDeflated = message[1] & Self.deflated != 0
    let cut = message.count - MessageFrame.signatureBytes
    signedPart = message[..<cut]
    signature = message[cut...]
    var d = CBORDecoder(message[2..<cut])
    let length = try Self.read(&d) { d throws(CBORError) in try d.readUInt() }
    sender = type.isRequest ? try Self.raw16(&d) : nil
    if type.hasState {
      state = try Self.read(&d) { d throws(CBORError) in
        try ShortState(&d, streamsMax: limits.streamsMax)
      }
      digest = try Self.raw16(&d)
    } else {
      state = nil
      digest = nil
    }
    if type == .sealedResponse {
      let (size, time) = try Self.read(&d) { d throws(CBORError) in
        (try d.readUInt(), try d.readUInt())
      }
      guard let root = Digest32(try Self.raw(&d, 32)) else { throw WireError(.truncated) }
      tree = TreeClaim(size: size, time: time, root: root)
    } else {
      tree = nil
    }
    stored = try Self.raw(&d, Int(length))
    opaque = message[d.position..<cut]
  }

  private static func read<T>(
    _ d: inout CBORDecoder, _ body: (inout CBORDecoder) throws(CBORError) -> T
  ) throws(WireError) -> T {
    do { return try body(&d) } catch {
      throw WireError(error.code == .truncated ? .truncated : .malformed(error.code))
    }
  }

  private static func raw(_ d: inout CBORDecoder, _ count: Int) throws(WireError) -> ArraySlice<UInt8> {
    guard let bytes = d.readRaw(count) else { throw WireError(.truncated) }
    return bytes
  }

  private static func raw16(_ d: inout CBORDecoder) throws(WireError) -> Bytes16 {
    guard let value = Bytes16(try raw(&d, 16)) else { throw WireError(.truncated) }
    return value
  }
}
