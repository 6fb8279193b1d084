internal import Forms
internal import ReplicaStore
internal import SyncCore

/// What people attach: files of a few bytes to several chunks, to notes of reports
/// (simulation §3.1).
extension Simulation {
  func planFiles(_ device: Device) {
    guard swarm.files, device.isWriter else { return }
    plan(.attach(device.number), in: attachingFor(1_000, 40_000))
  }

  func attachingFor(_ low: Int, _ high: Int) -> Int64 { Int64(attaching.between(low, high)) }

  func attach(_ device: Device) {
    plan(.attach(device.number), in: attachingFor(5_000, 80_000))
    guard device.state == .up, !device.isRevoked else { return }
    let draw = attaching.below(100)
    let place = attaching.below(1 << 20)
    let content = fileContent()
    let name = "f\(ledger.files.attempts.count).bin"
    let written = attempt(device) { replica -> (saved: Saved, name: String?, address: Digest32?)? in
      func shown(_ saved: Saved) -> (Saved, String?, Digest32?) {
        // The disk may fail here too, and what is saved is saved.
        let lines = (try? replica.attachments(of: saved.record)) ?? []
        return (saved, name, lines.first { $0.descriptor.name.text == name }?.descriptor.address)
      }
      switch draw {
      case ..<55:
        // A note on a report elsewhere would be of an area that is not the writer's, and held back.
        let areas = device.member.areas
        guard let report = try replica.record(at: place, form: "report", areas: areas) else {
          return (try replica.record(form: "report", answers: self.reportToAttachTo(device)), nil, nil)
        }
        let file = try self.file(content, name, to: nil)
        let answers = Answers(["report": .value(.text(report.hex)), "attachment": file.answer])
        return shown(try replica.record(form: "note", answers: answers, files: [file]))
      case ..<92:
        guard let note = try replica.record(at: place, form: "note") else { return nil }
        let file = try self.file(content, name, to: note)
        let answers = Answers(["attachment": file.answer])
        return shown(try replica.edit(note, answers: answers, files: [file]))
      default:
        guard let note = try replica.record(at: place, form: "note") else { return nil }
        self.ledger.files.noteCleared(note)
        let answers = Answers(["attachment": .value(.cleared)])
        return (try replica.edit(note, answers: answers), nil, nil)
      }
    }
    switch written {
    case .crashed: return
    case .failed(let error): refusedAct(error, device)
    case .done(nil): return
    case .done(let (saved, name, address)?):
      device.saved = LogHead(seq: saved.seq, hash: saved.hash)
      trace.note(now, device.number, "saved", Int(saved.seq), bytes: saved.hash.bytes)
      guard let name else { break }
      trace.note(now, device.number, "attached", content.count, bytes: Hash.sha256(content).bytes)
      ledger.files.noteSaved(name, of: saved.record, address: address)
      if let address {
        device.savedFiles.append(FileLedger.Key(record: saved.record, address: address))
      }
    }
    _ = attempt(device) { _ in try self.ledger.register(device) }
  }

  /// Notes it before anything of it is saved: the power may fail before anybody is told that it is.
  private func file(
    _ content: [UInt8], _ name: String, to record: RecordID?
  ) throws -> AttachmentContent {
    ledger.files.noteAttempt(name, content, record)
    var content = content
    if planted == .alteredFile { content[0] ^= 1 }
    return try AttachmentContent(content, path: name, keepsMetadata: true)
  }

  /// Around the ends of chunks, and now and then what was attached before: to the same record it is
  /// the same file, to another it is another.
  private func fileContent() -> [UInt8] {
    let limit = attaching.pick([1, 40, 3_000, 14_000, 16_383, 16_384, 20_000, 36_000, 70_000])
    let count = max(1, limit - attaching.below(limit / 3 + 1))
    let isKnown = attaching.happens(250)
    var bytes = SeededGenerator(
      seed: isKnown ? UInt64(attaching.below(3)) : attaching.next(), purpose: 11)
    var content: [UInt8] = []
    let length = isKnown ? 17_000 : count
    content.reserveCapacity(length + 8)
    while content.count < length {
      withUnsafeBytes(of: bytes.next().littleEndian) { content += $0 }
    }
    content.removeLast(content.count - length)
    return content
  }

  private func reportToAttachTo(_ device: Device) -> Answers {
    Answers([
      "district": .value(.text(attaching.pick(device.member.areas))),
      "received_at": .value(.text("2026-03-01T09:00:00Z")), "channel": .value(.text("in_person")),
    ])
  }
}
