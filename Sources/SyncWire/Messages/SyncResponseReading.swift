public import SyncCore

extension MessageFrame {
  /// Reads a sync response (wire-format §2.3). What it claims is checked by the session, not here.
  public func syncResponse(
    programme: ProgrammeID, limits: Limits
  ) throws(WireError) -> SyncResponse {
    try expectHub()
    var r = MessageReader(self, limits: limits)
    let (status, epoch, retryAfter) = try r.read { d throws(CBORError) in
      try d.readArrayHead(exactly: 11)
      return (try d.readUInt(max: 255), try d.readUInt(), try d.readUInt(max: 86_400))
    }
    guard status & ~55 == 0, let known = SyncResponse.Status(rawValue: UInt8(status & 7)) else {
      throw WireError(.malformed(.outOfRange))
    }
    // A stale token is never left to serve on.
    let hasToken = status & 16 == 0
    guard hasToken || known != .staleToken else { throw WireError(.inconsistent) }
    let token = hasToken ? Array(try r.raw(16)) : []
    let headSeq = try r.readUInt()
    let head = LogHead(seq: headSeq, hash: headSeq > 0 ? try r.rawDigest() : .zero)
    var response = SyncResponse(status: known, hubEpoch: epoch, token: token, head: head)
    response.retryAfter = retryAfter
    response.isClosed = status & 32 != 0
    let held = try r.readCount(max: limits.entriesPerPushMax * 2)
    guard held % 2 == 0 else { throw WireError(.malformed(.outOfRange)) }
    for _ in 0..<(held / 2) {
      let seq = try r.readUInt()
      guard seq > 0 else { throw WireError(.malformed(.outOfRange)) }
      response.held.append(.init(seq: seq, reason: try r.readText(max: limits.nameBytesMax)))
    }
    response.membership = try Self.membership(from: &r)
    if let count = try r.readOptionalUInt(max: UInt64(limits.statementBytesMax)) {
      response.hubStatement = Array(try r.raw(Int(count)))
    }
    response.growth = try Self.growth(from: &r)
    if try r.readOptionalArrayHead(exactly: 2) {
      let size = try r.readUInt()
      let time = try r.readUInt()
      response.checkpoint = CheckpointSeal(
        size: size, root: try r.rawDigest(), logSignature: Array(try r.raw(64)), time: time,
        cosignature: Array(try r.raw(64)))
    }
    try Self.readDeliveries(from: &r, programme: programme, into: &response)
    response.more = try r.read { d throws(CBORError) in try d.readBool() }
    try r.expectEnd()
    return response
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
        let end = try r.read { d throws(CBORError) in d.readNullIfPresent() }
        guard width == 3, end else { throw WireError(.inconsistent) }
        pieces.append(.own(firstSeq: first, count: second))
      }
    }
    return pieces
  }

  private static func readDeliveries(
    from r: inout MessageReader, programme: ProgrammeID, into response: inout SyncResponse
  ) throws(WireError) {
    guard try r.readOptionalArrayHead(exactly: 3) else { return }
    let limits = r.limits
    var partial: Set<Int> = []
    for index in 0..<(try r.readCount(max: limits.deliveriesPerResponseMax)) {
      guard try r.readCount(max: 3) == 3 else { throw WireError(.inconsistent) }
      let first = try r.readUInt(max: UInt64(Int64.max) >> 1)
      let span = try r.readUInt(max: UInt64(limits.entriesPerPushMax - 1))
      guard first > 0 else { throw WireError(.malformed(.outOfRange)) }
      let isWhole = try r.read { d throws(CBORError) in try d.readBool() }
      let key = Array(try r.raw(32))
      var segment = Segment(
        programme: programme, origin: Hash.sha256(key), first: first, last: first + span,
        lastHash: .zero, root: .zero)
      if !isWhole {
        partial.insert(index)
        segment.lastHash = try r.rawDigest()
        segment.root = try r.rawDigest()
      }
      response.segments.append(
        DeliveredSegment(publicKey: key, segment: segment, signature: Array(try r.raw(64))))
    }
    var entries = try EntryReader(from: &r)
    var hashes: [Int: [UInt64: EntryHash]] = [:]
    var last: [Int: UInt64] = [:]
    var itemsLeft = limits.deliveriesPerResponseMax
    let deliveries = try r.readCount(max: limits.streamsMax)
    // No delivery at all is null.
    guard deliveries > 0 else { throw WireError(.inconsistent) }
    for _ in 0..<deliveries {
      let count = try r.readCount(max: itemsLeft + 2)
      guard count > 1 else { throw WireError(.inconsistent) }
      itemsLeft -= count - 2
      var delivery = Delivery(
        stream: StreamName(try r.readText(max: limits.nameBytesMax * 2)),
        from: try r.readUInt(), items: [])
      for _ in 2..<count {
        switch try r.read({ d throws(CBORError) in try d.nextMajor() }) {
        case 2:
          let most = limits.statementBytesMax
          let bytes = try r.read { d throws(CBORError) in Array(try d.readBytes(max: most)) }
          delivery.items.append(.statement(bytes))
        case 7:
          guard try r.read({ d throws(CBORError) in d.readNullIfPresent() }) else {
            throw WireError(.inconsistent)
          }
          delivery.items.append(.moved(try r.raw16()))
        default:
          let width = try r.readCount(max: 4)
          guard width == 1 || width == 4 else { throw WireError(.inconsistent) }
          guard width == 4 else {
            delivery.items.append(.own(seq: try r.readUInt()))
            continue
          }
          let index = Int(try r.readUInt(max: UInt64(limits.deliveriesPerResponseMax)))
          guard index < response.segments.count else { throw WireError(.inconsistent) }
          let segment = response.segments[index].segment
          let seq = segment.first + (try r.readUInt(max: segment.last - segment.first))
          var previous = EntryHash.zero
          if let before = last[index], before + 1 == seq, let hash = hashes[index]?[before] {
            previous = hash
          } else if seq > 1 {
            previous = try r.rawDigest()
          }
          var path: [Digest32] = []
          for _ in 0..<(try r.readUInt(max: 64)) { path.append(try r.rawDigest()) }
          let entry = try entries.read(
            from: &r, programme: programme, origin: segment.origin, seq: seq, previous: previous)
          hashes[index, default: [:]][seq] = entry.hash
          last[index] = seq
          delivery.items.append(.entry(entry, segment: index, path: path))
        }
      }
      response.deliveries.append(delivery)
    }
    try entries.expectTableUsed()
    try completeWholeSegments(&response, partial: partial, hashes: hashes)
  }

  /// The root and last hash of a segment that arrived whole are computed, not sent.
  private static func completeWholeSegments(
    _ response: inout SyncResponse, partial: Set<Int>, hashes: [Int: [UInt64: EntryHash]]
  ) throws(WireError) {
    for index in response.segments.indices where !partial.contains(index) {
      let segment = response.segments[index].segment
      var leaves: [EntryHash] = []
      for seq in segment.first...segment.last {
        guard let hash = hashes[index]?[seq] else { throw WireError(.inconsistent) }
        leaves.append(hash)
      }
      guard
        let covering = Segment(
          covering: leaves, first: segment.first, programme: segment.programme,
          origin: segment.origin)
      else { throw WireError(.inconsistent) }
      response.segments[index].segment = covering
    }
  }
}

extension MessageReader {
  package mutating func readUInt(max: UInt64 = UInt64(Int64.max)) throws(WireError) -> UInt64 {
    try read { d throws(CBORError) in try d.readUInt(max: max) }
  }

  package mutating func readText(max: Int) throws(WireError) -> String {
    try read { d throws(CBORError) in try d.readText(max: max) }
  }

  package mutating func readCount(max: Int) throws(WireError) -> Int {
    try read { d throws(CBORError) in try d.readArrayHead(max: max) }
  }

  package mutating func readOptionalUInt(max: UInt64) throws(WireError) -> UInt64? {
    try read { d throws(CBORError) in d.readNullIfPresent() ? nil : try d.readUInt(max: max) }
  }

  /// Whether an array of this length follows, rather than null.
  package mutating func readOptionalArrayHead(exactly count: Int) throws(WireError) -> Bool {
    try read { d throws(CBORError) -> Bool in
      if d.readNullIfPresent() { return false }
      try d.readArrayHead(exactly: count)
      return true
    }
  }
}
