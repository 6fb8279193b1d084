internal import Forms
internal import Foundation
internal import GRDB
internal import Identity
internal import ReplicaStore
internal import SyncCore
internal import SyncWire

/// The checks of what was attached (simulation §4).
extension Simulation {
  func checkFiles(_ replicas: [(device: Device, content: DeviceContent)], _ content: HubContent) {
    guard case .done(let stored) = attemptAtHub({ try HubFile.all($0) }) else {
      return find(.progress, "the files of the hub cannot be read")
    }
    var homes: [(device: Device, content: DeviceContent, rows: [FileRow])] = []
    for (device, found) in replicas {
      let read = attempt(device) { replica -> [FileRow] in
        try self.ledger.files.register(device)
        try self.ledger.files.noteReceived(device)
        return try replica.fileRows()
      }
      guard case .done(let rows) = read else {
        find(.verification, "the files of device \(device.number) cannot be read")
        continue
      }
      homes.append((device, found, rows))
    }
    checkStored(stored)
    for key in ledger.files.order where stored[key]?.isWhole != true {
      checkLacking(key, homes.map { ($0.device, $0.rows) }, content)
    }
    for (device, found, rows) in homes {
      checkKept(device, rows, stored)
      checkScope(device, found, rows, content)
      checkShown(device, found, stored, content)
      checkClosed(to: device, stored, content)
    }
  }

  // MARK: At the hub

  /// The hub has nothing but what somebody attached, and all of that as it was sealed.
  private func checkStored(_ stored: [FileLedger.Key: HubFile]) {
    for (key, file) in stored.sorted(by: { $0.value.row < $1.value.row }) {
      trace.note(now, 0, "file", file.isWhole ? 1 : 0, bytes: key.address.bytes)
      guard let known = ledger.files.sealed[key], known.origins.contains(file.origin) else {
        find(.provenance, "the hub holds the file \(Self.name(key)), which nobody attached")
        continue
      }
      if !file.isSound {
        find(.provenance, "the file \(Self.name(key)) at the hub is not what its address says")
      }
    }
  }

  /// Why the hub has not all of a file; without a reason that is a finding.
  private func checkLacking(
    _ key: FileLedger.Key, _ homes: [(device: Device, rows: [FileRow])], _ content: HubContent
  ) {
    guard let known = ledger.files.sealed[key] else { return }
    let givers = homes.filter { home in
      home.rows.contains { $0.key == key && $0.isOwn && $0.isWhole }
    }
    if givers.isEmpty {
      // A hub that was put back, or a laptop that is gone, lost it with the only one who had it.
      if known.isReceived, !hub.mayHaveLost {
        find(.acknowledged, "the file \(Self.name(key)) was received, and is not at the hub")
      }
      let present = known.holders.map { device($0) }
        .filter { $0.state == .up && $0.timesPutBack == 0 }
      for device in present {
        find(.saved, "device \(device.number) no longer has the file \(Self.name(key))")
      }
    }
    for (device, rows) in givers where mayGive(key.record, device, content) {
      let word = rows.first { $0.key == key }?.refused ?? "no word"
      find(
        .acknowledged,
        "the file \(Self.name(key)) of device \(device.number) never came to the hub: \(word)")
    }
  }

  /// Whether a device may still add to a record: the hub knows it and holds nothing of it back.
  private func mayGive(_ record: RecordID, _ device: Device, _ content: HubContent) -> Bool {
    content.records[record] != nil && !content.contested.contains(record)
  }

  // MARK: At devices

  /// What a home called saved is there, and what it calls received is at the hub.
  private func checkKept(
    _ device: Device, _ rows: [FileRow], _ stored: [FileLedger.Key: HubFile]
  ) {
    let own = rows.filter(\.isOwn)
    for key in device.savedFiles where !own.contains(where: { $0.key == key }) {
      find(.saved, "device \(device.number) lost the file \(Self.name(key))")
    }
    for row in own {
      if !row.isWhole { find(.saved, "device \(device.number) lost a part of the file \(Self.name(row.key))") }
      let isStored = stored[row.key]?.isWhole == true
      if row.isReceived != isStored {
        find(
          .acknowledged,
          "device \(device.number) calls the file \(Self.name(row.key)) "
            + (isStored ? "saved, and the hub has it" : "received, and the hub does not have it"))
      }
    }
    guard case .done(let status) = attempt(device, { try $0.status().files }) else { return }
    let told = [status.saved, status.received, status.foreign, status.missing]
    let foreign = rows.filter { !$0.isOwn }
    if told != [
      own.count, own.filter(\.isReceived).count, foreign.count, foreign.filter { !$0.isWhole }.count,
    ] {
      find(.acknowledged, "device \(device.number) counts its files otherwise than they are")
    }
  }

  private func checkScope(
    _ device: Device, _ found: DeviceContent, _ rows: [FileRow], _ content: HubContent
  ) {
    guard !mayLackRecords else { return }
    let wroteIn = Set(found.entries.filter { device.origins.contains($0.origin) }.map(\.record))
    for row in rows where !row.isOwn && !wroteIn.contains(row.key.record) {
      if !isAllowed(row.key.record, device, content) {
        find(.scope, "device \(device.number), a \(device.member.kind), holds the file \(Self.name(row.key))")
      }
    }
  }

  /// Whoever may read a record sees the files that people attached to it, as they were.
  private func checkShown(
    _ device: Device, _ found: DeviceContent, _ stored: [FileLedger.Key: HubFile],
    _ content: HubContent
  ) {
    guard case .done(let lines) = attempt(device, { try $0.attachments() }) else {
      return find(.verification, "device \(device.number) cannot list its files")
    }
    for line in lines {
      let key = FileLedger.Key(record: line.record, address: line.descriptor.address)
      guard let meant = ledger.files.attempts[line.descriptor.name.text],
        meant.record == nil || meant.record == line.record,
        meant.address == nil || meant.address == line.descriptor.address,
        meant.bytes == line.descriptor.size
      else {
        find(.provenance, "device \(device.number) shows the file \(Self.name(key)), which nobody attached")
        continue
      }
      if line.state == .missing {
        if stored[key]?.isWhole == true, isAllowed(line.record, device, content) {
          find(.visibility, "the file \(Self.name(key)) did not come to device \(device.number)")
        }
        continue
      }
      guard case .done(let opened) = attempt(device, { try $0.content(of: line) }),
        Hash.sha256(opened) == meant.digest
      else {
        find(.visibility, "the file \(Self.name(key)) on device \(device.number) is not what was attached")
        continue
      }
    }
    let beyond = recordsBeyondHub(found, content)
    for (record, state) in found.shown
    where state.isOpen && isAllowed(record, device, content) && !beyond.contains(record)
      && !content.contested.contains(record)
    {
      guard let name = ledger.files.onlyName(in: record) else { continue }
      let shown = lines.filter { $0.record == record }.map(\.descriptor.name.text)
      if shown != [name] {
        find(.visibility, "the file of \(record.hex.prefix(8)) is not shown on device \(device.number)")
      }
    }
  }

  /// Asks for each file that is not for a device, as a device that knows its name would.
  private func checkClosed(
    to device: Device, _ stored: [FileLedger.Key: HubFile], _ content: HubContent
  ) {
    for (key, _) in stored.sorted(by: { $0.value.row < $1.value.row })
    where !isAllowed(key.record, device, content) {
      let signer = FoundedProgramme.surroundings(
        SeededSource(seed: 0, purpose: 5), realKeys: swarm.realKeys
      ).signatures
      let asked = attempt(device) { try $0.question(for: key, signer) }
      guard case .done(let question) = asked,
        case .done(let answer?) = attemptAtHub({ try $0.answerDirectly(question) })
      else { continue }
      let response = try? MessageFrame(answer, expecting: .downloadResponse, limits: swarm.limits)
        .downloadResponse(record: key.record, limits: swarm.limits)
      if response?.isHere != false || response?.chunks.isEmpty != true {
        find(.scope, "the hub gives device \(device.number) the file \(Self.name(key))")
      }
    }
  }

  private static func name(_ key: FileLedger.Key) -> String {
    "\(key.address.hex.prefix(8)) of \(key.record.hex.prefix(8))"
  }
}

/// A file as the hub has it.
struct HubFile {
  let row: Int64
  let origin: OriginID
  /// Whether what is there is what the address and the manifest say, and whether all of it is.
  let isSound: Bool
  let isWhole: Bool

  static func all(_ store: HubStore) throws -> [FileLedger.Key: HubFile] {
    try store.db.read { db in
      var files: [FileLedger.Key: HubFile] = [:]
      for row in try Row.fetchAll(db, sql: "SELECT * FROM attachment ORDER BY id") {
        guard let record = RecordID(Array(row["record"] as Data)),
          let address = Digest32(Array(row["address"] as Data)),
          let origin = OriginID(Array(row["origin"] as Data))
        else { continue }
        let manifest = AttachmentManifest(record: record, encoded: row["manifest"] as Data)
        let chunks = try Row.fetchAll(
          db, sql: "SELECT number, bytes FROM attachment_chunk WHERE attachment = ? ORDER BY number",
          arguments: [row["id"] as Int64])
        let isSound =
          manifest?.address == address
          && chunks.allSatisfy {
            manifest?.holds(Array($0["bytes"] as Data), at: $0["number"]) == true
          }
        files[FileLedger.Key(record: record, address: address)] = HubFile(
          row: row["id"], origin: origin, isSound: isSound,
          isWhole: isSound && chunks.count == manifest?.chunks.count)
      }
      return files
    }
  }
}

extension Replica {
  /// A question for a file that this home need not know of.
  fileprivate func question(
    for key: FileLedger.Key, _ signatures: any SignatureScheme
  ) throws -> [UInt8] {
    let token = try read {
      try Data.fetchOne($0, sql: "SELECT value FROM setting WHERE name = 'token'")
    }
    let request = DownloadRequest(
      origin: identity.origin, token: token.map { Array($0) } ?? [], record: key.record,
      address: key.address, byteBudget: 1 << 20, wantsManifest: true, wanted: nil)
    return MessageSigning.sign(
      MessageFrame.encode(request), by: signatures.signer(identity.signing),
      programme: programme.id)
  }
}
