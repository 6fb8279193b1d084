/// One request of the sync protocol: what the device has, and what it pushes (sync §2).
public struct SyncRequest: Sendable, Hashable {
  public var origin: OriginID
  /// The hub epoch of the device's newest checkpoint.
  public var hubEpoch: UInt64
  /// The newest token that the hub gave (identity §7).
  public var token: [UInt8]
  /// Version of the membership that the device knows; 0 for none.
  public var membershipVersion: UInt64
  /// How far the device has walked the hub log, and the root there, cut to 16 bytes.
  public var treeSize: UInt64
  public var treeRoot: Bytes16
  /// The device's own log as the hub last acknowledged it, its hash cut to 16 bytes.
  public var headSeq: UInt64
  public var headHash: Bytes16
  /// Positions of the streams that the device pulls; hashes cut to 16 bytes.
  public var streams: [Position]
  /// Bytes that the response may have.
  public var byteBudget: UInt64
  public var push: Push?

  public struct Position: Sendable, Hashable {
    public var stream: StreamName
    public var count: UInt64
    public var hash: Bytes16
    public init(stream: StreamName, count: UInt64, hash: Bytes16) {
      self.stream = stream
      self.count = count
      self.hash = hash
    }
  }

  public init(
    origin: OriginID, hubEpoch: UInt64, token: [UInt8], membershipVersion: UInt64,
    treeSize: UInt64, treeRoot: Bytes16, headSeq: UInt64, headHash: Bytes16,
    streams: [Position], byteBudget: UInt64, push: Push?
  ) {
    self.origin = origin
    self.hubEpoch = hubEpoch
    self.token = token
    self.membershipVersion = membershipVersion
    self.treeSize = treeSize
    self.treeRoot = treeRoot
    self.headSeq = headSeq
    self.headHash = headHash
    self.streams = streams
    self.byteBudget = byteBudget
    self.push = push
  }
}

/// Consecutive entries of the sender's log under one signed segment (sync §2.2).
public struct Push: Sendable, Hashable {
  public var entries: [Entry]
  /// The origin's signature over the segment that covers exactly these entries.
  public var signature: [UInt8]
  /// The segment's context: zero in a full request (wire-format §1.2).
  public var context: Digest32

  public init(entries: [Entry], signature: [UInt8], context: Digest32 = .zero) {
    self.entries = entries
    self.signature = signature
    self.context = context
  }

  /// The entry before the first one; empty for a push that begins a log.
  public var before: LogHead {
    guard let first = entries.first?.envelope, first.seq > 1 else { return .empty }
    return LogHead(seq: first.seq - 1, hash: first.previous)
  }

  /// The log's end once the hub took this push; nil for one without entries.
  public var end: LogHead? {
    entries.last.map { LogHead(seq: $0.envelope.seq, hash: $0.hash) }
  }
}
