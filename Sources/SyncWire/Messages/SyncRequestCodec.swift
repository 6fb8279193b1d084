public import SyncCore

extension MessageFrame {
  /// The unsigned bytes of a sync request (wire-format §2.2).
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
    guard let push = request.push, let first = push.entries.first else {
      w.clear.encodeNull()
      w.clear.encodeNull()
      return w.message(.syncRequest, sender: Bytes16(prefixOf: request.origin))
    }
    w.clear.encode(first.envelope.seq)
    w.clear.arrayHead(push.entries.count + 1)
    var entries = EntryWriter(push.entries, to: &w)
    for entry in push.entries { entries.write(entry, to: &w) }
    w.raw(push.signature)
    return w.message(.syncRequest, sender: Bytes16(prefixOf: request.origin))
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
    guard sender == Bytes16(prefixOf: context.origin) else { throw WireError(.inconsistent) }
    var r = MessageReader(self, limits: limits)
    let names = limits.nameBytesMax
    let head = try r.read { d throws(CBORError) -> [UInt64] in
      try d.readArrayHead(exactly: 8)
      return [
        try d.readUInt(), try d.readUInt(), try d.readUInt(max: UInt64(Int64.max)),
        try d.readUInt(max: UInt64(Int64.max)), try d.readUInt(),
      ]
    }
    let token = Array(try r.raw(16))
    let treeRoot = head[2] > 0 ? try r.raw16() : Bytes16(high: 0, low: 0)
    let headHash = head[3] > 0 ? try r.raw16() : Bytes16(high: 0, low: 0)
    let count = try r.read { d throws(CBORError) in
      try d.readArrayHead(max: limits.streamsMax * 2)
    }
    guard count % 2 == 0 else { throw WireError(.malformed(.outOfRange)) }
    var streams: [SyncRequest.Position] = []
    for _ in 0..<(count / 2) {
      let (name, items) = try r.read { d throws(CBORError) in
        (try d.readText(max: names * 2), try d.readUInt(max: UInt64(Int64.max)))
      }
      let hash = items > 0 ? try r.raw16() : Bytes16(high: 0, low: 0)
      let stream = StreamName(name)
      if let last = streams.last, !(last.stream < stream) {
        throw WireError(.malformed(.unsortedKeys))
      }
      streams.append(.init(stream: stream, count: items, hash: hash))
    }
    var request = SyncRequest(
      origin: context.origin, hubEpoch: head[0], token: token, membershipVersion: head[1],
      treeSize: head[2], treeRoot: treeRoot, headSeq: head[3], headHash: headHash,
      streams: streams, byteBudget: head[4], push: nil)
    let first = try r.read { d throws(CBORError) -> UInt64? in
      d.readNullIfPresent() ? nil : try d.readUInt(max: UInt64(Int64.max) >> 1)
    }
    guard let first else {
      let none = try r.read { d throws(CBORError) in try d.nextMajor() == 7 && d.readNullIfPresent()
      }
      guard none else { throw WireError(.inconsistent) }
      try r.expectEnd()
      return ReceivedRequest(request: request, pushBeginsBeyondHead: false)
    }
    guard first > 0 else { throw WireError(.malformed(.outOfRange)) }
    let hint = first - 1 == head[3] ? headHash : nil
    guard var previous = first == 1 ? .zero : context.hashAtSeq(first - 1, hint) else {
      return ReceivedRequest(request: request, pushBeginsBeyondHead: true)
    }
    let entryCount = try r.read { d throws(CBORError) in
      try d.readArrayHead(max: limits.entriesPerPushMax + 1)
    }
    guard entryCount > 1 else { throw WireError(.inconsistent) }
    var reader = try EntryReader(from: &r)
    var entries: [Entry] = []
    entries.reserveCapacity(entryCount - 1)
    for i in 0..<(entryCount - 1) {
      let entry = try reader.read(
        from: &r, programme: context.programme, origin: context.origin, seq: first + UInt64(i),
        previous: previous)
      previous = entry.hash
      entries.append(entry)
    }
    try reader.expectTableUsed()
    request.push = Push(entries: entries, signature: Array(try r.raw(64)))
    try r.expectEnd()
    return ReceivedRequest(request: request, pushBeginsBeyondHead: false)
  }
}
