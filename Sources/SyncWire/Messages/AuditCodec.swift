public import SyncCore

extension MessageFrame {
  /// The unsigned bytes of an audit request (wire-format §2.10).
  public static func encode(_ request: AuditRequest) -> [UInt8] {
    var w = MessageWriter()
    w.clear.arrayHead(4)
    w.clear.encode(request.hubEpoch)
    w.clear.encode(request.checkpoint.size)
    w.clear.encode(request.checkpoint.time)
    w.clear.encode(request.head.seq)
    w.raw(request.checkpoint.root)
    w.raw(request.checkpoint.logSignature)
    w.raw(request.checkpoint.cosignature)
    if request.head.seq > 0 { w.raw(request.head.hash) }
    return w.message(.auditRequest, sender: Bytes16(prefixOf: request.origin))
  }

  public func auditRequest(origin: OriginID, limits: Limits) throws(WireError) -> AuditRequest {
    guard sender == Bytes16(prefixOf: origin) else { throw WireError(.inconsistent) }
    var r = MessageReader(self, limits: limits)
    guard try r.readCount(max: 4) == 4 else { throw WireError(.inconsistent) }
    let epoch = try r.readUInt()
    let size = try r.readUInt()
    let time = try r.readUInt()
    let seq = try r.readUInt()
    let seal = CheckpointSeal(
      size: size, root: try r.rawDigest(), logSignature: Array(try r.raw(64)), time: time,
      cosignature: Array(try r.raw(64)))
    let head = LogHead(seq: seq, hash: seq > 0 ? try r.rawDigest() : .zero)
    try r.expectEnd()
    return AuditRequest(origin: origin, hubEpoch: epoch, checkpoint: seal, head: head)
  }

  /// The unsigned bytes of the answer (wire-format §2.11).
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
    return w.message(.auditResponse, sender: Bytes16(high: 0, low: 0))
  }

  public func auditResponse(limits: Limits) throws(WireError) -> AuditResponse {
    try expectHub()
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
