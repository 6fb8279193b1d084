internal import Identity
internal import ReplicaStore
internal import SyncCore

/// From the store's words to those of the control channel.
extension HubReport {
  init(_ status: HubStatus, serving: Bool) {
    self.init(
      programme: status.programmeName, url: status.url, areas: status.areas,
      entries: status.entries, records: status.records, devices: status.devices,
      releases: status.releases, quarantined: status.quarantined, forks: status.forks,
      files: status.files, wholeFiles: status.wholeFiles,
      closed: status.closed, size: Int(status.bytes), hubEpoch: status.hubEpoch, isRecovering: status.isRecovering,
      checkpointSize: status.checkpoint?.size, checkpointRoot: status.checkpoint?.root.hex,
      urgent: status.urgent.map { Urgent(code: $0.code, area: $0.area, since: $0.since) },
      authorityKeyPresent: status.authorityKeyPresent,
      recoveryKeyPresent: status.recoveryKeyPresent, words: status.words.description,
      serving: serving)
  }
}

extension DeviceReport {
  init(_ line: DeviceLine, _ book: StatementBook) {
    let device = line.device
    let named = book.statements.last {
      $0.statement.type == .reader && $0.statement.subject == device.origin.bytes
    }
    self.init(
      origin: device.origin.hex, role: device.role.name, areas: device.areas, label: device.label,
      joined: device.joined, lastSeen: device.lastSeen,
      revokedReason: device.isRevoked ? device.revokedReason ?? "" : nil, isReader: line.isReader,
      readerVersion: named?.statement.version ?? 0, headSeq: line.headSeq,
      words: device.words.description, signingKey: device.signing.bytes.hex,
      openingKey: device.opening.bytes.hex, isClosed: device.isClosed,
      predecessor: device.predecessor?.hex)
  }
}

extension BundleReport {
  init(_ here: CarriedHere) {
    self.init(
      origin: here.device.origin.hex, label: here.device.label, requests: here.requests,
      taken: here.taken, entries: here.entries, held: here.held,
      outcome: here.outcome.rawValue, out: nil, bytes: 0, answers: here.answers.count,
      isCutShort: here.isCutShort)
  }
}

extension InviteReport {
  init(_ line: InviteLine) {
    self.init(
      id: line.id, role: line.role.name, areas: line.areas, label: line.label,
      created: line.created, expires: line.expires, state: line.state.rawValue)
  }
}

extension QuarantineReport {
  init(_ line: QuarantineLine) {
    self.init(
      origin: line.origin.hex, seq: line.seq, hash: line.hash.hex, record: line.record.hex,
      form: line.form, reason: line.reason)
  }
}

extension ExportReport {
  init(_ record: HubRecord) {
    self.init(
      record: record.record.hex, code: record.code, form: record.form, area: record.area,
      isWithdrawn: record.isWithdrawn, conflicts: record.conflicts,
      fields: Dictionary(record.fields.map { ($0.name, $0.values) }) { first, _ in first })
  }
}
