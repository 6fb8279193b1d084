public import SyncCore

extension MessageFrame {
  /// The unsigned bytes of a full sync request (wire-format §2.2).
  ///
  /// - Parameters:
  ///   - request: what is said, with or without a push.
  ///   - references: what its push may refer to besides itself.
  public static func encode(_ request: SyncRequest, referring references: References = .none)
    -> [UInt8]
  {
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
      Batch.write(push.entries, referring: references, to: &w)
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
    /// The entries at some seqs of the log that ends at a place, for which ``hashAtSeq`` gave a
    /// hash. Asked once for each push, for as many as a push may refer to (wire-format §3.4).
    public var referred: @Sendable ([UInt64], _ end: (UInt64, Bytes16?)) -> [UInt64: ReferredEntry]

    public init(
      programme: ProgrammeID, origin: OriginID,
      referred: @escaping @Sendable ([UInt64], _ end: (UInt64, Bytes16?)) -> [UInt64:
        ReferredEntry] = { _, _ in [:] },
      hashAtSeq: @escaping @Sendable (UInt64, Bytes16?) -> EntryHash?
    ) {
      self.programme = programme
      self.origin = origin
      self.referred = referred
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
      Batch.read(count, isPush: true, from: &r), after: (first - 1, hint), previous: previous,
      context, limits)
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
  ///
  /// - Parameter end: the place in the log behind which they stand.
  static func pushed(
    _ batch: [LooseEntry], after end: (seq: UInt64, hint: Bytes16?), previous: EntryHash,
    _ context: PushContext, _ limits: Limits
  ) throws(WireError) -> [Entry] {
    let first = end.seq + 1
    let seqs = try batch.referredSeqs(first: first, limits: limits)
    let known = seqs.isEmpty ? [:] : context.referred(seqs, end)
    guard seqs.allSatisfy({ known[$0] != nil }) else { throw WireError(.inconsistent) }
    var previous = previous
    var entries: [Entry] = []
    entries.reserveCapacity(batch.count)
    for (i, var loose) in batch.enumerated() {
      if loose.mayRefer {
        loose.fill(seq: first + UInt64(i)) { seq in
          guard seq >= first else { return known[seq] }
          let entry = entries[Int(seq - first)]
          return ReferredEntry(hash: entry.hash, record: entry.envelope.record)
        }
      }
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
