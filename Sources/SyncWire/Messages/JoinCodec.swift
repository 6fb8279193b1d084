public import SyncCore

/// What a device sends to become a member (wire-format §2.5).
public struct JoinRequest: Sendable, Hashable {
  public var inviteSecret: Bytes16
  public var signingKey: [UInt8]
  public var openingKey: [UInt8]

  public init(inviteSecret: Bytes16, signingKey: [UInt8], openingKey: [UInt8]) {
    self.inviteSecret = inviteSecret
    self.signingKey = signingKey
    self.openingKey = openingKey
  }
}

/// What the hub answers (wire-format §2.6).
public enum JoinResponse: Sendable, Hashable {
  case member(Membership, token: [UInt8], hubEpoch: UInt64, hubStatement: [UInt8])
  case refused(Refusal)

  public enum Refusal: UInt8, Sendable, Hashable {
    case unknownInvite = 1
    case inviteUsed = 2
    case inviteExpired = 3
    case revoked = 4
    case recovering = 5
  }
}

extension MessageFrame {
  public static func encode(_ request: JoinRequest) -> [UInt8] {
    var w = MessageWriter()
    w.clear.arrayHead(0)
    w.raw(request.inviteSecret)
    w.raw(request.signingKey)
    w.raw(request.openingKey)
    return w.message(.joinRequest, sender: Hash.sha256(request.signingKey))
  }

  public func joinRequest(limits: Limits) throws(WireError) -> JoinRequest {
    var r = MessageReader(self, limits: limits)
    guard try r.readCount(max: 0) == 0 else { throw WireError(.inconsistent) }
    let request = JoinRequest(
      inviteSecret: try r.raw16(), signingKey: Array(try r.raw(32)),
      openingKey: Array(try r.raw(32)))
    try r.expectEnd()
    try expectSender(Hash.sha256(request.signingKey))
    return request
  }

  public static func encode(_ response: JoinResponse) -> [UInt8] {
    var w = MessageWriter()
    switch response {
    case .refused(let refusal):
      w.clear.arrayHead(1)
      w.clear.encode(UInt64(refusal.rawValue))
    case .member(let membership, let token, let hubEpoch, let statement):
      w.clear.arrayHead(3)
      encode(membership, to: &w)
      w.raw(token)
      w.clear.encode(hubEpoch)
      w.clear.encode(UInt64(statement.count))
      w.raw(statement)
    }
    return w.message(.joinResponse)
  }

  public func joinResponse(limits: Limits) throws(WireError) -> JoinResponse {
    var r = MessageReader(self, limits: limits)
    let result: JoinResponse
    switch try r.readCount(max: 3) {
    case 1:
      guard let refusal = JoinResponse.Refusal(rawValue: UInt8(try r.readUInt(max: 255))) else {
        throw WireError(.malformed(.outOfRange))
      }
      result = .refused(refusal)
    case 3:
      guard let membership = try Self.membership(from: &r) else { throw WireError(.inconsistent) }
      let token = Array(try r.raw(16))
      let epoch = try r.readUInt()
      let count = try r.readUInt(max: UInt64(limits.statementBytesMax))
      result = .member(
        membership, token: token, hubEpoch: epoch, hubStatement: Array(try r.raw(Int(count))))
    default: throw WireError(.inconsistent)
    }
    try r.expectEnd()
    return result
  }
}

/// A part of a release file (wire-format §2.7).
public struct ReleaseRequest: Sendable, Hashable {
  public var origin: OriginID
  public var token: [UInt8]
  /// 0 for the newest.
  public var number: UInt64
  public var offset: UInt64

  public init(origin: OriginID, token: [UInt8], number: UInt64, offset: UInt64) {
    self.origin = origin
    self.token = token
    self.number = number
    self.offset = offset
  }
}

/// A part of a release file; `total` 0 when there is no release yet (wire-format §2.8).
public struct ReleaseResponse: Sendable, Hashable {
  public var number: UInt64
  public var total: UInt64
  public var offset: UInt64
  public var bytes: [UInt8]

  public init(number: UInt64, total: UInt64, offset: UInt64, bytes: [UInt8]) {
    self.number = number
    self.total = total
    self.offset = offset
    self.bytes = bytes
  }
}

extension MessageFrame {
  public static func encode(_ request: ReleaseRequest) -> [UInt8] {
    var w = MessageWriter()
    w.clear.arrayHead(2)
    w.clear.encode(request.number)
    w.clear.encode(request.offset)
    w.raw(request.token)
    return w.message(.releaseRequest, sender: request.origin)
  }

  public func releaseRequest(
    origin: OriginID, limits: Limits
  ) throws(WireError) -> ReleaseRequest {
    try expectSender(origin)
    var r = MessageReader(self, limits: limits)
    guard try r.readCount(max: 2) == 2 else { throw WireError(.inconsistent) }
    let number = try r.readUInt()
    let offset = try r.readUInt()
    let token = Array(try r.raw(16))
    try r.expectEnd()
    return ReleaseRequest(origin: origin, token: token, number: number, offset: offset)
  }

  public static func encode(_ response: ReleaseResponse) -> [UInt8] {
    var w = MessageWriter()
    w.clear.arrayHead(4)
    w.clear.encode(response.number)
    w.clear.encode(response.total)
    w.clear.encode(response.offset)
    w.clear.encode(UInt64(response.bytes.count))
    w.raw(response.bytes)
    return w.message(.releaseResponse)
  }

  public func releaseResponse(limits: Limits) throws(WireError) -> ReleaseResponse {
    var r = MessageReader(self, limits: limits)
    guard try r.readCount(max: 4) == 4 else { throw WireError(.inconsistent) }
    let number = try r.readUInt()
    let total = try r.readUInt(max: UInt64(limits.releaseBytesMax))
    let offset = try r.readUInt(max: total)
    let count = try r.readUInt(max: UInt64(limits.messageBytesMax))
    guard offset + count <= total else { throw WireError(.inconsistent) }
    let response = ReleaseResponse(
      number: number, total: total, offset: offset, bytes: Array(try r.raw(Int(count))))
    try r.expectEnd()
    return response
  }
}
