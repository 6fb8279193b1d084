import SyncCore
import Testbed
import Testing

/// Requests that are answered late, out of order, twice or never (bundle §5).
@Suite struct CarriedRequestTests {
  private struct Carried {
    let carried: CarriedRequest
    let request: SyncRequest
  }

  private func request(of device: SessionDevice, from received: UInt64) -> Carried {
    var asking = device.state
    let fresh = Array(device.entries.dropFirst(Int(received)))
    asking.acknowledged =
      received == 0
      ? .empty : LogHead(seq: received, hash: device.entries[Int(received) - 1].hash)
    let push = SessionDevice.segment(fresh, device.origin).map {
      Push(
        entries: fresh, signature: HashSigner.sign($0.signedBytes, key: device.publicKey))
    }
    return Carried(
      carried: CarriedRequest(device.state),
      request: asking.request(push: push, byteBudget: 1 << 20))
  }

  /// Takes an answer as a store does; says whether it was news.
  @discardableResult
  private func take(
    _ response: SyncResponse, to carried: Carried, _ device: inout SessionDevice
  ) throws -> Bool? {
    let now = device.state
    let entries = device.entries
    func own(_ seq: UInt64) -> EntryHash? {
      seq > 0 && seq <= entries.count ? entries[Int(seq) - 1].hash : nil
    }
    switch carried.carried.answer(response, now: now) {
    case .known: return false
    case .apart: return nil
    case .news(let trimmed, let state):
      device.state = state
      defer { device.state.head = now.head }
      var advance: SyncAdvance
      do {
        advance = try device.receive(trimmed, to: carried.request)
        try carried.carried.settle(&advance, now: now, ownHash: own)
      } catch {
        device.state = now
        throw error
      }
      device.apply(advance)
      return true
    }
  }

  @Test(arguments: 1...40)
  func `answers in any order, twice or never, raise no alarm and lose nothing`(
    _ seed: UInt64
  ) throws {
    var chance = SplitMix64(seed: seed)
    var hub = HubModel()
    var device = SessionDevice("carried")
    var other = SessionDevice("other")
    hub.enrol(device)
    hub.enrol(other)
    var requests: [Carried] = []
    var answers: [(Carried, SyncResponse)] = []
    var received = 0
    for _ in 0..<120 {
      switch Int.random(in: 0..<9, using: &chance) {
      case 0, 1: device.write()
      case 2:
        other.write(Int.random(in: 1...3, using: &chance))
        try other.exchange(with: &hub)
      case 3: hub.add(statement: [UInt8.random(in: 0...255, using: &chance), 1])
      case 4: requests.append(request(of: device, from: UInt64(device.received.count)))
      case 5, 6:
        guard let carried = requests.randomElement(using: &chance) else { continue }
        answers.append((carried, hub.answer(carried.request)))
      case 7:
        guard let (carried, response) = answers.randomElement(using: &chance) else { continue }
        try take(response, to: carried, &device)
      default:
        if Int.random(in: 0..<6, using: &chance) == 0 { try device.exchange(with: &hub) }
      }
      #expect(device.received.count >= received && device.alarms.isEmpty)
      received = device.received.count
      #expect(
        device.state.frontier.end == 0
          || device.state.frontier.root == hub.root(Int(device.state.frontier.end)))
    }
    let last = request(of: device, from: UInt64(device.received.count))
    #expect(try take(hub.answer(last.request), to: last, &device) != nil)
    #expect(device.received.count == device.entries.count)
    #expect(device.state.acknowledged == device.state.head)
  }

  @Test func `two answers that name two lists, or two trees, are not both taken`() throws {
    var hub = HubModel()
    var device = SessionDevice("carried")
    var other = SessionDevice("other")
    hub.enrol(device)
    hub.enrol(other)
    device.write()
    let carried = request(of: device, from: 0)
    var false1 = hub
    let honest = hub.answer(carried.request)
    #expect(try take(honest, to: carried, &device) == true)

    // As large, with another leaf in place of the device's own statement of before.
    false1.add(leaf: Hash.sha256([1]))
    let rewritten = false1.answer(carried.request)
    #expect(throws: SyncRefusal.self) { try take(rewritten, to: carried, &device) }

    // The list goes on from another beginning than the one that is known.
    other.write(2)
    try other.exchange(with: &hub)
    var list = hub
    list.streams[.area("north")]?.reverse()
    let second = list.answer(carried.request)
    #expect(throws: SyncRefusal.inconsistent) { try take(second, to: carried, &device) }
    #expect(try take(hub.answer(carried.request), to: carried, &device) == true)
    #expect(device.alarms.isEmpty)
  }

  /// A device that passed over an answer, and as it would be with it.
  private static func passedOver() throws -> (
    hub: HubModel, device: SessionDevice, other: SessionDevice, ahead: SessionDevice
  ) {
    var hub = HubModel()
    let device = SessionDevice("carried")
    var other = SessionDevice("other")
    hub.enrol(device)
    hub.enrol(other)
    other.write(2)
    try other.exchange(with: &hub)
    var ahead = device
    try ahead.exchange(with: &hub)
    return (hub, device, other, ahead)
  }

  /// A request whose tree is as a device's, and whose list goes on behind what it passed over.
  private static func later(than device: SessionDevice, listAsIn ahead: SessionDevice) -> Carried {
    var state = device.state
    state.streams = ahead.state.streams
    return Carried(
      carried: CarriedRequest(state), request: state.request(push: nil, byteBudget: 1 << 20))
  }

  @Test func `what an answer that was passed over delivered is not stepped over`() throws {
    var (hub, device, other, ahead) = try Self.passedOver()
    other.write(2)
    try other.exchange(with: &hub)
    let later = Self.later(than: device, listAsIn: ahead)
    let known = device.state.streams
    #expect(known != ahead.state.streams)
    #expect(try take(hub.answer(later.request), to: later, &device) == true)
    #expect(device.state.streams.map(\.position) == known.map(\.position))
    try device.exchange(with: &hub)
    try ahead.exchange(with: &hub)
    #expect(device.state.streams.map(\.position) == ahead.state.streams.map(\.position))
  }

  @Test func `a list of which nothing more comes is not stepped over either`() throws {
    var (hub, device, _, ahead) = try Self.passedOver()
    let later = Self.later(than: device, listAsIn: ahead)
    let known = device.state.streams.map(\.position)
    let answer = hub.answer(later.request)
    #expect(answer.deliveries.isEmpty && !answer.growth.isEmpty)
    #expect(try take(answer, to: later, &device) == true)
    #expect(device.state.streams.map(\.position) == known)
  }

  /// The list of a hub that was put back: a count says nothing of which list it counts.
  @Test func `a list that began again is followed from its beginning only`() throws {
    var hub = HubModel()
    var device = SessionDevice("carried")
    var other = SessionDevice("other")
    hub.enrol(device)
    hub.enrol(other)
    other.write(4)
    try other.exchange(with: &hub)
    try device.exchange(with: &hub)
    var again = HubModel()
    again.hubEpoch = 2
    again.itemsMax = 3
    var third = SessionDevice("third", hubEpoch: 2)
    again.enrol(device)
    again.enrol(third)
    third.write(9)
    try third.exchange(with: &again)
    let streams = device.state.streams
    device.state = SessionDevice("carried", hubEpoch: 2).state
    device.state.streams = streams
    var request = device.state.request(push: nil, byteBudget: 1 << 20)
    var carried = CarriedRequest(device.state)
    var answers: [(Carried, SyncResponse)] = []
    while answers.last?.1.more ?? true {
      let answer = again.answer(request)
      answers.append((Carried(carried: carried, request: request), answer))
      carried.follow(answer, ownHash: { _ in nil })
      var state = device.state
      state.streams = carried.streams
      request = state.request(push: nil, byteBudget: 1 << 20)
    }
    #expect(answers.count == 3)
    // Without the first, the others bring it nowhere.
    var late = device
    for (carried, answer) in answers.dropFirst() { try take(answer, to: carried, &late) }
    #expect(late.state.streams.map(\.position) == streams.map(\.position))
    for (carried, answer) in answers { try take(answer, to: carried, &device) }
    #expect(device.state.streams.map(\.position.count) == [9])
    #expect(device.state.streams.map(\.epoch) == [2])
  }

  @Test func `what came before is not taken again`() throws {
    var hub = HubModel()
    var device = SessionDevice("carried")
    var other = SessionDevice("other")
    hub.enrol(device)
    hub.enrol(other)
    let streams = device.state.streams
    other.write(2)
    try other.exchange(with: &hub)
    try device.exchange(with: &hub)
    var state = device.state
    state.streams = streams
    let carried = Carried(
      carried: CarriedRequest(state), request: state.request(push: nil, byteBudget: 1 << 20))
    other.write(1)
    try other.exchange(with: &hub)
    #expect(try take(hub.answer(carried.request), to: carried, &device) == true)
    #expect(device.pulled[.area("north")] == other.entries.map(\.hash))
  }

  @Test func `an old answer is no alarm, and a later lie still is one`() throws {
    var hub = HubModel()
    var device = SessionDevice("carried")
    hub.enrol(device)
    device.write()
    let carried = request(of: device, from: 0)
    let old = hub.answer(carried.request)
    device.write()
    try device.exchange(with: &hub)
    #expect(try take(old, to: carried, &device) == false)
    // It names more of this log than there is.
    var ahead = hub.answer(carried.request)
    ahead.head = LogHead(seq: 9, hash: Hash.sha256([9]))
    #expect(throws: SyncRefusal.alarm(.ownLogAhead(held: 9, here: 2))) {
      try take(ahead, to: carried, &device)
    }
  }
}
