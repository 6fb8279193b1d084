internal import ReplicaStore
internal import SyncCore

/// The checks of a healed world (simulation §4).
extension Simulation {
  func check() {
    do { try plantInStores() } catch {
      return find(.verification, "the fault could not be planted: \(error)")
    }
    guard let store = hub.store, case .done(let content) = attemptAtHub({ try HubContent($0) }) else {
      return find(.progress, "the hub cannot be read")
    }
    checkProvenance(content)
    checkReceived(content)
    checkHeld(content)
    var replicas: [(device: Device, content: DeviceContent)] = []
    for device in devices where device.state == .up {
      if case .done(let problem?) = attempt(device, { try self.savedProblem(device, $0) }) {
        find(.saved, problem)
      }
      switch attempt(device, { try DeviceContent($0) }) {
      case .done(let found): replicas.append((device, found))
      case .failed where device.flips > 0: continue
      default: find(.verification, "device \(device.number) cannot be read")
      }
    }
    for (device, found) in replicas {
      checkOwnLog(device, found, content)
      checkScope(device, found, content)
      checkCompleteness(device, found, content)
      checkVisibility(device, found, content)
    }
    checkConvergence(replicas, content)
    if swarm.files { checkFiles(replicas, content) }
    checkStores(store)
  }

  // MARK: What is there

  private func checkProvenance(_ content: HubContent) {
    for hash in content.order {
      guard let written = ledger.entries[hash] else {
        find(.provenance, "the hub holds \(hash.hex.prefix(12)), which nobody wrote")
        continue
      }
      if written.origin != content.entries[hash]?.origin {
        find(.provenance, "the hub holds \(hash.hex.prefix(12)) under another origin")
      }
    }
  }

  /// Whoever moves or assigns a record that moved away meanwhile is held back; whether two of them
  /// met shows only from the order in which they came. Nobody writes anything else out of scope.
  private func isOutOfReach(_ hash: EntryHash, _ content: HubContent) -> Bool {
    guard swarm.moves, let kind = content.entries[hash]?.kind else { return false }
    return kind == .move || kind == .assign
  }

  /// A hub that was put back may have lost a record, or a move, with the laptop that had it.
  var mayLackRecords: Bool {
    hub.mayHaveLost && devices.contains { $0.state != .up || $0.isForked }
  }

  private func checkHeld(_ content: HubContent) {
    for (hash, reason) in content.held
    where !(reason == "scope" && (mayLackRecords || isOutOfReach(hash, content))) {
      let what = content.entries[hash].map { "\($0.kind) of a \($0.form)" } ?? "an entry"
      let author = ledger.entries[hash].map { " by device \($0.author)" } ?? ""
      find(.visibility, "\(hash.hex.prefix(12)), \(what)\(author), is held back: \(reason)")
    }
  }

  private func checkReceived(_ content: HubContent) {
    for hash in ledger.received where content.entries[hash] == nil {
      guard let written = ledger.entries[hash] else { continue }
      // A hub that was put back gets from its devices what it lost; from a laptop that is lost or
      // may not speak any more it cannot.
      let isBeyondHelp =
        hub.mayHaveLost
        && !devices.contains {
          $0.origins.contains(written.origin) && $0.state == .up && !$0.isForked
        }
      if !isBeyondHelp {
        find(.acknowledged, "\(hash.hex.prefix(12)) of device \(written.author) is not at the hub")
      }
    }
  }

  private func checkOwnLog(_ device: Device, _ found: DeviceContent, _ content: HubContent) {
    for entry in found.entries {
      if ledger.entries[entry.hash]?.origin != entry.origin {
        find(.provenance, "device \(device.number) holds \(entry.hash.hex.prefix(12)), which nobody wrote")
      }
      if device.origins.contains(entry.origin), content.entries[entry.hash] == nil {
        find(.acknowledged, "\(entry.hash.hex.prefix(12)) of device \(device.number) never came to the hub")
      }
    }
  }

  // MARK: Who may have what

  func isAllowed(_ record: RecordID, _ device: Device, _ content: HubContent) -> Bool {
    // A committee pulls releases, whoever assigns it what.
    guard device.member.kind != .committee, let known = content.records[record] else { return false }
    if known.people.contains(where: { content.isFamily($0, device.origin) }) { return true }
    switch device.member.kind {
    case .liaison, .committee: return false
    case .reader, .waiting: return device.member.areas.contains(known.area)
    }
  }

  private func checkScope(_ device: Device, _ found: DeviceContent, _ content: HubContent) {
    let wroteIn = Set(found.entries.filter { device.origins.contains($0.origin) }.map(\.record))
    for entry in found.entries where !device.origins.contains(entry.origin) {
      let isAllowed =
        entry.isSystem
        ? device.member.role == .caseWorker
        : wroteIn.contains(entry.record) || isAllowed(entry.record, device, content)
      if !isAllowed, entry.isSystem || !mayLackRecords {
        let kind = content.entries[entry.hash].map { "\($0.kind)" } ?? "what the hub has not"
        find(
          .scope,
          "device \(device.number), a \(device.member.kind), holds \(entry.hash.hex.prefix(12)), \(kind)")
      }
      // What came before the hub was put back may be of a record that it does not know any more.
      if content.entries[entry.hash]?.isOutOfScope == true, !mayLackRecords {
        find(.scope, "device \(device.number) was given \(entry.hash.hex.prefix(12)), which is held back")
      }
    }
    if device.member.kind != .reader, found.opened.contains(where: { !content.isFamily($0, device.origin) }) {
      find(.scope, "device \(device.number) can open what others sealed")
    }
  }

  /// Every entry that a device's scope names is on it.
  private func checkCompleteness(_ device: Device, _ found: DeviceContent, _ content: HubContent) {
    let held = Set(found.entries.map(\.hash))
    for hash in content.order where !held.contains(hash) {
      guard let entry = content.entries[hash], !entry.isOutOfScope else { continue }
      let isDue =
        entry.isSystem
        ? device.member.role == .caseWorker : isAllowed(entry.record, device, content)
      if isDue { find(.visibility, "\(hash.hex.prefix(12)) is not on device \(device.number)") }
    }
    let shown = Set(found.shown.map(\.record))
    for record in Set(found.entries.filter { !$0.isSystem }.map(\.record)).sorted()
    where !shown.contains(record) && isAllowed(record, device, content) {
      find(.visibility, "record \(record.hex.prefix(8)) is not shown on device \(device.number)")
    }
  }

  // MARK: What is shown

  private func checkVisibility(_ device: Device, _ found: DeviceContent, _ content: HubContent) {
    var expected: [RecordID: [String: Set<EntryHash>]] = [:]
    var replaced: Set<ReplacedWrite> = []
    for hash in content.order {
      guard let written = ledger.entries[hash] else { continue }
      for (field, names) in written.writes {
        expected[written.record, default: [:]][field, default: []].insert(hash)
        for name in names { replaced.insert(ReplacedWrite(hash: name, field: field)) }
      }
    }
    let beyond = recordsBeyondHub(found, content)
    for (record, state) in found.shown where !content.contested.contains(record) {
      guard isAllowed(record, device, content), !beyond.contains(record) else { continue }
      for field in Ledger.followed.sorted() {
        let wanted = (expected[record]?[field] ?? []).filter {
          !replaced.contains(ReplacedWrite(hash: $0, field: field))
        }
        if wanted != state.remaining[field] ?? [] {
          find(.visibility, "\(field) of \(record.hex.prefix(8)) on device \(device.number)")
        }
      }
      if !state.differing.isSubset(of: state.contested)
        || state.contested.isEmpty == state.isListedAsConflict
      {
        // A set field can be listed without being followed here, never the other way round.
        if !state.contested.isEmpty || !state.differing.isEmpty {
          find(.visibility, "a conflict of \(record.hex.prefix(8)) is not shown on device \(device.number)")
        }
      }
    }
  }

  private struct ReplacedWrite: Hashable {
    let hash: EntryHash
    let field: String
  }

  /// Who can open all of a record agrees with everybody else who can.
  private func checkConvergence(
    _ replicas: [(device: Device, content: DeviceContent)], _ content: HubContent
  ) {
    var first: [RecordID: (device: Int, digest: Digest32)] = [:]
    for (device, found) in replicas {
      let beyond = recordsBeyondHub(found, content)
      for (record, state) in found.shown
      where state.isOpen && !content.contested.contains(record) && !beyond.contains(record)
        && isAllowed(record, device, content)
      {
        trace.note(now, device.number, "state", bytes: state.digest.bytes)
        guard let other = first[record] else {
          first[record] = (device.number, state.digest)
          continue
        }
        if other.digest != state.digest {
          find(
            .convergence,
            "record \(record.hex.prefix(8)) on devices \(other.device) and \(device.number)")
        }
      }
    }
  }

  /// Records of which a device has more than the hub ever will: who wrote it lost it too.
  func recordsBeyondHub(_ found: DeviceContent, _ content: HubContent) -> Set<RecordID> {
    guard mayLackRecords else { return [] }
    return Set(found.entries.filter { content.entries[$0.hash] == nil }.map(\.record))
  }

  // MARK: The stores' own word

  private func checkStores(_ store: HubStore) {
    switch attemptAtHub({ try $0.verify().problems }) {
    case .done(let problems):
      for problem in problems.prefix(5) { find(.verification, "hub: \(problem)") }
    default: if hub.flips == 0 { find(.verification, "the hub cannot verify itself") }
    }
    guard swarm.bitFlips || swarm.crashes || seed % 8 == 0 else { return }
    for device in devices where device.state == .up {
      guard case .done(let report) = attempt(device, { try $0.verify() }) else { continue }
      for problem in report.problems.prefix(3) {
        find(.verification, "device \(device.number): \(problem)")
      }
    }
  }
}
