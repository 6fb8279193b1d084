internal import Identity
internal import ReplicaStore
internal import SyncCore

/// What goes wrong, one thing at a time, among what the swarm switched on (simulation §3).
extension Simulation {
  private enum Disaster: CaseIterable {
    case deviceCrash, hubCrash, fullDisk, freeDisk, deviceBit, hubBit, deviceClock, hubClock, oldDevice,
      oldHub, clone, revocation, formUpgrade, partition
  }

  private static let restoresMax = 4
  /// An origin has at most 16 successors (sync §8.3).
  private static let timesPutBackMax = 3

  func disaster() {
    plan(.disaster, in: milliseconds(3_000, 60_000))
    let possible = Disaster.allCases.filter(isPossible)
    guard let kind = chance.pickIfAny(possible) else { return }
    let device = chance.pick(devices)
    switch kind {
    case .deviceCrash: device.disk.crashesAfter = chance.between(1, 60)
    case .hubCrash: hub.disk.crashesAfter = chance.between(1, 80)
    case .fullDisk: (chance.happens(300) ? hub.disk : device.disk).faults.isFull = true
    case .freeDisk: for disk in devices.map(\.disk) + [hub.disk] { disk.faults.isFull = false }
    case .deviceBit: flip(device)
    case .hubBit:
      guard let name = hub.disk.flipBit(&chance) else { break }
      hub.flips += 1
      if name == Hub.checkpointFile { hub.checkpointFlips += 1 }
    case .deviceClock: device.clock.jump(to: someYears())
    case .hubClock: hub.clock.jump(to: someYears())
    case .oldDevice: putBack(device)
    case .oldHub: putBackHub()
    case .clone: copyHome(of: device)
    case .revocation: revoke(device)
    case .formUpgrade: upgradeForm()
    case .partition: device.cutOffUntil = now + milliseconds(10_000, 200_000)
    }
    trace.note(now, device.number, "disaster", Disaster.allCases.firstIndex(of: kind)!)
  }

  private func isPossible(_ kind: Disaster) -> Bool {
    switch kind {
    case .deviceCrash, .hubCrash: swarm.crashes
    case .fullDisk, .freeDisk: swarm.fullDisks
    case .deviceBit, .hubBit: swarm.bitFlips
    case .deviceClock, .hubClock: swarm.clockJumps
    case .oldDevice: swarm.oldDevices
    // Put back again and again, a hub never gets to serve, and a world to its end.
    case .oldHub: swarm.oldHubs && hub.restores < Self.restoresMax
    // Two copies make every further one; a fork needs no third.
    case .clone: swarm.clones && !devices.contains(where: \.isForked)
    case .revocation: swarm.revocation && revoked.isEmpty
    case .formUpgrade: swarm.formUpgrade && !statements.contains { $0.statement.type == .form }
    case .partition: swarm.partitions
    }
  }

  private func someYears() -> Int64 {
    Int64(chance.between(-30, 30)) * 365 * 86_400 + Int64(chance.below(86_400))
  }

  /// Bits rot while nobody looks: the home is closed, and opened again after it.
  private func flip(_ device: Device) {
    guard device.state == .up else { return }
    device.close()
    if device.disk.flipBit(&chance) != nil { device.flips += 1 }
    device.state = .down
    plan(.powerBack(device.number), in: 1_000)
  }

  /// Takes a copy of a home's files the first time, and puts it back the next.
  private func putBack(_ device: Device) {
    guard device.state == .up, device.timesPutBack < Self.timesPutBackMax else { return }
    guard let old = device.oldImage else {
      device.oldImage = Device.OldImage(
        disk: device.disk.snapshot(), saved: device.saved, savedFiles: device.savedFiles,
        registered: device.registered,
        receivedNoted: device.receivedNoted)
      return
    }
    device.close()
    device.disk.restore(old.disk)
    device.saved = old.saved
    device.savedFiles = old.savedFiles
    device.registered = old.registered
    device.receivedNoted = old.receivedNoted
    device.isForked = true
    device.timesPutBack += 1
    device.state = .down
    plan(.powerBack(device.number), in: 1_000)
  }

  /// A copy of a home goes on beside it.
  private func copyHome(of device: Device) {
    guard device.state == .up, !device.isRevoked else { return }
    guard let copy = try? add(member: device.memberIndex, image: device.disk.snapshot()) else {
      return
    }
    copy.saved = device.saved
    copy.savedFiles = device.savedFiles
    copy.registered = device.registered
    copy.receivedNoted = device.receivedNoted
    copy.flips = device.flips
    copy.disk.faults = device.disk.faults
    device.isForked = true
    copy.isForked = true
    plan(.startSync(copy.number), in: milliseconds(1_000, 20_000))
    if copy.isWriter { plan(.act(copy.number), in: milliseconds(1_000, 20_000)) }
    planBundles(copy)
    planFiles(copy)
  }

  // MARK: Hub and authority

  /// Makes a backup the first time, and puts it back the next.
  private func putBackHub() {
    guard hub.isUp else { return }
    guard chance.happens(500) else {
      // A backup of a file that rots would be no backup.
      if hub.flips == 0 { hub.backup = hub.disk.snapshot(without: Hub.checkpointFile) }
      return
    }
    restoreHub()
  }

  func restoreHub() {
    hub.restoreBackup()
    openHub()
  }

  /// The authority signs a new epoch for a hub that was put back, and the operator repeats what the
  /// backup did not know.
  func signEpoch() {
    guard hub.isUp else { return plan(.authoritySignsEpoch, in: 10_000) }
    let signer = authoritySigner
    let signed = attemptAtHub { store in
      guard store.isRecovering else { return }
      let statement = SignedStatement(try store.nextHubStatement(), signedBy: signer)
      try store.run { try $0.add(statement) }
    }
    guard case .done = signed else { return plan(.authoritySignsEpoch, in: 10_000) }
    trace.note(now, 0, "new epoch")
    repeatOrders()
  }

  var authoritySigner: any Signer {
    FoundedProgramme.surroundings(SeededSource(seed: 0, purpose: 5), realKeys: swarm.realKeys)
      .signatures.signer(programme.authority)
  }

  /// Tells the hub all that the authority said in this world; what it knows already changes nothing.
  func repeatOrders() {
    let statements = statements
    let revoked = revoked
    _ = attemptAtHub { store in
      guard !store.isRecovering else { return }
      try store.run { writer in
        for statement in statements { try writer.add(statement) }
        for origin in revoked { try writer.revoke(origin, reason: "lost") }
      }
    }
  }

  private func revoke(_ device: Device) {
    guard !device.isForked, devices.count > 2 else { return }
    if device.member.kind == .reader {
      statements.append(
        SignedStatement(
          Statement(
            .reader(
              ReaderStatement(
                state: .revoked, role: .caseWorker,
                keys: programme.identities[device.memberIndex], areas: device.member.areas)),
            version: 2), signedBy: authoritySigner))
    }
    revoked.append(device.origin)
    device.isRevoked = true
    repeatOrders()
  }

  private func upgradeForm() {
    statements.append(
      SignedStatement(
        Statement(
          .form(FormStatement(name: VisitForm.name, yaml: VisitForm.yaml(version: 2))), version: 2),
        signedBy: authoritySigner))
    repeatOrders()
  }
}
