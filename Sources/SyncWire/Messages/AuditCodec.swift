public import SyncCore

extension MessageFrame {
  /// The unsigned bytes of an audit request (wire-format §2.11).
  public static func encode(_ request: AuditRequest) -> [UInt8] {
    var w = MessageWriter()
    w.clear.arrayHead(3)
    w.clear.encode(request.hubEpoch)
    w.clear.encode(request.head.seq)
    if case .answer = request.checkpoint.kind { w.clear.encode(true) } else { w.clear.encode(false) }
    w.raw(request.checkpoint.bytes)
    if request.head.seq > 0 { w.raw(request.head.hash) }
    return w.message(.auditRequest, sender: request.origin)
  }

  public func auditRequest(origin: OriginID, limits: Limits) throws(WireError) -> AuditRequest {
    try expectSender(origin)
    var r = MessageReader(self, limits: limits)
    guard try r.readCount(max: 3) == 3 else { throw WireError(.inconsistent) }
    let epoch = try r.readUInt()
    let seq = try r.readUInt()
    let isAnswer = try r.read { d throws(CBORError) in try d.readBool() }
    let bytes = try r.raw(isAnswer ? CheckpointSeal.answerByteCount : CheckpointSeal.byteCount)
    guard let seal = CheckpointSeal(bytes: Array(bytes)), seal.size <= UInt64(Int64.max),
      seal.time <= UInt64(Int64.max)
    else { throw WireError(.malformed(.outOfRange)) }
    let head = LogHead(seq: seq, hash: seq > 0 ? try r.rawDigest() : .zero)
    try r.expectEnd()
    return AuditRequest(origin: origin, hubEpoch: epoch, checkpoint: seal, head: head)
  }

  /// The unsigned bytes of the answer (wire-format §2.12).
  public static func encode(_ response: AuditResponse) -> [UInt8] {
    var w = MessageWriter()
    w.clear.arrayHead(4)
    w.clear.encode(response.hubEpoch)
    w.clear.encode(response.head.seq)
    w.clear.encode(response.size)
    w.clear.encode(UInt64(response.consistency.count))
    if response.head.seq > 0 { w.raw(response.head.hash) }
    w.raw(response.root)
    for hash in response.consistency { w.raw(hash) }
    return w.message(.auditResponse)
  }

  public func auditResponse(limits: Limits) throws(WireError) -> AuditResponse {
    var r = MessageReader(self, limits: limits)
    guard try r.readCount(max: 4) == 4 else { throw WireError(.inconsistent) }
    let epoch = try r.readUInt()
    let seq = try r.readUInt()
    let size = try r.readUInt()
    let count = try r.readUInt(max: 64)
    let head = LogHead(seq: seq, hash: seq > 0 ? try r.rawDigest() : .zero)
    let root = try r.rawDigest()
    var hashes: [Digest32] = []
    for _ in 0..<count { hashes.append(try r.rawDigest()) }
    try r.expectEnd()
    return AuditResponse(
      hubEpoch: epoch, head: head, size: size, root: root, consistency: hashes)
  }
}
