internal import GRDB
internal import ReplicaStore
internal import SyncCore

/// Calls into the product, any of which may fail or be the last before the power does.
extension Simulation {
  enum Attempt<T> {
    case done(T)
    case failed(any Error)
    case crashed
  }

  func attempt<T>(_ device: Device, _ body: (Replica) throws -> T) -> Attempt<T> {
    let outcome: Attempt<T>
    do {
      // The process may end below, and with it the replica.
      guard let replica = device.replica else { return .crashed }
      outcome = .done(try body(replica))
    } catch { outcome = .failed(error) }
    guard !device.disk.isDead else {
      fall(device)
      return .crashed
    }
    if case .failed(let error) = outcome { judge(error, of: device) }
    return outcome
  }

  /// A power failure: what the call came to, nobody was told.
  private func fall(_ device: Device) {
    trace.note(now, device.number, "power fails", device.disk.operations)
    device.close()
    device.state = .down
    plan(.powerBack(device.number), in: milliseconds(1_000, 60_000))
  }

  func powerBack(_ device: Device) {
    guard device.state == .down else { return }
    device.disk.reboot()
    do {
      try device.open()
      device.state = .up
    } catch {
      device.close()
      guard !device.disk.isDead else { return fall(device) }
      judge(error, of: device)
      // A disk that failed once may not the next time.
      if device.state == .down { plan(.powerBack(device.number), in: 1_000) }
      return
    }
    trace.note(now, device.number, "power is back")
    if case .done(let problem) = attempt(device, { try self.savedProblem(device, $0) }), let problem {
      find(.saved, problem)
    }
    _ = attempt(device) { _ in try self.ledger.register(device) }
    plan(.startSync(device.number), in: milliseconds(100, 20_000))
  }

  /// What is wrong with the newest entry that was called saved; nil when it is there.
  func savedProblem(_ device: Device, _ replica: Replica) throws -> String? {
    guard device.saved.seq > 0 else { return nil }
    let found = try replica.ownHash(seq: device.saved.seq)
    return found == device.saved.hash
      ? nil : "device \(device.number), entry \(device.saved.seq) of its own log"
  }

  /// A damaged file ends a laptop; it must have a cause. Other errors are for the caller.
  private func judge(_ error: any Error, of device: Device) {
    guard Self.isDamage(error) else { return }
    trace.note(now, device.number, "damaged")
    if device.flips == 0, isFaulty, swarm.diskErrors > 0 {
      // The full-text index calls a read that failed damage. It must pass with a new start.
      device.close()
      device.state = .down
      return plan(.powerBack(device.number), in: 1_000)
    }
    if device.flips == 0 {
      find(
        .cause, "device \(device.number) is damaged, and nothing damaged it: \(Self.kind(error))")
    }
    device.close()
    device.state = .lost
  }

  static func isDamage(_ error: any Error) -> Bool {
    if let error = error as? AtRestError {
      return [.wrongKey, .notSealed, .unsupportedFormat, .damaged].contains(error.code)
        || error.underlying.map(isDamage) ?? false
    }
    if let error = error as? StoreError { return error.code == .damaged }
    return StorageFault(error) == .damaged
  }

  // MARK: The hub

  func attemptAtHub<T>(_ body: (HubStore) throws -> T) -> Attempt<T> {
    let outcome: Attempt<T>
    do {
      guard let store = hub.store else { return .crashed }
      outcome = .done(try body(store))
    } catch { outcome = .failed(error) }
    guard !hub.disk.isDead else {
      trace.note(now, 0, "power fails", hub.disk.operations)
      hub.close()
      plan(.powerBack(0), in: milliseconds(1_000, 60_000))
      return .crashed
    }
    if case .failed(let error) = outcome { judgeAtHub(error) }
    return outcome
  }

  private func judgeAtHub(_ error: any Error) {
    // A checkpoint store that could not be written says `damaged` too; only a flipped bit is one.
    guard hub.flips > 0, Self.isDamage(error), !hub.isDamaged else { return }
    trace.note(now, 0, "damaged")
    hub.isDamaged = true
    hub.close()
    plan(.powerBack(0), in: milliseconds(10_000, 60_000))
  }

  func powerBackAtHub() {
    guard !hub.isUp else { return }
    if hub.isDamaged { hub.restoreBackup() } else { hub.disk.reboot() }
    openHub()
  }

  func openHub() {
    do {
      try hub.open()
      hub.refusal = nil
    } catch {
      hub.close()
      let found = (try? SealedDatabase.findings(path: hub.disk.mount + "/hub.db")) ?? []
      hub.refusal = ([Self.kind(error)] + found.map { "\($0.file) \($0.position)" })
        .joined(separator: ", ")
      if !hub.disk.isDead { judgeAtHub(error) }
      plan(.powerBack(0), in: milliseconds(1_000, 20_000))
      return
    }
    trace.note(now, 0, "power is back")
    if hub.store?.isRecovering == true {
      if hub.restores == 0, hub.flips == 0 { find(.cause, "the hub is behind its checkpoints, and nothing put it back") }
      plan(.authoritySignsEpoch, in: milliseconds(1_000, 120_000))
    }
    plan(.hubBatch, in: 1)
  }
}
