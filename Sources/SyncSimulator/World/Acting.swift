internal import Forms
internal import Identity
internal import ReplicaStore
internal import SyncCore

/// What the person at a device does between two syncs.
extension Simulation {
  func act(_ device: Device) {
    plan(.act(device.number), in: milliseconds(2_000, 50_000))
    guard device.state == .up, !device.isRevoked else { return }
    let draw = chance.below(100)
    let place = chance.below(1 << 20)
    let changes = someAnswers()
    let report = chance.happens(100)
    let area = chance.pick(FoundedProgramme.areas)
    let district = chance.pick(device.member.areas)
    let written = attempt(device) { replica -> Saved? in
      switch draw {
      case ..<45:
        return try report
          ? replica.record(form: "report", answers: Self.report(district, changes))
          : replica.record(form: VisitForm.name, answers: changes.adding("district", district))
      case ..<80: return try self.edit(replica, place, changes)
      case ..<88: return try self.resolve(replica, place)
      case ..<93 where self.swarm.withdrawals:
        guard let record = try replica.record(at: place, onlyOwn: true) else { return nil }
        return try replica.withdraw(record, reason: "mistake")
      case ..<96 where self.swarm.moves && device.member.kind == .reader:
        guard let record = try replica.record(at: place, onlyOwn: false) else { return nil }
        return try replica.move(record, to: area)
      case ..<100 where self.swarm.moves && device.member.kind == .reader:
        guard let record = try replica.record(at: place, onlyOwn: false) else { return nil }
        return try replica.assign(record, to: self.chance.pick(self.devices).origin).saved
      default: return nil
      }
    }
    switch written {
    case .crashed: return
    case .failed(let error): refusedAct(error, device)
    case .done(nil): return
    case .done(let saved?):
      device.saved = LogHead(seq: saved.seq, hash: saved.hash)
      trace.note(now, device.number, "saved", Int(saved.seq), bytes: saved.hash.bytes)
    }
    _ = attempt(device) { _ in try self.ledger.register(device) }
  }

  /// What a person may be told, and goes on. Anything else needs a broken disk for a cause.
  func refusedAct(_ error: any Error, _ device: Device) {
    trace.note(now, device.number, "act refused")
    guard device.state == .up else { return }
    if error is Replica.Refusal { return }
    if let error = error as? StoreError {
      switch error.code {
      case .nothingToChange, .notFound, .notOpenable, .invalidAnswers: return
      // Somebody used a version of the form that has not come here yet.
      case .formRefused where swarm.formUpgrade: return
      default: break
      }
    }
    if swarm.diskErrors == 0, !swarm.fullDisks {
      find(.cause, "device \(device.number) could not write: \(Self.kind(error))")
    }
  }

  private func someAnswers() -> Answers {
    var fields: [String: Answer] = [:]
    if chance.happens(600) { fields["status"] = .value(.text(chance.pick(VisitForm.states))) }
    if chance.happens(400) { fields["urgency"] = .value(.text(chance.pick(VisitForm.levels))) }
    if chance.happens(300) {
      fields["needs"] = .codes(VisitForm.needs.filter { _ in chance.happens(400) })
    }
    if chance.happens(300) {
      fields["words"] = .value(.text("What was said, \(chance.below(1_000)) times."))
    }
    if chance.happens(150) { fields["person"] = .value(.text("Somebody \(chance.below(1_000))")) }
    if fields.isEmpty { fields["status"] = .value(.text("seen")) }
    return Answers(fields)
  }

  private static func report(_ district: String, _ visit: Answers) -> Answers {
    var fields: [String: Answer] = [
      "district": .value(.text(district)), "received_at": .value(.text("2026-03-01T09:00:00Z")),
      "channel": .value(.text("in_person")),
    ]
    if let words = visit.fields["words"] { fields["summary"] = words }
    return Answers(fields)
  }

  private func edit(_ replica: Replica, _ place: Int, _ changes: Answers) throws -> Saved? {
    guard let record = try replica.record(at: place, onlyOwn: false) else { return nil }
    let isReport = try replica.show(record).line.form == "report"
    return try replica.edit(
      record, answers: isReport ? Answers(["channel": .value(.text("phone"))]) : changes)
  }

  /// Decides one conflict, for the write that the reader is shown first.
  private func resolve(_ replica: Replica, _ place: Int) throws -> Saved? {
    let conflicts = try replica.conflicts()
    guard !conflicts.isEmpty else { return nil }
    let (line, fields) = conflicts[place % conflicts.count]
    guard let field = fields.first, let kept = field.remaining.first else { return nil }
    return try replica.resolve(line.record, field: field.name, keeping: .write(kept.hash.hex))
  }
}

extension Answers {
  fileprivate func adding(_ name: String, _ code: String) -> Answers {
    var copy = self
    copy.fields[name] = .value(.text(code))
    return copy
  }
}
