public import SyncCore

extension MessageFrame {
  /// The unsigned bytes of a full sync request (wire-format §2.2).
  public static func encode(_ request: SyncRequest) -> [UInt8] {
    var w = MessageWriter()
    w.clear.arrayHead(8)
    w.clear.encode(request.hubEpoch)
    w.clear.encode(request.membershipVersion)
    w.clear.encode(request.treeSize)
    w.clear.encode(request.headSeq)
    w.clear.encode(request.byteBudget)
    w.raw(request.token)
    if request.treeSize > 0 { w.raw(request.treeRoot) }
    if request.headSeq > 0 { w.raw(request.headHash) }
    w.clear.arrayHead(request.streams.count * 2)
    for position in request.streams.sorted(by: { $0.stream < $1.stream }) {
      w.clear.encode(position.stream.text)
      w.clear.encode(position.count)
      if position.count > 0 { w.raw(position.hash) }
    }
    if let push = request.push, let first = push.entries.first {
      w.clear.encode(first.envelope.seq)
      w.clear.encode(UInt64(push.entries.count))
      Batch.write(push.entries, to: &w)
      w.raw(push.signature)
    } else {
      w.clear.encodeNull()
      w.clear.encodeNull()
    }
    return w.message(.syncRequest, sender: request.origin)
  }

  /// What the receiver of a push must know to rebuild its entries.
  public struct PushContext: Sendable {
    public var programme: ProgrammeID
    public var origin: OriginID
    /// The hash of the device's entry at a seq, as held here. After a fork there may be several:
    /// then the one that begins with the request's head hash, where the request has one for it.
    public var hashAtSeq: @Sendable (UInt64, Bytes16?) -> EntryHash?

    public init(
      programme: ProgrammeID, origin: OriginID,
      hashAtSeq: @escaping @Sendable (UInt64, Bytes16?) -> EntryHash?
    ) {
      self.programme = programme
      self.origin = origin
      self.hashAtSeq = hashAtSeq
    }
  }

  /// A request as the hub reads it. A push that begins beyond what the hub holds is left unread:
  /// the answer's head tells the device where to begin.
  public struct ReceivedRequest: Sendable {
    public var request: SyncRequest
    public var pushBeginsBeyondHead: Bool
  }

  public func syncRequest(
    _ context: PushContext, limits: Limits
  ) throws(WireError) -> ReceivedRequest {
    try expectSender(context.origin)
    var r = MessageReader(self, limits: limits)
    try r.read { d throws(CBORError) in try d.readArrayHead(exactly: 8) }
    let epoch = try r.readUInt()
    let membershipVersion = try r.readUInt()
    let treeSize = try r.readUInt()
    let headSeq = try r.readUInt()
    let budget = try r.readUInt()
    let token = Array(try r.raw(16))
    let treeRoot = treeSize > 0 ? try r.raw16() : Bytes16(high: 0, low: 0)
    let headHash = headSeq > 0 ? try r.raw16() : Bytes16(high: 0, low: 0)
    var request = SyncRequest(
      origin: context.origin, hubEpoch: epoch, token: token, membershipVersion: membershipVersion,
      treeSize: treeSize, treeRoot: treeRoot, headSeq: headSeq, headHash: headHash,
      streams: try Self.positions(from: &r), byteBudget: budget, push: nil)
    guard let first = try r.readOptionalUInt(max: Self.seqMax) else {
      let none = try r.read { d throws(CBORError) in try d.nextMajor() == 7 && d.readNullIfPresent()
      }
      guard none else { throw WireError(.inconsistent) }
      try r.expectEnd()
      return ReceivedRequest(request: request, pushBeginsBeyondHead: false)
    }
    guard first > 0 else { throw WireError(.malformed(.outOfRange)) }
    guard !r.readNullIfPresent() else { throw WireError(.inconsistent) }
    let hint = first - 1 == headSeq ? headHash : nil
    guard let previous = first == 1 ? .zero : context.hashAtSeq(first - 1, hint) else {
      return ReceivedRequest(request: request, pushBeginsBeyondHead: true)
    }
    let count = try r.readEntryCount(max: limits.entriesPerPushMax)
    let entries = try Self.pushed(
      Batch.read(count, from: &r), first: first, previous: previous, context, limits)
    request.push = Push(entries: entries, signature: Array(try r.raw(64)))
    try r.expectEnd()
    return ReceivedRequest(request: request, pushBeginsBeyondHead: false)
  }

  static let seqMax = UInt64(Int64.max) >> 1

  private static func positions(
    from r: inout MessageReader
  ) throws(WireError) -> [SyncRequest.Position] {
    let count = try r.readCount(max: r.limits.streamsMax * 2)
    guard count % 2 == 0 else { throw WireError(.malformed(.outOfRange)) }
    var positions: [SyncRequest.Position] = []
    for _ in 0..<(count / 2) {
      let stream = StreamName(try r.readText(max: r.limits.nameBytesMax * 2))
      let items = try r.readUInt()
      let hash = items > 0 ? try r.raw16() : Bytes16(high: 0, low: 0)
      if let last = positions.last, !(last.stream < stream) {
        throw WireError(.malformed(.unsortedKeys))
      }
      positions.append(.init(stream: stream, count: items, hash: hash))
    }
    return positions
  }

  /// The entries of a push, one after the other in the log of its origin.
  static func pushed(
    _ batch: [LooseEntry], first: UInt64, previous: EntryHash, _ context: PushContext,
    _ limits: Limits
  ) throws(WireError) -> [Entry] {
    var previous = previous
    var entries: [Entry] = []
    entries.reserveCapacity(batch.count)
    for (i, loose) in batch.enumerated() {
      let entry = try loose.placed(
        programme: context.programme, origin: context.origin, seq: first + UInt64(i),
        previous: previous, limits: limits)
      previous = entry.hash
      entries.append(entry)
    }
    return entries
  }
}

extension MessageReader {
  /// A number of entries: at least one.
  mutating func readEntryCount(max: Int) throws(WireError) -> Int {
    let count = try readUInt()
    guard count <= UInt64(max) else { throw WireError(.malformed(.tooLong)) }
    guard count > 0 else { throw WireError(.malformed(.outOfRange)) }
    return Int(count)
  }
}
