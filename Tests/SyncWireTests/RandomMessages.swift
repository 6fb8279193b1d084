import SyncCore
import SyncWire
import Testbed

/// Messages of every shape from one printed number.
struct RandomMessages {
  static let programme = Bytes16(high: 7, low: 9)
  var random: SplitMix64
  let limits: Limits

  init(seed: UInt64, limits: Limits) {
    random = SplitMix64(seed: seed)
    self.limits = limits
  }

  private mutating func number(_ range: ClosedRange<Int>) -> Int {
    .random(in: range, using: &random)
  }
  private mutating func chance(_ share: Int = 2) -> Bool { number(1...share) == 1 }
  private mutating func wide() -> UInt64 {
    UInt64.random(in: 0...UInt64(Int64.max), using: &random) >> UInt64(number(0...62))
  }
  private mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
  }
  private mutating func digest() -> Digest32 { Hash.sha256(domain: "test.random", random.next()) }
  private mutating func half() -> Bytes16 { Bytes16(prefixOf: digest()) }
  private mutating func name() -> String {
    ["north", "south", "est", "área", "منطقة"][number(0...4)]
  }

  mutating func origin() -> (key: [UInt8], id: OriginID) {
    let key = bytes(32)
    return (key, Hash.sha256(key))
  }

  /// - Parameter before: entries of the same log, to which this one may go back.
  mutating func entry(
    _ origin: OriginID, seq: UInt64, previous: EntryHash, seen: [SeenPair], before: [Entry] = []
  ) -> Entry {
    let earlier = chance() ? before.randomElement(using: &random) : nil
    let salt = half()
    let kind = EntryKind.allCases[number(0...EntryKind.allCases.count - 1)]
    let point = chance() ? seen[number(0...seen.count - 1)] : SeenPair(size: 0, root: .zero)
    var writes: FieldWrites = []
    for field in ["status", "month", "note", "n"].prefix(number(0...4)) {
      switch number(0...4) {
      case 0: writes.append((field, .assign(.text(name()))))
      case 1: writes.append((field, .assign(.integer(Int64(bitPattern: random.next())))))
      case 2:
        writes.append((field, .assign(.cleared, replacing: [digest(), earlier?.hash ?? digest()])))
      case 3:
        writes.append(
          (field, .set(add: ["a", "b"], remove: ["c": [earlier?.hash ?? digest()]])))
      default: writes.append((field, .assign(.boolean(chance()))))
      }
    }
    let coded = encodeFieldWrites([("district", .assign(.text(name())))])
    do {
      return try Entry(
        envelope: Envelope(
          programme: Self.programme, origin: origin, seq: seq, previous: previous,
          record: kind.startsRecord
            ? salt.createdRecord : earlier?.envelope.record ?? half(), area: name(), form: "report",
          formVersion: wide() & 0xffff_ffff, kind: kind, claimed: Int64(bitPattern: random.next()),
          epoch: wide() & 0xffff_ffff, seenSize: point.size, seenRoot: point.root),
        rootSalt: salt, operational: encodeFieldWrites(writes), coded: section(coded),
        sensitive: section(bytes(number(1...40))), identity: section(bytes(number(1...40))),
        limits: limits)
    } catch { preconditionFailure("a random entry is valid: \(error)") }
  }

  struct SeenPair {
    var size: UInt64
    var root: Digest32
  }

  private mutating func section(_ content: [UInt8]) -> SectionContent {
    switch number(0...2) {
    case 0: .absent
    case 1: .present(content)
    default: .withheld(digest())
    }
  }

  private mutating func log(_ origin: OriginID, _ count: Int, first: UInt64) -> [Entry] {
    let seen = (0..<3).map { _ in SeenPair(size: wide() | 1, root: digest()) }
    var previous = first == 1 ? EntryHash.zero : digest()
    var made: [Entry] = []
    for place in 0..<count {
      let entry = entry(
        origin, seq: first + UInt64(place), previous: previous, seen: seen, before: made)
      previous = entry.hash
      made.append(entry)
    }
    return made
  }

  private mutating func streamNames(_ count: Int) -> [StreamName] {
    Array(Set((0..<count).map { _ in StreamName.area("a\(number(0...999))") })).sorted()
  }

  mutating func request() -> SyncRequest {
    let origin = origin().id
    let size = chance() ? wide() : 0
    let seq = chance() ? wide() : 0
    let positions = streamNames(number(0...limits.streamsMax)).map { name in
      let count = chance() ? wide() : 0
      return SyncRequest.Position(
        stream: name, count: count, hash: count > 0 ? half() : Bytes16(high: 0, low: 0))
    }
    var push: Push?
    if chance() {
      let entries = log(
        origin, number(1...limits.entriesPerPushMax), first: chance() ? 1 : wide() >> 2 + 2)
      push = Push(entries: entries, signature: bytes(64))
    }
    return SyncRequest(
      origin: origin, hubEpoch: wide(), token: bytes(16), membershipVersion: wide(),
      treeSize: size, treeRoot: size > 0 ? half() : Bytes16(high: 0, low: 0), headSeq: seq,
      headHash: seq > 0 ? half() : Bytes16(high: 0, low: 0), streams: positions,
      byteBudget: wide(), push: push)
  }

  mutating func response() -> SyncResponse {
    let status = SyncResponse.Status(rawValue: UInt8(number(0...5)))!
    let seq = chance() ? wide() : 0
    var response = SyncResponse(
      status: status, hubEpoch: wide(), token: bytes(16),
      head: LogHead(seq: seq, hash: seq > 0 ? digest() : .zero))
    response.retryAfter = UInt64(number(0...86_400))
    response.held = (0..<number(0...limits.entriesPerPushMax)).map { _ in
      .init(seq: wide() | 1, reason: "form_unknown")
    }
    if chance() { response.membership = membership() }
    if chance(4) { response.hubStatement = bytes(number(1...200)) }
    response.growth = (0..<number(0...limits.growthPiecesMax)).map { _ in
      chance()
        ? .own(firstSeq: wide(), count: wide())
        : .foreign(end: wide(), hashes: (0..<number(0...5)).map { _ in digest() })
    }
    if chance() {
      response.tree = TreeClaim(size: wide(), time: wide(), root: digest())
    }
    if chance() { deliver(&response) }
    response.left = chance() ? wide() >> 1 : nil
    return response
  }

  /// A head that the device may have claimed: often the one that the response has.
  mutating func claim(of response: SyncResponse) -> LogHead {
    chance() ? response.head : LogHead(seq: wide() | 1, hash: digest())
  }

  private mutating func deliver(_ response: inout SyncResponse) {
    var items: [Delivery.Item] = []
    var logs: [[Entry]] = []
    for index in 0..<number(0...2) {
      let (key, origin) = origin()
      let count = number(1...min(3, limits.entriesPerPushMax))
      let entries = log(origin, count, first: chance() ? 1 : wide() >> 2 + 2)
      let segment = Segment(
        covering: entries.map(\.hash), first: entries[0].envelope.seq, programme: Self.programme,
        origin: origin, context: digest())!
      response.segments.append(
        DeliveredSegment(publicKey: key, segment: segment, signature: bytes(64)))
      logs.append(entries)
      for entry in entries where chance() { items.append(.entry(entry, segment: index)) }
    }
    if chance() { items.append(.own(seq: wide())) }
    if chance() { items.append(.moved(half())) }
    if chance() { items.append(.statement(bytes(number(0...60)))) }
    items = Array(items.shuffled(using: &random).prefix(limits.deliveriesPerResponseMax))
    prove(&items, of: logs, in: &response)
    let cut = items.isEmpty ? 0 : number(0...items.count)
    response.deliveries = [
      Delivery(stream: .programme, from: wide(), items: Array(items[..<cut])),
      Delivery(stream: .own, from: 0, items: Array(items[cut...])),
    ]
  }

  /// Leaves only segments of which something comes, each with its proof.
  private func prove(
    _ items: inout [Delivery.Item], of logs: [[Entry]], in response: inout SyncResponse
  ) {
    var kept: [DeliveredSegment] = []
    for (index, log) in logs.enumerated() {
      let first = log[0].envelope.seq
      let here = items.compactMap { item -> UInt64? in
        guard case .entry(let entry, index) = item else { return nil }
        return entry.envelope.seq - first
      }
      guard !here.isEmpty else { continue }
      var tree = CompactRange()
      var nodes: [NodeAddress: Digest32] = [:]
      for entry in log {
        tree.append(leaf: MerkleTree.leafHash(entry.hash)) { nodes[$0.address] = $0.hash }
      }
      var delivered = response.segments[index]
      delivered.proof = try! Multiproof(
        runs: Multiproof.runs(of: here.sorted()), size: UInt64(log.count), from: nodes
      ).hashes
      items = items.map {
        guard case .entry(let entry, index) = $0 else { return $0 }
        return .entry(entry, segment: kept.count)
      }
      kept.append(delivered)
    }
    response.segments = kept
  }

  mutating func membership() -> Membership {
    Membership(
      version: wide(), role: Membership.Role.allCases[number(0...2)],
      areas: chance() ? ["a", "b"] : [],
      programmeAreas: ["a", "b", "c"].prefix(number(0...3)).map(\.self),
      url: "https://hub.example")
  }
}
