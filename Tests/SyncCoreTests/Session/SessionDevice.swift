import SyncCore

/// Signatures that anyone can make and only the right content passes: enough for the session, which
/// sees them through ``SessionVerifier``.
struct HashSigner: SessionVerifier {
  static let hubKey = Array("hub".utf8)

  static func sign(_ content: [UInt8], key: [UInt8]) -> [UInt8] {
    Hash.sha256(domain: "test.signature", Hash.sha256(key), content).bytes
  }

  static func content(_ size: UInt64, _ root: Digest32, _ hubEpoch: UInt64) -> [UInt8] {
    Hash.sha256(domain: "test.checkpoint", size, hubEpoch, root).bytes
  }

  static func seal(size: UInt64, root: Digest32, hubEpoch: UInt64) -> CheckpointSeal {
    let signature = sign(content(size, root, hubEpoch), key: hubKey)
    return CheckpointSeal(
      size: size, root: root, kind: .answer(.zero), time: 1, cosignature: signature)
  }

  func isSigned(_ checkpoint: CheckpointSeal, hubEpoch: UInt64) -> Bool {
    checkpoint.cosignature
      == Self.sign(Self.content(checkpoint.size, checkpoint.root, hubEpoch), key: Self.hubKey)
  }

  func isSigned(_ segment: DeliveredSegment) -> Bool {
    segment.signature == Self.sign(segment.segment.signedBytes, key: segment.publicKey)
  }
}

/// A device with its log, its state, and what it was told.
struct SessionDevice {
  static let programme = Bytes16(prefixOf: Hash.sha256(Array("programme".utf8)))

  let publicKey: [UInt8]
  private(set) var entries: [Entry] = []
  var state: DeviceState
  /// Own seqs that a checked checkpoint holds.
  private(set) var received: Set<UInt64> = []
  private(set) var pulled: [StreamName: [EntryHash]] = [:]
  private(set) var alarms: [SyncAlarm] = []

  init(_ name: String, streams: [StreamName] = [.area("north")], hubEpoch: UInt64 = 1) {
    publicKey = Hash.sha256(Array(name.utf8)).bytes
    state = DeviceState(
      programme: Self.programme, origin: Hash.sha256(publicKey), hubEpoch: hubEpoch,
      token: Array(repeating: 0, count: 16), membershipVersion: 0, checkpoint: nil,
      frontier: CompactRange(), ownSubtrees: 0, acknowledged: .empty, head: .empty,
      streams: streams.map { .init(name: $0, position: .start, epoch: 0) })
  }

  var origin: OriginID { state.origin }

  @discardableResult
  mutating func write(_ count: Int = 1, note: Int64 = 0) -> [Entry] {
    let fresh = (0..<count).map { _ in
      let entry = Self.entry(
        origin: origin, seq: state.head.seq + 1, previous: state.head.hash, note: note)
      entries.append(entry)
      state.head = LogHead(seq: entry.envelope.seq, hash: entry.hash)
      return entry
    }
    return fresh
  }

  static func entry(
    origin: OriginID, seq: UInt64, previous: EntryHash, note: Int64 = 0
  ) -> Entry {
    let salt = Bytes16(prefixOf: Hash.sha256(domain: "test.salt", origin, seq, UInt64(note)))
    do {
      return try Entry(
        envelope: Envelope(
          programme: programme, origin: origin, seq: seq, previous: previous,
          record: salt.createdRecord, area: "north", form: "report", formVersion: 1, kind: .create,
          claimed: note, epoch: 1, seenSize: 0, seenRoot: .zero), rootSalt: salt,
        operational: encodeFieldWrites([("note", .assign(.integer(note)))]), coded: .absent,
        sensitive: .absent, identity: .absent)
    } catch { preconditionFailure("a test entry is valid: \(error)") }
  }

  func push(max: Int = .max) -> Push? {
    let fresh = Array(entries.dropFirst(Int(state.acknowledged.seq)).prefix(max))
    guard let segment = Self.segment(fresh, origin) else { return nil }
    return Push(
      entries: fresh, signature: HashSigner.sign(segment.signedBytes, key: publicKey))
  }

  static func segment(_ entries: [Entry], _ origin: OriginID) -> Segment? {
    guard let first = entries.first?.envelope.seq else { return nil }
    return Segment(
      covering: entries.map(\.hash), first: first, programme: programme, origin: origin)
  }

  func receive(
    _ response: SyncResponse, to request: SyncRequest
  ) throws(SyncRefusal) -> SyncAdvance {
    let hashes = entries.map(\.hash)
    return try DeviceSession(
      state: state, verifier: HashSigner(),
      ownHashes: { seqs in
        guard seqs.lowerBound > 0, seqs.upperBound <= hashes.count else { return nil }
        return Array(hashes[Int(seqs.lowerBound - 1)...Int(seqs.upperBound - 1)])
      }
    ).receive(response, to: request)
  }

  /// What a store does with a checked response.
  mutating func apply(_ advance: SyncAdvance) {
    state.token = advance.token
    state.acknowledged = advance.acknowledged
    state.streams = advance.streams
    if let growth = advance.growth {
      state.frontier = growth.frontier
      state.ownSubtrees = growth.ownSubtrees
    }
    if let checkpoint = advance.checkpoint {
      state.checkpoint = checkpoint
      for placed in advance.placed { received.formUnion(placed.seqs) }
    }
    alarms += advance.alarms
    for delivery in advance.deliveries {
      if delivery.from == 0 { pulled[delivery.stream] = [] }
      for item in delivery.items {
        switch item {
        case .entry(let entry, _): pulled[delivery.stream, default: []].append(entry.hash)
        case .own(let seq):
          pulled[delivery.stream, default: []].append(entries[Int(seq) - 1].hash)
        case .moved, .statement: break
        }
      }
    }
  }

  /// One exchange; `tamper` stands for a hub, or a line, that is not honest.
  @discardableResult
  mutating func exchange(
    with hub: inout HubModel, pushMax: Int = .max,
    tamper: (inout SyncResponse) -> Void = { _ in }
  ) throws(SyncRefusal) -> SyncAdvance {
    let request = state.request(push: push(max: pushMax), byteBudget: 1 << 20)
    var response = hub.answer(request)
    tamper(&response)
    let advance = try receive(response, to: request)
    apply(advance)
    return advance
  }

  /// Exchanges until nothing is left.
  mutating func sync(
    with hub: inout HubModel, pushMax: Int = .max
  ) throws(SyncRefusal) {
    for _ in 0..<1_000 {
      if try exchange(with: &hub, pushMax: pushMax).next != .again { return }
    }
    preconditionFailure("the sync does not come to an end")
  }
}
