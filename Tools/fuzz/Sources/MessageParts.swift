import Identity
import SyncCore

@testable import SyncWire

/// A message as the fuzzer changes it: the two parts side by side, so that no change is lost in
/// compressed bytes, a length or a signature.
///
///     length of the clear part 2 | clear | opaque
struct MessageParts {
  let clear: [UInt8]
  var opaque: [UInt8]
  var sender = Bytes16(prefixOf: Keys.device.publicKey.origin)

  init(_ input: [UInt8]) {
    var input = Input(input)
    self.init(&input)
  }

  init(_ input: inout Input) {
    clear = input.counted()
    opaque = input.all()
  }

  /// What stands between the length and the clear part: a hub names no sender.
  static func head(_ type: MessageType, sender: Bytes16) -> [UInt8] {
    var e = CBOREncoder()
    if type.isRequest { e.append(encoded: sender.bytes) }
    if type.hasState {
      e.append(encoded: state.encoded)
      e.append(encoded: [UInt8](repeating: 7, count: 16))
    }
    if type == .sealedResponse {
      e.encode(tree.size)
      e.encode(tree.time)
      e.append(tree.root)
    }
    return e.bytes
  }

  static let tree = TreeClaim(size: 16, time: 1, root: Hash.sha256([9]))
  static let state = ShortState(
    hubEpoch: 1, membershipVersion: 1, treeSize: 16, headSeq: 1 << 40, budgetUnits: 64,
    counts: [0, 4])

  func frame(_ type: MessageType) -> MessageFrame? {
    var e = CBOREncoder()
    e.append(encoded: [1, type.rawValue])
    e.encode(UInt64(clear.count))
    let message =
      e.bytes + Self.head(type, sender: sender) + clear + opaque + Self.noSignature
    return try? MessageFrame(message, expecting: type, limits: .specified)
  }

  /// Reads the message with as much of an opaque part as its clear part asks for: what is missing is
  /// made up, what is left over is cut off. So a changed count is not the end of a message.
  func read<Content>(
    _ type: MessageType, _ decode: (MessageFrame) throws(WireError) -> Content
  ) -> (message: MessageParts, content: Content)? {
    var message = self
    var (low, high) = (0, opaque.count + 4_096)
    var count = opaque.count
    while low <= high {
      message.opaque = filled(to: count)
      guard let frame = message.frame(type) else { return nil }
      do throws(WireError) {
        return (message, try decode(frame))
      } catch {
        switch error.code {
        case .truncated: low = count + 1
        case .trailingOpaqueBytes: high = count - 1
        default: return nil
        }
      }
      count = (low + high) / 2
    }
    return nil
  }

  /// So many bytes of the opaque part, the missing ones made up.
  func filled(to count: Int) -> [UInt8] {
    var bytes = Array(opaque.prefix(count))
    while bytes.count < count { bytes.append(UInt8(bytes.count & 127) + 1) }
    return bytes
  }

  static let noSignature = [UInt8](repeating: 0, count: MessageFrame.signatureBytes)

  /// Whether writing what was read gives both parts again, byte for byte.
  func isWritten(as unsigned: [UInt8]) -> Bool {
    guard let type = MessageType(of: unsigned),
      let frame = try? MessageFrame(
        unsigned + Self.noSignature, expecting: type, limits: .specified)
    else { return false }
    return frame.clear == clear && frame.opaque.elementsEqual(opaque)
  }

  /// Ends the program unless writing what was read gives both parts again.
  func checkRoundTrip(_ unsigned: [UInt8], _ what: String) {
    guard let type = MessageType(of: unsigned),
      let frame = try? MessageFrame(
        unsigned + Self.noSignature, expecting: type, limits: .specified)
    else { return check(false, "\(what): what was written is no message") }
    check(!type.isRequest || frame.head.sender == sender, "\(what): written under another sender")
    fuzz.checkRoundTrip(frame.clear, clear, "\(what), clear part")
    fuzz.checkRoundTrip(Array(frame.opaque), opaque, "\(what), opaque part")
  }
}
