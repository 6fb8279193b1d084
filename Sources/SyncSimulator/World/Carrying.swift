internal import ReplicaStore
internal import SyncCore

/// Syncs by hand: files that are lost, come late, twice, damaged and in another order
/// (simulation §3.1).
extension Simulation {
  private static let shortestWay = 1_000
  private static let longestWay = 200_000

  func planBundles(_ device: Device) {
    guard swarm.bundles else { return }
    plan(.makeBundle(device.number), in: carriedFor(1_000, 60_000))
  }

  func makeBundle(_ device: Device) {
    plan(.makeBundle(device.number), in: carriedFor(10_000, 100_000))
    // Who has a line all the time learns nothing from a file.
    if carriage.happens(400) { device.withoutLineUntil = now + carriedFor(10_000, 500_000) }
    // Of the processes of a home one at a time syncs, or has to do with bundles.
    guard device.state == .up, device.session == nil else { return }
    let bytesMax = carriage.pick([2_000, 1 << 20])
    let pushBytesMax = carriage.pick([600, 6_000, 400_000])
    let made = attempt(device) { replica -> Replica.Bundle in
      let bundle = try replica.makeBundle(bytesMax: bytesMax, pushBytesMax: pushBytesMax)
      // Nothing leaves a device that the ledger does not know of.
      try self.ledger.register(device)
      return bundle
    }
    switch made {
    case .crashed: return
    case .failed(let error):
      trace.note(now, device.number, "no bundle")
      if device.state == .up { expectCause(of: error, "device \(device.number) made no bundle") }
    case .done(let bundle):
      trace.note(now, device.number, "bundle", bundle.messages << 16 | bundle.entries)
      if planted == .lostBundle { return plantReceived(device) }
      for copy in carried(bundle.bytes) {
        plan(
          .bundleAtHub(device: device.number, file: copy.bytes, isMangled: copy.isMangled),
          in: copy.delay)
      }
    }
  }

  func takeBundle(_ file: [UInt8], of device: Int, isMangled: Bool) {
    let taken = attemptAtHub { store -> (CarriedHere, [UInt8]) in
      let here = try store.take(bundle: file)
      return (here, try store.seal(answersOf: here))
    }
    switch taken {
    case .crashed:
      // Its operator tries again when the hub is back.
      plan(
        .bundleAtHub(device: device, file: file, isMangled: isMangled),
        in: carriedFor(1_000, 60_000))
    case .failed(let error):
      trace.note(now, 0, "bundle refused", device)
      if !isMangled { expectCause(of: error, "the hub refused a bundle of device \(device)") }
    case .done(let (here, answers)):
      trace.note(now, 0, "bundle taken", here.answers.count << 16 | here.entries)
      if isMangled { find(.provenance, "the hub took an altered bundle of device \(device)") }
      if here.outcome == .refused {
        find(.cause, "the hub refused a request in a bundle of device \(device)")
      }
      for copy in carried(answers) {
        plan(
          .bundleAtDevice(device, file: copy.bytes, isMangled: copy.isMangled), in: copy.delay)
      }
    }
  }

  func applyBundle(_ file: [UInt8], at device: Device, isMangled: Bool) {
    guard device.state == .up || device.state == .down else { return }
    guard device.state == .up, device.session == nil else {
      return plan(
        .bundleAtDevice(device.number, file: file, isMangled: isMangled),
        in: carriedFor(500, 20_000))
    }
    switch attempt(device, { try $0.receive(bundle: file) }) {
    case .crashed: return
    case .failed(let error):
      if case SyncRefusal.alarm(let alarm)? = error as? SyncRefusal {
        return stop(device, because: alarm)
      }
      trace.note(now, device.number, "bundle refused")
      // A home that was put back does not remember all that it asked.
      guard device.state == .up, !isMangled, !device.isForked else { return }
      expectCause(of: error, "device \(device.number) refused a bundle")
    case .done(let carried):
      trace.note(now, device.number, "bundle applied", carried.news << 16 | carried.answers)
      if isMangled { find(.provenance, "device \(device.number) took an altered bundle") }
      noteSuccessor(carried.successor, device)
      noteReceived(device)
      if carried.news > 0 { sessions += 1 }
      guard carried.isRevoked else { return }
      if !device.isRevoked { find(.cause, "device \(device.number) was told it is revoked") }
      device.state = .stopped
    }
  }

  /// Nothing but a broken disk or a lost member is a reason to refuse a sound file.
  func expectCause(of error: any Error, _ what: String) {
    guard swarm.diskErrors == 0, !swarm.fullDisks, !swarm.bitFlips else { return }
    find(.cause, "\(what): \(Self.kind(error))")
  }

  private func carriedFor(_ low: Int, _ high: Int) -> Int64 { Int64(carriage.between(low, high)) }

  /// The copies of a file that arrive, and when; none when the stick is lost.
  private func carried(_ file: [UInt8]) -> [Line.Copy] {
    let count = carriage.happens(250) ? 0 : carriage.happens(300) ? carriage.between(2, 3) : 1
    return (0..<count).map { _ in
      let delay = carriedFor(Self.shortestWay, Self.longestWay)
      guard carriage.happens(swarm.mangling) else {
        return Line.Copy(delay: delay, bytes: file, isMangled: false)
      }
      var bytes = file
      if carriage.happens(500) {
        bytes.removeLast(carriage.between(1, bytes.count))
      } else {
        bytes[carriage.below(bytes.count)] ^= 1 << UInt8(carriage.below(8))
      }
      return Line.Copy(delay: delay, bytes: bytes, isMangled: true)
    }
  }
}
