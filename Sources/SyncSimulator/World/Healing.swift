internal import ReplicaStore
internal import SyncCore

/// The end of a world: the faults stop, everybody syncs until nothing moves (simulation §4).
extension Simulation {
  static let healingRoundsMax = 50

  func heal() {
    trace.note(now, 0, "healing")
    isFaulty = false
    line.isFaulty = false
    queue.removeAll()
    for disk in devices.map(\.disk) + [hub.disk] {
      let ignoresSync = disk.faults.ignoresSync
      disk.faults = DiskFaults()
      disk.faults.ignoresSync = ignoresSync
      disk.crashesAfter = nil
    }
    mendHub()
    if hub.flips > 0 { lookForRot() }
    for device in devices {
      device.session = nil
      if device.state == .down { powerBack(device) }
      if device.state == .down { find(.progress, "device \(device.number) does not open any more") }
    }
    for device in devices where device.flips > 0 && device.state == .up { lookForRot(device) }
    queue.removeAll()
    plant()
    for round in 1...Self.healingRoundsMax {
      var moved = false
      for device in devices where device.state == .up {
        clock.advance(to: now + 100)
        if syncOnce(device, round) { moved = true }
      }
      guard moved else { return trace.note(now, 0, "healed", round) }
    }
    for device in devices where device.state == .up && syncOnce(device, 0) {
      find(.progress, "device \(device.number) is not done after \(Self.healingRoundsMax) rounds")
    }
  }

  /// Pages that nobody has read since a bit of them flipped: `verify` reads them all.
  private func lookForRot() {
    guard case .done(let problems) = attemptAtHub({ try $0.verify().problems }) else {
      return mendHub()
    }
    guard !problems.isEmpty else { return }
    hub.isDamaged = true
    hub.close()
    mendHub()
  }

  private func lookForRot(_ device: Device) {
    guard case .done(let report) = attempt(device, { try $0.verify() }), !report.ok else { return }
    trace.note(now, device.number, "damaged")
    device.close()
    device.state = .lost
  }

  /// Up, serving, and told everything that the authority said.
  func mendHub() {
    for _ in 0..<5 {
      if !hub.isUp { powerBackAtHub() }
      if hub.store?.isRecovering == true { signEpoch() }
      repeatOrders()
      if hub.isUp, hub.store?.isRecovering == false { return }
    }
    find(.progress, "the hub does not serve any more: \(hub.refusal ?? "it is open")")
  }

  /// A whole sync over a perfect line. Whether anything moved, or has still to move.
  private func syncOnce(_ device: Device, _ round: Int) -> Bool {
    var moved = false
    for _ in 0..<Self.roundsMax {
      switch exchangeOnce(device, round) {
      case .goesOn: moved = true
      case .ended(let hasMoved): return moved || hasMoved
      }
    }
    find(.progress, "device \(device.number) is not done after \(Self.roundsMax) exchanges")
    return true
  }

  private enum Exchanged {
    case goesOn
    case ended(hasMoved: Bool)
  }

  private func exchangeOnce(_ device: Device, _ round: Int) -> Exchanged {
    let made = attempt(device) { replica -> (wrote: Bool, sent: Replica.Outgoing) in
      let wrote = try replica.refreshSealing()
      try self.ledger.register(device)
      return (wrote, try replica.nextRequest(byteBudget: 700_000, pushBytesMax: 500_000))
    }
    guard case .done(let (wrote, sent)) = made else {
      return .ended(hasMoved: device.state == .up)
    }
    trace.note(now, device.number, "request", round, bytes: sent.bytes)
    let answered = attemptAtHub { try $0.answerDirectly(sent.bytes) }
    guard case .done(let answer?) = answered else {
      if case .done = answered, case .done(true) = attempt(device, { try $0.sayInFull(after: sent) }) {
        return .goesOn
      }
      mendHub()
      if hub.isUp { find(.progress, "the hub does not answer device \(device.number)") }
      return .ended(hasMoved: true)
    }
    switch attempt(device, { try $0.receive(answer, to: sent) }) {
    case .crashed: return .ended(hasMoved: true)
    case .failed(let error):
      if case SyncRefusal.alarm(let alarm)? = error as? SyncRefusal {
        stop(device, because: alarm)
      } else if device.state == .up {
        find(.cause, "device \(device.number) refused a sound answer: \(Self.kind(error))")
      }
      return .ended(hasMoved: true)
    case .done(let received):
      exchanges += 1
      trace.note(
        now, device.number, "received", received.pulledEntries << 16 | received.pushedEntries)
      noteSuccessor(received.successor, device)
      let isStalled = planted == .stall && device.number == 1
      let hasMoved = wrote || received.pulledEntries + received.pushedEntries > 0 || isStalled
      switch received.next {
      case .revoked:
        device.state = .stopped
        return .ended(hasMoved: true)
      case .complete:
        sessions += 1
        noteReceived(device)
        let haveFilesMoved = carryFiles(device)
        return .ended(hasMoved: hasMoved || haveFilesMoved)
      case .recovering, .busy: return .ended(hasMoved: true)
      case .again, .epochChanged, .retryInFull: return .goesOn
      }
    }
  }
}
