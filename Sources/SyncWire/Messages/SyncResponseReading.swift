public import SyncCore

extension MessageFrame {
  /// Opens a sync response with or without a checkpoint.
  public init(syncResponse message: [UInt8], limits: Limits) throws(WireError) {
    try self.init(
      try MessageHead(message, expecting: [.syncResponse, .sealedResponse], limits: limits),
      limits: limits)
  }

  /// Reads a sync response (wire-format §2.4). What it claims is checked by the session, not here.
  public func syncResponse(
    _ context: ResponseContext, limits: Limits
  ) throws(WireError) -> SyncResponse {
    var r = MessageReader(self, limits: limits)
    let count = try r.readCount(max: 10)
    guard count >= 2 else { throw WireError(.malformed(.outOfRange)) }
    let status = try r.readUInt(max: 255)
    let epoch = try r.readUInt()
    guard status & ~(7 | Self.tokenServes | Self.originIsClosed) == 0,
      let known = SyncResponse.Status(rawValue: UInt8(status & 7))
    else { throw WireError(.malformed(.outOfRange)) }
    // A stale token is never left to serve on.
    let hasToken = status & Self.tokenServes == 0
    guard hasToken || known != .sayInFull else { throw WireError(.inconsistent) }
    let token = hasToken ? Array(try r.raw(16)) : []
    var response = SyncResponse(
      status: known, hubEpoch: epoch, token: token, head: context.claimed)
    response.isClosed = status & Self.originIsClosed != 0
    // Whether the last item has its usual value, and so had to be left out.
    var isUsual = false
    if count > 2 {
      isUsual = r.readNullIfPresent()
      if !isUsual {
        let seq = try r.readUInt()
        response.head = LogHead(seq: seq, hash: seq > 0 ? try r.rawDigest() : .zero)
      }
    }
    if count > 3 {
      response.growth = try Self.growth(from: &r)
      isUsual = response.growth.isEmpty
    }
    if count > 4 {
      let left = try r.readUInt()
      response.left = left > 0 ? left - 1 : nil
      isUsual = !response.more
    }
    if count > 5 {
      response.held = try Self.held(from: &r)
      isUsual = response.held.isEmpty
    }
    var read: [ReadDelivery]?
    if count > 6 {
      isUsual = r.readNullIfPresent()
      if !isUsual {
        read = try Self.readDeliveries(
          from: &r, programme: context.programme, into: &response.segments)
      }
    }
    if count > 7 {
      response.membership = try Self.membership(from: &r)
      isUsual = response.membership == nil
    }
    if count > 8 {
      let length = try r.readOptionalUInt(max: UInt64(limits.statementBytesMax))
      if let length { response.hubStatement = Array(try r.raw(Int(length))) }
      isUsual = length == nil
    }
    if count > 9 {
      response.retryAfter = try r.readUInt(max: 86_400)
      isUsual = response.retryAfter == 0
    }
    guard !isUsual else { throw WireError(.inconsistent) }
    if let read { try Self.readEntries(of: read, from: &r, into: &response) }
    try r.expectEnd()
    try seal(&response, context)
    return response
  }

  /// Puts checkpoint and message under the one signature that both have.
  private func seal(
    _ response: inout SyncResponse, _ context: ResponseContext
  ) throws(WireError) {
    guard let tree = head.tree else { return }
    guard response.hubEpoch == context.hubEpoch else { throw WireError(.inconsistent) }
    response.tree = tree
    response.checkpoint = CheckpointSeal(
      size: tree.size, root: tree.root,
      kind: .answer(
        Self.signedHash(
          programme: context.programme, answering: context.answering, message: head.signedPart)),
      time: tree.time, cosignature: Array(head.signature))
  }

  private static func held(from r: inout MessageReader) throws(WireError) -> [SyncResponse.Held] {
    let count = try r.readCount(max: r.limits.entriesPerPushMax * 2)
    guard count % 2 == 0 else { throw WireError(.malformed(.outOfRange)) }
    var held: [SyncResponse.Held] = []
    for _ in 0..<(count / 2) {
      let seq = try r.readUInt()
      guard seq > 0 else { throw WireError(.malformed(.outOfRange)) }
      held.append(.init(seq: seq, reason: try r.readText(max: r.limits.nameBytesMax)))
    }
    return held
  }

  package static func membership(from r: inout MessageReader) throws(WireError) -> Membership? {
    guard try r.readOptionalArrayHead(exactly: 5) else { return nil }
    let limits = r.limits
    let version = try r.readUInt()
    guard let role = Membership.Role(rawValue: UInt8(try r.readUInt(max: 255))) else {
      throw WireError(.malformed(.outOfRange))
    }
    var lists: [[String]] = []
    for _ in 0..<2 {
      var codes: [String] = []
      for _ in 0..<(try r.readCount(max: limits.streamsMax)) {
        let code = try r.readText(max: limits.nameBytesMax)
        if let last = codes.last, !last.utf8.lexicographicallyPrecedes(code.utf8) {
          throw WireError(.malformed(.unsortedKeys))
        }
        codes.append(code)
      }
      lists.append(codes)
    }
    return Membership(
      version: version, role: role, areas: lists[0], programmeAreas: lists[1],
      url: try r.readText(max: 512))
  }

  private static func growth(from r: inout MessageReader) throws(WireError) -> [GrowthStep] {
    var pieces: [GrowthStep] = []
    for _ in 0..<(try r.readCount(max: r.limits.growthPiecesMax)) {
      let width = try r.readCount(max: 3)
      let first = try r.readUInt()
      let second = try r.readUInt()
      if width == 2 {
        guard second <= 124 else { throw WireError(.malformed(.outOfRange)) }
        var hashes: [Digest32] = []
        for _ in 0..<second { hashes.append(try r.rawDigest()) }
        pieces.append(.foreign(end: first, hashes: hashes))
      } else {
        guard width == 3, r.readNullIfPresent() else { throw WireError(.inconsistent) }
        pieces.append(.own(firstSeq: first, count: second))
      }
    }
    return pieces
  }
}
