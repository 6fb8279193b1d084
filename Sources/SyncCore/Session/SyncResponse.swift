/// One response of the sync protocol (sync §2).
public struct SyncResponse: Sendable, Hashable {
  public enum Status: UInt8, Sendable, Hashable {
    case done = 0
    /// The token was stale, or what the device knows is not what the hub knows: nothing was
    /// processed; use the fresh token and say it in full.
    case sayInFull = 1
    /// The hub has another epoch: nothing was processed; ``hubStatement`` says why.
    case otherEpoch = 2
    /// The hub was restored and waits for its authority: pushes are held without receipts.
    case recovering = 3
    /// Too much to do; try again after ``retryAfter`` seconds. Nothing was processed.
    case busy = 4
    /// This device was revoked: what it pushed is kept and marked, nothing is delivered.
    case revoked = 5
  }

  public var status: Status
  public var hubEpoch: UInt64
  /// A fresh token of 16 bytes; empty while the device's own still serves.
  public var token: [UInt8]
  public var retryAfter: UInt64
  /// The device's origin is closed: it has to go on under a new one (sync §8). A claim: the proof
  /// comes with the succession.
  public var isClosed: Bool
  /// The device's own log as the hub holds it.
  public var head: LogHead
  /// Pushed entries that the hub keeps but holds back, with the reason (forms §6, sync §4).
  public var held: [Held]
  public var membership: Membership?
  /// The authority's statement for ``hubEpoch``, when the device named another (sync §2.7).
  public var hubStatement: [UInt8]?
  /// From the request's tree size on, in order.
  public var growth: [GrowthStep]
  /// The tree at which ``growth`` ends: the newest checkpoint's, or one on the way to it (sync §6.1).
  public var tree: TreeClaim?
  /// ``tree`` under the signature that the response has; nil before it is signed.
  public var checkpoint: CheckpointSeal?
  public var segments: [DeliveredSegment]
  public var deliveries: [Delivery]
  /// How many items of the streams that were asked for are still to come; nil when the same request
  /// again would bring nothing. A claim, to show to a person and for nothing else.
  public var left: UInt64?
  /// Whether the same request again would bring more.
  public var more: Bool {
    get { left != nil }
    set { left = newValue ? left ?? 0 : nil }
  }

  public struct Held: Sendable, Hashable {
    public var seq: UInt64
    public var reason: String
    public init(seq: UInt64, reason: String) {
      self.seq = seq
      self.reason = reason
    }
  }

  public init(status: Status, hubEpoch: UInt64, token: [UInt8], head: LogHead) {
    self.status = status
    self.hubEpoch = hubEpoch
    self.token = token
    self.head = head
    retryAfter = 0
    isClosed = false
    held = []
    growth = []
    segments = []
    deliveries = []
  }
}

/// What the hub says of a device's standing (sync §2.4).
public struct Membership: Sendable, Hashable {
  public enum Role: UInt8, Sendable, Hashable, CaseIterable {
    case liaison = 1
    case caseWorker = 2
    case committee = 3

    public var name: String {
      switch self {
      case .liaison: "liaison"
      case .caseWorker: "caseworker"
      case .committee: "committee"
      }
    }

    public init?(name: String) {
      guard let role = Self.allCases.first(where: { $0.name == name }) else { return nil }
      self = role
    }
  }

  public var version: UInt64
  public var role: Role
  /// Area codes, ascending.
  public var areas: [String]
  /// All area codes of the programme, ascending: the choices of forms.
  public var programmeAreas: [String]
  public var url: String

  public init(
    version: UInt64, role: Role, areas: [String], programmeAreas: [String], url: String
  ) {
    self.version = version
    self.role = role
    self.areas = areas
    self.programmeAreas = programmeAreas
    self.url = url
  }

  /// The streams that this member pulls.
  public var streams: [StreamName] {
    switch role {
    case .liaison: [.programme, .own]
    case .caseWorker: [.programme, .grants, .own] + areas.map(StreamName.area)
    case .committee: [.programme]
    }
  }
}

/// A piece of the hub log between two sizes, as one device needs it (hub-log §6).
public enum GrowthStep: Sendable, Hashable {
  /// Leaves of others, up to `end`: the hashes of their compact range.
  case foreign(end: UInt64, hashes: [Digest32])
  /// The device's own entries, which it hashes itself.
  case own(firstSeq: UInt64, count: UInt64)
}

/// A tree of the hub log and the hub's clock: what an answer says before it is signed.
public struct TreeClaim: Sendable, Hashable {
  public var size: UInt64
  public var time: UInt64
  public var root: Digest32

  public init(size: UInt64, time: UInt64, root: Digest32) {
    self.size = size
    self.time = time
    self.root = root
  }

  public init(_ seal: CheckpointSeal) {
    self.init(size: seal.size, time: seal.time, root: seal.root)
  }
}

/// A segment whose entries are delivered, all or some of them (sync §3.2).
public struct DeliveredSegment: Sendable, Hashable {
  public var publicKey: [UInt8]
  public var segment: Segment
  public var signature: [UInt8]
  /// What leads from those of its entries that are in the response to its root: the hashes of a
  /// ``Multiproof``. Empty when all are.
  public var proof: [Digest32]

  public init(
    publicKey: [UInt8], segment: Segment, signature: [UInt8], proof: [Digest32] = []
  ) {
    self.publicKey = publicKey
    self.segment = segment
    self.signature = signature
    self.proof = proof
  }

  /// Joins these of its entries, by seq, with the proof.
  ///
  /// - Parameter visit: as that of ``Multiproof/root(leafHashes:completing:)``.
  /// - Throws: what ``Multiproof`` does.
  public func root(
    of hashes: [UInt64: EntryHash], completing visit: (MerkleNode) -> Void = { _ in }
  ) throws(MerkleError) -> Digest32 {
    let ordered = hashes.sorted { $0.key < $1.key }
    let first = segment.first
    return try Multiproof(
      runs: Multiproof.runs(of: ordered.lazy.map { $0.key - first }), size: segment.count,
      hashes: proof
    ).root(leafHashes: ordered.map { MerkleTree.leafHash($0.value) }, completing: visit)
  }
}

/// The next items of one stream (sync §3).
public struct Delivery: Sendable, Hashable {
  public var stream: StreamName
  /// The position of the first item. Zero in place of the position that was asked for means that
  /// the hub does not know that position.
  public var from: UInt64
  public var items: [Item]

  public enum Item: Sendable, Hashable {
    /// An entry, and the index of its segment.
    case entry(Entry, segment: Int)
    /// An entry that the receiver wrote.
    case own(seq: UInt64)
    case moved(RecordID)
    /// A signed authority statement (identity §3).
    case statement([UInt8])
  }

  public init(stream: StreamName, from: UInt64, items: [Item]) {
    self.stream = stream
    self.from = from
    self.items = items
  }
}
