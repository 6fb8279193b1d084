public import SyncCore

extension MessageFrame {
  /// The unsigned bytes of a succession request, in the name of the old origin (wire-format §2.9).
  public static func encode(_ request: SuccessionRequest) -> [UInt8] {
    var w = MessageWriter()
    let succession = request.succession
    w.clear.arrayHead(1)
    write(succession, to: &w)
    w.raw(request.oldSignature)
    w.raw(request.newSignature)
    return w.message(.successionRequest, sender: succession.origin)
  }

  public func successionRequest(
    programme: ProgrammeID, origin: OriginID, limits: Limits
  ) throws(WireError) -> SuccessionRequest {
    try expectSender(origin)
    var r = MessageReader(self, limits: limits)
    guard try r.readCount(max: 1) == 1 else { throw WireError(.inconsistent) }
    let succession = try Self.succession(from: &r, programme: programme, origin: origin)
    let request = SuccessionRequest(
      succession: succession, oldSignature: Array(try r.raw(64)),
      newSignature: Array(try r.raw(64)))
    try r.expectEnd()
    return request
  }

  private static func write(_ succession: Succession, to w: inout MessageWriter) {
    w.clear.encode(succession.head.seq)
    if succession.head.seq > 0 { w.raw(succession.head.hash) }
    w.raw(succession.signingKey)
    w.raw(succession.openingKey)
  }

  private static func succession(
    from r: inout MessageReader, programme: ProgrammeID, origin: OriginID
  ) throws(WireError) -> Succession {
    let seq = try r.readUInt()
    let head = LogHead(seq: seq, hash: seq > 0 ? try r.rawDigest() : .zero)
    return Succession(
      programme: programme, origin: origin, head: head, signingKey: Array(try r.raw(32)),
      openingKey: Array(try r.raw(32)))
  }

  /// The unsigned bytes of the hub's answer (wire-format §2.10).
  public static func encode(_ response: SuccessionResponse) -> [UInt8] {
    var w = MessageWriter()
    switch response {
    case .refused(let refusal):
      w.clear.arrayHead(1)
      w.clear.encode(UInt64(refusal.rawValue))
    case .member(let membership, let token, let epoch, let proof):
      w.clear.arrayHead(3)
      encode(membership, to: &w)
      w.raw(token)
      w.clear.encode(epoch)
      switch proof {
      case .entry(let place):
        let segment = place.segment
        w.clear.arrayHead(4)
        w.clear.encode(segment.first)
        w.clear.encode(segment.last - segment.first)
        w.clear.encode(place.seq - segment.first)
        w.clear.encode(UInt64(place.path.count))
        w.raw(segment.lastHash)
        w.raw(segment.root)
        w.raw(segment.context)
        w.raw(place.signature)
        w.raw(place.hash)
        for hash in place.path { w.raw(hash) }
      case .succession(let succession, let signature):
        w.clear.arrayHead(1)
        write(succession, to: &w)
        w.raw(signature)
      }
    }
    return w.message(.successionResponse)
  }

  /// Reads a succession response (wire-format §2.10). What it proves is checked by the device.
  ///
  /// - Parameters:
  ///   - programme: the programme that both belong to.
  ///   - origin: the old origin, in whose name the request was made.
  ///   - limits: bounds on what is read.
  public func successionResponse(
    programme: ProgrammeID, origin: OriginID, limits: Limits
  ) throws(WireError) -> SuccessionResponse {
    var r = MessageReader(self, limits: limits)
    let result: SuccessionResponse
    switch try r.readCount(max: 3) {
    case 1:
      guard let refusal = SuccessionResponse.Refusal(rawValue: UInt8(try r.readUInt(max: 255)))
      else { throw WireError(.malformed(.outOfRange)) }
      result = .refused(refusal)
    case 3:
      guard let membership = try Self.membership(from: &r) else { throw WireError(.inconsistent) }
      let token = Array(try r.raw(16))
      let epoch = try r.readUInt()
      let proof = try Self.closureProof(from: &r, programme: programme, origin: origin)
      result = .member(membership, token: token, hubEpoch: epoch, proof: proof)
    default: throw WireError(.inconsistent)
    }
    try r.expectEnd()
    return result
  }

  private static func closureProof(
    from r: inout MessageReader, programme: ProgrammeID, origin: OriginID
  ) throws(WireError) -> ClosureProof {
    switch try r.readCount(max: 4) {
    case 1:
      let succession = try succession(from: &r, programme: programme, origin: origin)
      return .succession(succession, signature: Array(try r.raw(64)))
    case 4:
      let entriesMax = UInt64(r.limits.entriesPerPushMax)
      let first = try r.readUInt(max: UInt64(Int64.max) >> 1)
      guard first > 0, entriesMax > 0 else { throw WireError(.malformed(.outOfRange)) }
      let more = try r.readUInt(max: entriesMax - 1)
      let index = try r.readUInt(max: more)
      let count = try r.readUInt(max: 64)
      let segment = Segment(
        programme: programme, origin: origin, first: first, last: first + more,
        lastHash: try r.rawDigest(), root: try r.rawDigest(), context: try r.rawDigest())
      let signature = Array(try r.raw(64))
      let hash = try r.rawDigest()
      var path: [Digest32] = []
      for _ in 0..<count { path.append(try r.rawDigest()) }
      return .entry(
        SegmentProof(
          segment: segment, signature: signature, seq: first + index, hash: hash, path: path))
    default: throw WireError(.inconsistent)
    }
  }
}
