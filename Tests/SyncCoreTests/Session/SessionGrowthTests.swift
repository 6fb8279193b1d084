import SyncCore
import Testbed
import Testing

/// The log as the devices see it grow (sync §2.5, §6.1; hub-log §6).
@Suite struct SessionGrowthTests {
  @Test(arguments: [11, 12, 13, 14] as [UInt64])
  func `many devices that sync in any order agree with the hub and hold every receipt`(
    seed: UInt64
  ) throws {
    print("seed \(seed)")
    var random = SplitMix64(seed: seed)
    var hub = HubModel()
    hub.piecesMax = Int.random(in: 1...5, using: &random)
    hub.itemsMax = Int.random(in: 1...9, using: &random)
    var devices = (0..<6).map { SessionDevice("device \($0)") }
    for device in devices { hub.enrol(device) }
    for round in 0..<80 {
      let who = devices.indices.randomElement(using: &random)!
      devices[who].write(Int.random(in: 0...3, using: &random), note: Int64(round))
      if round % 9 == 0 { hub.add(leaf: Hash.sha256(domain: "test.leaf", UInt64(round))) }
      let pushMax = Int.random(in: 1...4, using: &random)
      // Most syncs break off after an exchange or two.
      for _ in 0...Int.random(in: 0...2, using: &random) {
        try devices[who].exchange(with: &hub, pushMax: pushMax)
      }
    }
    for who in devices.indices { try devices[who].sync(with: &hub) }
    for who in devices.indices { try devices[who].sync(with: &hub) }
    for device in devices {
      #expect(device.state.frontier.root == hub.root())
      #expect(device.state.checkpoint == hub.checkpoint())
      #expect(device.received == Set(device.entries.map(\.envelope.seq)))
      #expect(Set(device.pulled[.area("north")] ?? []) == Set(hub.logs.values.joined().map(\.hash)))
      #expect(device.alarms.isEmpty)
    }
  }

  @Test func `an entry is received when a signed checkpoint covers it and not before`() throws {
    var hub = HubModel()
    var device = SessionDevice("one")
    hub.enrol(device)
    device.write(3)
    hub.signsCheckpoints = false
    let first = try device.exchange(with: &hub)
    #expect(first.acknowledged.seq == 3)
    #expect(first.placed.isEmpty)
    #expect(device.received.isEmpty)
    hub.signsCheckpoints = true
    let second = try device.exchange(with: &hub)
    #expect(second.placed.map(\.seqs) == [1...3] && second.placed.map(\.firstLeaf) == [0])
    #expect(device.received == [1, 2, 3])
  }

  @Test func `a growth too long for one answer ends at a checkpoint each time`() throws {
    var hub = HubModel()
    hub.piecesMax = 2
    var device = SessionDevice("one")
    hub.enrol(device)
    for step in 0..<4 {
      hub.add(leaf: Hash.sha256(domain: "test.leaf", UInt64(step)))
      device.write()
      let request = device.state.request(push: device.push(), byteBudget: 0)
      // The answers are lost, so the growth piles up; the acknowledgement is kept.
      device.state.acknowledged = hub.answer(request).head
    }
    var sizes: [UInt64] = []
    while true {
      let advance = try device.exchange(with: &hub)
      sizes.append(try #require(advance.checkpoint?.size))
      guard advance.next == .again else { break }
    }
    #expect(sizes == [2, 4, 6, 8])
    #expect(device.received == [1, 2, 3, 4])
  }

  @Test func `pieces without a checkpoint are refused`() throws {
    var (device, hub) = pushed()
    #expect(throws: SyncRefusal.inconsistent) {
      try device.exchange(with: &hub) { $0.checkpoint = nil }
    }
    #expect(device.state.frontier.end == 0)
    try device.exchange(with: &hub)
    #expect(device.received == [1, 2])
  }

  @Test func `a checkpoint that the hub did not sign is refused, and is no alarm`() throws {
    var (device, hub) = pushed()
    #expect(throws: SyncRefusal.checkpointSignature) {
      try device.exchange(with: &hub) { $0.checkpoint?.cosignature[0] ^= 1 }
    }
    // Signed for another epoch: for another log.
    let other = HashSigner.seal(size: 2, root: hub.root(), hubEpoch: 2)
    #expect(throws: SyncRefusal.checkpointSignature) {
      try device.exchange(with: &hub) { $0.checkpoint = other }
    }
  }

  @Test func `pieces that miss the size of a true checkpoint are refused, and are no alarm`() throws
  {
    var (device, hub) = pushed()
    #expect(throws: SyncRefusal.growth(MerkleError(.sizeMismatch))) {
      try device.exchange(with: &hub) { $0.growth.removeLast() }
    }
    #expect(throws: SyncRefusal.growth(MerkleError(.wrongHashCount))) {
      try device.exchange(with: &hub) { $0.growth = [.foreign(end: 2, hashes: [])] }
    }
  }

  @Test(arguments: [
    [GrowthStep.own(firstSeq: 0, count: 2)], [.own(firstSeq: 1, count: 0)],
    [.own(firstSeq: 2, count: 2)], [.own(firstSeq: 1, count: .max)],
    [.own(firstSeq: .max, count: 1)], [.own(firstSeq: 2, count: 1), .own(firstSeq: 1, count: 1)],
    [.own(firstSeq: 1, count: 1), .own(firstSeq: 1, count: 1)],
  ])
  func `own pieces that the device's log cannot have are refused`(pieces: [GrowthStep]) throws {
    var (device, hub) = pushed()
    #expect(throws: SyncRefusal.growth(MerkleError(.invalidRange))) {
      try device.exchange(with: &hub) { $0.growth = pieces }
    }
  }

  @Test func `an entry that the hub does not say it holds has no leaf`() throws {
    var (device, hub) = pushed()
    let fresh = device.write()[0]
    #expect(throws: SyncRefusal.growth(MerkleError(.invalidRange))) {
      let request = device.state.request(push: nil, byteBudget: 1 << 20)
      var response = hub.answer(request)
      response.growth = [.own(firstSeq: 1, count: 3)]
      let leaves = (hub.leaves + [fresh.hash]).map { MerkleTree.leafHash($0) }
      response.checkpoint = HashSigner.seal(
        size: 3, root: NaiveTree.root(leaves[...]), hubEpoch: 1)
      _ = try device.receive(response, to: request)
    }
  }

  @Test func `a log that holds two entries of a device and not the one between is refused`() throws
  {
    var hub = HubModel()
    var device = SessionDevice("one")
    hub.enrol(device)
    device.write(3)
    _ = hub.answer(device.state.request(push: device.push(), byteBudget: 0))
    let request = device.state.request(push: nil, byteBudget: 1 << 20)
    var response = hub.answer(request)
    response.growth = [.own(firstSeq: 1, count: 1), .own(firstSeq: 3, count: 1)]
    let leaves = [hub.leaves[0], hub.leaves[2]].map { MerkleTree.leafHash($0) }
    response.checkpoint = HashSigner.seal(
      size: 2, root: NaiveTree.root(leaves[...]), hubEpoch: 1)
    #expect(throws: SyncRefusal.growth(MerkleError(.invalidRange))) {
      _ = try device.receive(response, to: request)
    }
  }

  /// A device of two entries whose first answer was lost.
  private func pushed() -> (SessionDevice, HubModel) {
    var hub = HubModel()
    var device = SessionDevice("one")
    hub.enrol(device)
    device.write(2)
    _ = hub.answer(device.state.request(push: device.push(), byteBudget: 0))
    return (device, hub)
  }
}
