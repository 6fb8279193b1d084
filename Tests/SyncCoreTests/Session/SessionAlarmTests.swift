import SyncCore
import Testing

/// What a hub that loses, rewrites or hides something cannot keep from a device (sync §5).
@Suite struct SessionAlarmTests {
  private var hub = HubModel()
  private var device = SessionDevice("one")
  private var other = SessionDevice("two")

  init() throws {
    hub.enrol(device)
    hub.enrol(other)
    other.write(2)
    try other.sync(with: &hub)
    device.write(3)
    try device.sync(with: &hub)
    other.write()
    try other.sync(with: &hub)
  }

  @Test mutating func `the honest hub raises none`() throws {
    try device.sync(with: &hub)
    #expect(device.alarms.isEmpty && device.state.frontier.end == 6)
  }

  @Test mutating func `a hub that drops a leaf is caught`() {
    hub.leaves.remove(at: 0)
    hub.owners.remove(at: 0)
    hub.add(leaf: Hash.sha256(domain: "test.leaf", 1 as UInt64))
    #expect(throws: SyncRefusal.alarm(.logRewritten(size: 6))) { try device.exchange(with: &hub) }
  }

  @Test mutating func `a hub that drops the end of its log is caught`() {
    hub.leaves.removeLast(2)
    hub.owners.removeLast(2)
    #expect(throws: SyncRefusal.alarm(.logShrank(from: 5, to: 4))) {
      try device.exchange(with: &hub)
    }
  }

  @Test mutating func `a hub that reorders leaves is caught`() {
    hub.leaves.swapAt(0, 1)
    #expect(throws: SyncRefusal.alarm(.logRewritten(size: 6))) { try device.exchange(with: &hub) }
  }

  @Test mutating func `a hub that rewrites a leaf is caught, also when nothing was added`() throws {
    try device.sync(with: &hub)
    hub.leaves[1] = Hash.sha256(domain: "test.leaf", 2 as UInt64)
    let checkpoint = hub.checkpoint()
    #expect(throws: SyncRefusal.alarm(.logRewritten(size: 6))) {
      try device.exchange(with: &hub) { $0.checkpoint = checkpoint }
    }
  }

  @Test mutating func `a hub that logs another entry in place of the device's is caught`() {
    device.write()
    var liar = hub
    liar.add(leaf: Hash.sha256(domain: "test.leaf", 3 as UInt64))
    let checkpoint = liar.checkpoint()
    #expect(throws: SyncRefusal.alarm(.logRewritten(size: 7))) {
      try device.exchange(with: &hub) { $0.checkpoint = checkpoint }
    }
    #expect(!device.received.contains(4))
  }

  @Test mutating func `a hub that lost acknowledged entries is caught`() {
    hub.logs[device.origin]?.removeLast()
    #expect(throws: SyncRefusal.alarm(.hubLostAcknowledged(held: 2, acknowledged: 3))) {
      try device.exchange(with: &hub)
    }
  }

  @Test mutating func `a hub that holds another entry of this log is caught`() {
    #expect(throws: SyncRefusal.alarm(.ownLogDiffers(seq: 3))) {
      try device.exchange(with: &hub) {
        $0.head.hash = Hash.sha256(domain: "test.leaf", 4 as UInt64)
      }
    }
  }

  @Test mutating func `a home that was put back from an old image is told`() throws {
    let image = device
    device.write()
    try device.sync(with: &hub)
    device = image
    #expect(throws: SyncRefusal.alarm(.ownLogAhead(held: 4, here: 3))) {
      try device.exchange(with: &hub)
    }
    // The same when others' replicas show it first.
    let written = SessionDevice.entry(
      origin: device.origin, seq: 4, previous: device.state.head.hash, note: 9)
    #expect(throws: SyncRefusal.alarm(.ownLogAhead(held: 4, here: 3))) {
      try deliverOwn(written)
    }
  }

  @Test mutating func `an own entry that this home did not write is told`() throws {
    let forged = SessionDevice.entry(
      origin: device.origin, seq: 3, previous: device.entries[1].hash, note: 9)
    #expect(throws: SyncRefusal.alarm(.ownLogDiffers(seq: 3))) { try deliverOwn(forged) }
    // The entry that it did write may come back.
    try deliverOwn(device.entries[2])
    // Without the device's signature it proves nothing about the home.
    #expect(throws: SyncRefusal.segmentSignature) { try deliverOwn(forged, key: other.publicKey) }
  }

  /// Delivers an entry of this device's origin under a segment of its own.
  private mutating func deliverOwn(_ entry: Entry, key: [UInt8]? = nil) throws {
    let segment = try #require(SessionDevice.segment([entry], device.origin))
    let delivered = DeliveredSegment(
      publicKey: device.publicKey, segment: segment,
      signature: HashSigner.sign(segment.signedBytes, key: key ?? device.publicKey))
    try device.exchange(with: &hub) {
      if $0.head.seq > 3 { $0.head = LogHead(seq: 3, hash: entry.envelope.previous) }
      $0.growth = []
      $0.checkpoint = nil
      $0.segments = [delivered]
      $0.deliveries = [
        Delivery(stream: .area("north"), from: 5, items: [.entry(entry, segment: 0)])
      ]
    }
  }

  @Test mutating func `an older hub epoch is caught under every status`() {
    device.state.hubEpoch = 3
    for status: SyncResponse.Status in [
      .done, .sayInFull, .otherEpoch, .recovering, .busy, .revoked,
    ] {
      #expect(throws: SyncRefusal.alarm(.epochWentBack(from: 3, to: 2))) {
        try device.exchange(with: &hub) {
          $0.hubEpoch = 2
          $0.status = status
        }
      }
    }
  }

  @Test mutating func `a stream that begins again is delivered and is an alarm`() throws {
    try device.sync(with: &hub)
    let before = try #require(device.pulled[.area("north")])
    hub.streams[.area("north")]?.remove(at: 0)
    try device.sync(with: &hub)
    #expect(device.alarms == [.streamRewritten(.area("north"))])
    #expect(device.pulled[.area("north")] == Array(before.dropFirst()))
    #expect(device.state.streams[0].position.count == 5)
  }

  @Test mutating func `a stream that begins again after a new hub epoch is no alarm`() throws {
    try device.sync(with: &hub)
    hub.streams[.area("north")]?.swapAt(0, 1)
    hub.hubEpoch = 2
    // As a device does that checked the authority's statement.
    device.state.hubEpoch = 2
    device.state.checkpoint = nil
    device.state.frontier = CompactRange()
    device.state.ownSubtrees = 0
    try device.sync(with: &hub)
    #expect(device.alarms.isEmpty)
    #expect(device.state.streams[0].epoch == 2)
    hub.streams[.area("north")]?.swapAt(0, 1)
    try device.sync(with: &hub)
    #expect(device.alarms == [.streamRewritten(.area("north"))])
  }

  @Test func `every alarm has a word of its own`() {
    let all: [SyncAlarm] = [
      .epochWentBack(from: 2, to: 1), .hubLostAcknowledged(held: 1, acknowledged: 2),
      .ownLogDiffers(seq: 1), .ownLogAhead(held: 2, here: 1), .logShrank(from: 2, to: 1),
      .logRewritten(size: 1), .streamRewritten(.own),
    ]
    #expect(Set(all.map(\.code)).count == 7)
  }
}
