internal import Identity
internal import ReplicaStore
internal import SyncCore

/// One world, from one seed: its nodes, what happens to them, and what was found (simulation §1).
///
/// Runs on the thread that calls it, and on no other.
package final class Simulation {
  package let seed: UInt64
  package let swarm: Swarm
  let programme: FoundedProgramme
  let world = DiskMounts.newWorld()
  let clock = WorldClock()
  let hub: Hub
  var devices: [Device] = []
  var queue = EventQueue()
  var chance: SeededGenerator
  var line: Line
  /// What becomes of files on their way: of its own, so that worlds without them stay as they were.
  var carriage: SeededGenerator
  /// Which files people attach, and how they are sent: of its own for the same reason.
  var attaching: SeededGenerator
  var ledger = Ledger()
  let trace: Trace
  package internal(set) var findings: [SimulationFinding] = []
  package internal(set) var sessions = 0
  package internal(set) var exchanges = 0
  /// Whether the faults of the swarm are on.
  var isFaulty = true
  /// The authority's statements of this world, in order, and whom the hub was told to revoke: an
  /// operator who restores a hub tells it again.
  var statements: [SignedStatement] = []
  var revoked: [OriginID] = []
  var exchangeCount = 0
  /// What was asked about files, by exchange: a question that is asked again has the same answers.
  var fileQuestions: [Int: Digest32] = [:]
  let planted: PlantedFault?
  private let sources: SeededSource

  /// Events after which a world is healed even if its sessions are not done.
  private static let eventsMax = 8_000

  package init(
    seed: UInt64, swarm: Swarm? = nil, planted: PlantedFault? = nil,
    listener: ((String) -> Void)? = nil
  ) throws {
    let swarm = swarm ?? Swarm(seed: seed)
    self.seed = seed
    self.swarm = swarm
    self.planted = planted
    chance = SeededGenerator(seed: seed, purpose: 3)
    line = Line(swarm, seed: seed)
    carriage = SeededGenerator(seed: seed, purpose: 7)
    attaching = SeededGenerator(seed: seed, purpose: 9)
    trace = Trace(listener: listener)
    programme =
      try (swarm.realKeys ? FoundedProgramme.withRealKeys : FoundedProgramme.withDigests).get()
    sources = SeededSource(seed: seed, purpose: 4)
    let disk = SimulatedDisk(mount: world + "/0", seed: seed, purpose: 10)
    disk.restore(programme.hub)
    hub = Hub(
      disk: disk, clock: NodeClock(clock),
      surroundings: FoundedProgramme.surroundings(sources, realKeys: swarm.realKeys),
      limits: swarm.limits)
    try hub.open()
    for index in swarm.members { try add(member: index, image: programme.devices[index]) }
    for device in devices { try ledger.register(device) }
  }

  var now: Int64 { clock.now }
  func device(_ number: Int) -> Device { devices[number - 1] }

  /// Puts a home on a disk of its own and opens it.
  @discardableResult
  func add(member index: Int, image: DiskImage) throws -> Device {
    let number = devices.count + 1
    let disk = SimulatedDisk(
      mount: "\(world)/\(number)", seed: seed, purpose: 10 + UInt64(number))
    disk.restore(image)
    let device = Device(
      number: number, memberIndex: index, member: FoundedProgramme.members[index],
      origin: programme.identities[index].origin, disk: disk, clock: NodeClock(clock),
      surroundings: FoundedProgramme.surroundings(
        SeededSource(seed: seed, purpose: 1_000 + UInt64(number)), realKeys: swarm.realKeys),
      limits: swarm.limits)
    try device.open()
    device.noteOrigins()
    devices.append(device)
    return device
  }

  func find(_ check: SimulationFinding.Check, _ subject: String) {
    let finding = SimulationFinding(check, subject)
    if findings.count < 100, !findings.contains(finding) { findings.append(finding) }
  }

  func plan(_ event: Event, in delay: Int64) { queue.plan(event, at: now + delay) }

  func milliseconds(_ low: Int, _ high: Int) -> Int64 { Int64(chance.between(low, high)) }

  // MARK: Running

  /// Lets the world run with its faults, heals it, and checks what is left.
  package func run() {
    switchFaultsOn()
    for device in devices {
      plan(.startSync(device.number), in: milliseconds(0, 20_000))
      if device.isWriter { plan(.act(device.number), in: milliseconds(0, 10_000)) }
      planBundles(device)
      planFiles(device)
    }
    plan(.disaster, in: milliseconds(1_000, 30_000))
    var events = 0
    while sessions < swarm.sessions, events < Self.eventsMax, let (time, event) = queue.next() {
      clock.advance(to: time)
      events += 1
      handle(event)
    }
    heal()
    check()
    for device in devices { device.close() }
    hub.close()
    for finding in findings {
      trace.note(now, 0, "finding", bytes: Array(finding.check.rawValue.utf8))
    }
  }

  /// The hash of all that happened; asked once, at the end.
  package var traceHash: String { trace.finish().hex }

  private func handle(_ event: Event) {
    switch event {
    case .act(let number): act(device(number))
    case .attach(let number): attach(device(number))
    case .startSync(let number): startSync(device(number))
    case .messageAtHub(let number, let exchange, let bytes):
      receiveAtHub(bytes, from: number, exchange: exchange)
    case .hubBatch: commitBatch()
    case .askedInFull(let number, let exchange):
      repeatInFull(device(number), exchange: exchange)
    case .answerAtDevice(let number, let exchange, let bytes, let isMangled):
      receiveAnswer(device(number), exchange: exchange, bytes: bytes, isMangled: isMangled)
    case .giveUp(let number, let exchange):
      let device = device(number)
      guard device.session?.exchange == exchange, !cutFile(device) else { return }
      endSession(device, retryIn: milliseconds(500, 30_000))
    case .powerBack(0): powerBackAtHub()
    case .powerBack(let number): powerBack(device(number))
    case .authoritySignsEpoch: signEpoch()
    case .disaster: disaster()
    case .makeBundle(let number): makeBundle(device(number))
    case .bundleAtHub(let number, let file, let isMangled):
      takeBundle(file, of: number, isMangled: isMangled)
    case .bundleAtDevice(let number, let file, let isMangled):
      applyBundle(file, at: device(number), isMangled: isMangled)
    }
  }

  func switchFaultsOn() {
    for disk in devices.map(\.disk) + [hub.disk] {
      disk.faults.canCrash = swarm.crashes || planted == .ignoredSync
      disk.faults.errorsPerTenThousand = swarm.diskErrors
      disk.faults.ignoresSync = planted == .ignoredSync
    }
  }
}
