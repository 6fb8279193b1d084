import SyncCore
import Testing

/// What others wrote, and how it is proven (sync §3).
@Suite struct SessionDeliveryTests {
  private var hub = HubModel()
  private var device = SessionDevice("one")
  private var other = SessionDevice("two")

  init() throws {
    hub.enrol(device)
    hub.enrol(other)
    other.write(5)
    try other.sync(with: &hub)
  }

  @Test(arguments: 1...5) mutating func `entries of a segment that comes in parts are proven together`(
    room: Int
  ) throws {
    hub.itemsMax = room
    let request = device.state.request(push: nil, byteBudget: 0)
    // Of a tree of five: beside the first leaf stand 1, [2, 4) and 4, beside the first four the last.
    #expect(hub.answer(request).segments.map(\.proof.count) == [[3, 2, 2, 1, 0][room - 1]])
    try device.sync(with: &hub)
    #expect(device.pulled[.area("north")] == other.entries.map(\.hash))
  }

  @Test mutating func `the same answer twice changes nothing the second time`() throws {
    device.write(2)
    let request = device.state.request(push: device.push(), byteBudget: 0)
    let response = hub.answer(request)
    let first = try device.receive(response, to: request)
    let again = try device.receive(hub.answer(request), to: request)
    #expect(first.streams == again.streams)
    #expect(first.growth?.frontier == again.growth?.frontier)
    #expect(first.placed == again.placed && first.acknowledged == again.acknowledged)
    #expect(hub.leaves.count == 7)
  }

  @Test mutating func `an old answer to a later request is refused or brings nothing new`() throws {
    let old = hub.answer(device.state.request(push: nil, byteBudget: 0))
    device.write()
    try device.sync(with: &hub)
    let state = device.state
    #expect(throws: SyncRefusal.alarm(.hubLostAcknowledged(held: 0, acknowledged: 1))) {
      try device.exchange(with: &hub) { $0 = old }
    }
    #expect(device.state.streams == state.streams && device.state.frontier == state.frontier)
  }

  @Test mutating func `an entry may come in two streams of one answer`() throws {
    hub.streams[.own] = hub.streams[.area("north")]
    device = SessionDevice("one", streams: [.own, .area("north")])
    hub.itemsMax = 10
    try device.sync(with: &hub)
    #expect(device.pulled[.own] == device.pulled[.area("north")])
  }

  @Test mutating func `a forged twin of an entry is refused beside the true one`() throws {
    hub.streams[.own] = hub.streams[.area("north")]
    device = SessionDevice("one", streams: [.own, .area("north")])
    hub.itemsMax = 10
    let entries = other.entries
    let forged = SessionDevice.entry(
      origin: other.origin, seq: 3, previous: entries[1].hash, note: 99)
    for stream in 0...1 {
      #expect(throws: SyncRefusal.segmentRoot) {
        try device.exchange(with: &hub) {
          $0.deliveries[stream].items[2] = .entry(forged, segment: 0)
        }
      }
    }
  }

  @Test mutating func `a rewritten entry is refused, with its segment whole and in part`() {
    let forged = SessionDevice.entry(
      origin: other.origin, seq: 3, previous: other.entries[1].hash, note: 99)
    #expect(throws: SyncRefusal.segmentRoot) {
      try device.exchange(with: &hub) {
        $0.deliveries[0].items[2] = .entry(forged, segment: 0)
      }
    }
    hub.itemsMax = 4
    #expect(throws: SyncRefusal.segmentRoot) {
      try device.exchange(with: &hub) {
        guard case .entry(_, let segment) = $0.deliveries[0].items[2] else { return }
        $0.deliveries[0].items[2] = .entry(forged, segment: segment)
      }
    }
    let last = SessionDevice.entry(
      origin: other.origin, seq: 5, previous: other.entries[3].hash, note: 99)
    #expect(throws: SyncRefusal.segmentRoot) {
      try device.exchange(with: &hub) {
        $0.deliveries[0].items = [.entry(last, segment: 0)]
      }
    }
  }

  @Test(arguments: [4, 5]) mutating func `a dropped entry is refused where the proof does not show the gap`(
    room: Int
  ) {
    hub.itemsMax = room
    #expect(throws: SyncRefusal.segmentRoot) {
      try device.exchange(with: &hub) { $0.deliveries[0].items.remove(at: 1) }
    }
  }

  @Test mutating func `a proof with a hash too many, too few or another is refused`() throws {
    hub.itemsMax = 3
    let changes: [@Sendable (inout [Digest32]) -> Void] = [
      { $0.append(.zero) }, { $0.removeLast() }, { $0 = [] }, { $0[0] = .zero }, { $0.swapAt(0, 1) },
    ]
    hub.itemsMax = 2
    for change in changes {
      #expect(throws: SyncRefusal.segmentRoot) {
        try device.exchange(with: &hub) { change(&$0.segments[0].proof) }
      }
    }
    // The same answer as it was is taken.
    try device.exchange(with: &hub) { _ in }
  }

  @Test mutating func `what came in part has its paths`() throws {
    hub.itemsMax = 3
    let request = device.state.request(push: nil, byteBudget: 0)
    let response = hub.answer(request)
    let advance = try device.receive(response, to: request)
    let segment = response.segments[0].segment
    for (index, entry) in other.entries.prefix(3).enumerated() {
      let path = try advance.path(ofSeq: entry.envelope.seq, segment: 0)
      try InclusionProof(index: UInt64(index), size: 5, hashes: path)
        .verify(leafHash: MerkleTree.leafHash(entry.hash), root: segment.root)
    }
    #expect(throws: MerkleError.self) { try advance.path(ofSeq: 6, segment: 0) }
  }

  @Test mutating func `a segment of which nothing comes is refused`() {
    #expect(throws: SyncRefusal.inconsistent) {
      try device.exchange(with: &hub) { $0.deliveries = [] }
    }
  }

  @Test mutating func `a dropped entry leaves a position that the hub does not know`() throws {
    hub.itemsMax = 4
    // The hub drops it honestly proven: only the position shows it.
    let rest = other.entries.map { MerkleTree.leafHash($0.hash) }
    try device.exchange(with: &hub) {
      $0.deliveries[0].items.remove(at: 1)
      $0.segments[0].proof = [rest[1], rest[4]]
    }
    try device.sync(with: &hub)
    #expect(device.alarms == [.streamRewritten(.area("north"))])
  }

  @Test mutating func `reordered entries leave a position that the hub does not know`() throws {
    try device.exchange(with: &hub) { $0.deliveries[0].items.swapAt(1, 2) }
    try device.sync(with: &hub)
    #expect(device.alarms == [.streamRewritten(.area("north"))])
    #expect(device.pulled[.area("north")] == other.entries.map(\.hash))
  }

  @Test mutating func `a segment of which a bit is wrong is refused`() {
    let changes: [@Sendable (inout DeliveredSegment) -> Void] = [
      { $0.signature[0] ^= 1 }, { $0.segment.root = .zero }, { $0.segment.last += 1 },
      { $0.publicKey[0] ^= 1 },
      { $0.segment.programme = Bytes16(high: 1, low: 1) },
    ]
    for change in changes {
      #expect(throws: SyncRefusal.segmentSignature) {
        try device.exchange(with: &hub) { change(&$0.segments[0]) }
      }
    }
  }

  @Test mutating func `a segment signed by another key than its origin's is refused`() throws {
    let forged = SessionDevice.entry(origin: other.origin, seq: 1, previous: .zero, note: 99)
    let segment = try #require(SessionDevice.segment([forged], other.origin))
    let delivered = DeliveredSegment(
      publicKey: device.publicKey, segment: segment,
      signature: HashSigner.sign(segment.signedBytes, key: device.publicKey))
    #expect(throws: SyncRefusal.segmentSignature) {
      try device.exchange(with: &hub) {
        $0.segments = [delivered]
        $0.deliveries[0].items = [.entry(forged, segment: 0)]
      }
    }
  }

  @Test mutating func `a chain broken inside a segment that its author signed is refused`() throws {
    let first = SessionDevice.entry(origin: other.origin, seq: 6, previous: other.state.head.hash)
    let second = SessionDevice.entry(
      origin: other.origin, seq: 7, previous: Hash.sha256(domain: "test.leaf", 5 as UInt64))
    let segment = try #require(SessionDevice.segment([first, second], other.origin))
    let delivered = DeliveredSegment(
      publicKey: other.publicKey, segment: segment,
      signature: HashSigner.sign(segment.signedBytes, key: other.publicKey))
    #expect(throws: SyncRefusal.brokenChain) {
      try device.exchange(with: &hub) {
        $0.segments = [delivered]
        $0.deliveries[0].items = [
          .entry(first, segment: 0), .entry(second, segment: 0),
        ]
      }
    }
  }

  @Test mutating func `an entry outside its segment, or of another programme, is refused`() {
    hub.itemsMax = 4
    let outside = SessionDevice.entry(
      origin: other.origin, seq: 6, previous: other.state.head.hash)
    let items: [Delivery.Item] = [
      .entry(outside, segment: 0), .entry(other.entries[0], segment: 1),
      .entry(other.entries[0], segment: -1),
      .entry(
        SessionDevice.entry(origin: device.origin, seq: 1, previous: .zero), segment: 0),
    ]
    for item in items {
      #expect(throws: SyncRefusal.inconsistent) {
        try device.exchange(with: &hub) { $0.deliveries[0].items = [item] }
      }
    }
  }

  @Test mutating func `a stream that was not asked for, or that goes on elsewhere, is refused`() {
    #expect(throws: SyncRefusal.unaskedStream) {
      try device.exchange(with: &hub) { $0.deliveries[0].stream = .area("south") }
    }
    #expect(throws: SyncRefusal.inconsistent) {
      try device.exchange(with: &hub) { $0.deliveries[0].from = 1 }
    }
  }

  @Test(arguments: [0, 1, UInt64.max] as [UInt64])
  mutating func `an own entry that does not exist is refused`(seq: UInt64) {
    #expect(throws: SyncRefusal.unknownOwnEntry) {
      try device.exchange(with: &hub) { $0.deliveries[0].items = [.own(seq: seq)] }
    }
  }

  @Test mutating func `a record can move away from an area, and from nothing else`() {
    for stream in [StreamName.own, .programme, .grants] {
      device = SessionDevice("one", streams: [stream])
      hub.streams[stream] = [(.moved(Bytes16(high: 1, low: 2)), nil)]
      #expect(throws: SyncRefusal.inconsistent) { try device.exchange(with: &hub) }
    }
  }

  @Test mutating func `a moved record and a statement are part of the position`() throws {
    device = SessionDevice("one", streams: [.programme, .area("north")])
    hub.add(statement: Array("statement".utf8))
    hub.streams[.area("north")]?.append((.moved(Bytes16(high: 1, low: 2)), nil))
    try device.sync(with: &hub)
    #expect(device.state.streams.map(\.position.count) == [1, 6])
    try device.sync(with: &hub)
    #expect(device.alarms.isEmpty)
    #expect(try #require(device.state.frontier.root) == hub.root())
  }
}
