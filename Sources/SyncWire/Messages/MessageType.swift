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
  /// What the device knows as one digest, and nothing pushed.
  case shortRequest = 11
  /// The same with a push; its one signature is that of the pushed segment.
  case shortPush = 12
  /// A sync response with a checkpoint; its one signature is that of the checkpoint.
  case sealedResponse = 13
  case uploadRequest = 20
  case uploadResponse = 21
  case downloadRequest = 22
  case downloadResponse = 23

  /// The type of a message; nil for none of this version.
  public init?(of message: [UInt8]) {
    guard message.count > 1, message[0] == MessageFrame.version else { return nil }
    self.init(rawValue: message[1] & ~MessageHead.deflated)
  }

  public var isRequest: Bool {
    switch self {
    case .syncRequest, .joinRequest, .releaseRequest, .successionRequest, .auditRequest,
      .shortRequest, .shortPush, .uploadRequest, .downloadRequest:
      true
    case .syncResponse, .joinResponse, .releaseResponse, .successionResponse, .auditResponse,
      .sealedResponse, .uploadResponse, .downloadResponse:
      false
    }
  }

  var hasState: Bool { self == .shortRequest || self == .shortPush }
}
