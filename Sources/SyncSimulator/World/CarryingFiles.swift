internal import ReplicaStore
internal import SyncCore

/// A device's lane of files, after a sync that was complete (attachments §7).
struct FileRun {
  var file: FileTransfer
  var sent: Replica.FileOutgoing
  /// Those that come after it.
  var rest: ArraySlice<FileTransfer>
}

/// Files over the same lines and to the same hub as text, one message at a time.
extension Simulation {
  /// False when there is nothing to give or to fetch.
  func beginFiles(_ device: Device) -> Bool {
    guard swarm.files else { return false }
    switch attempt(device, { try self.waitingFiles(device, $0) }) {
    case .crashed: return true
    case .failed:
      trace.note(now, device.number, "no files")
      return device.state != .up
    case .done(let files):
      guard !files.isEmpty else { return false }
      return goOn(device, files[...])
    }
  }

  private func waitingFiles(_ device: Device, _ replica: Replica) throws -> [FileTransfer] {
    // Nothing leaves a device that the ledger does not know of.
    try ledger.files.register(device)
    if planted == .unsentFile { try plantReceivedFiles(replica) }
    return try replica.filesToMove()
  }

  /// The next file; false when there is none.
  private func goOn(_ device: Device, _ files: ArraySlice<FileTransfer>) -> Bool {
    guard let next = files.first else { return false }
    send(device, next, rest: files.dropFirst())
    return true
  }

  private func send(_ device: Device, _ file: FileTransfer, rest: ArraySlice<FileTransfer>) {
    // A budget ends the lane between two messages.
    guard !attaching.happens(30) else { return endFiles(device) }
    let bytesMax = max(file.bytesNeeded, attaching.pick([1, 20_000, 400_000]))
    switch attempt(device, { try file.request(from: $0, bytesMax: bytesMax) }) {
    case .crashed: return
    case .failed(let error):
      trace.note(now, device.number, "no file request")
      guard device.state == .up else { return }
      expectCause(of: error, "device \(device.number) cannot send a file")
      endFiles(device)
    case .done(let sent):
      guard let text = device.session else { return }
      exchangeCount += 1
      device.session = Device.Session(
        exchange: exchangeCount, sent: text.sent, rounds: text.rounds,
        lane: FileRun(file: file, sent: sent, rest: rest))
      fileQuestions[exchangeCount] = Hash.sha256(sent.bytes)
      trace.note(now, device.number, "file request", exchangeCount, bytes: sent.bytes)
      putOnLine(sent.bytes, of: device)
    }
  }

  private func endFiles(_ device: Device) {
    trace.note(now, device.number, "files end")
    endSession(device, retryIn: attachingFor(3_000, 60_000))
  }

  /// No answer came: the same file again, or another sync. False when no file was on its way.
  func cutFile(_ device: Device) -> Bool {
    guard let lane = device.session?.lane else { return false }
    trace.note(now, device.number, "file cut")
    var file = lane.file
    file.cut()
    if attaching.happens(600) {
      send(device, file, rest: lane.rest)
    } else {
      endFiles(device)
    }
    return true
  }

  /// - Parameter exchange: that the answer is of, which may be an older one.
  func receiveFile(_ device: Device, _ bytes: [UInt8]?, exchange: Int, isMangled: Bool) {
    guard let session = device.session, let lane = session.lane else { return }
    let isCurrent = session.exchange == exchange
    guard let bytes else {
      if isCurrent { _ = cutFile(device) }
      return
    }
    let isItsAnswer = !isMangled && fileQuestions[exchange] == Hash.sha256(lane.sent.bytes)
    var file = lane.file
    switch attempt(device, { try file.receive(bytes, to: lane.sent, at: $0) }) {
    case .crashed: return
    case .failed(let error):
      trace.note(now, device.number, "refused file answer")
      guard device.state == .up, isCurrent, !isMangled else { return }
      // What a hub says in another epoch than the device knows counts for nothing.
      if case .done(hub.store?.hubEpoch) = attempt(device, { try $0.knownEpoch() }) {
        expectCause(of: error, "device \(device.number) refused a sound answer about a file")
      }
      endFiles(device)
    case .done(let step):
      exchanges += 1
      trace.note(now, device.number, "file", Self.number(of: step))
      if !isItsAnswer {
        find(.provenance, "device \(device.number) took an answer that was not to its question")
      }
      if lane.file.isGiving { noteGiven(device, step) }
      switch step {
      case .goesOn: send(device, file, rest: lane.rest)
      case .over: if !goOn(device, lane.rest) { endFiles(device) }
      case .stuck:
        expectProgress(device)
        endFiles(device)
      }
    }
  }

  /// A hub that goes back to a copy of itself lacks again what it was given.
  private func expectProgress(_ device: Device) {
    guard !hub.mayHaveLost else { return }
    find(.progress, "the hub lacks again what device \(device.number) just gave it")
  }

  private func noteGiven(_ device: Device, _ step: FileTransfer.Step) {
    guard step == .over(isWhole: true) else { return }
    _ = attempt(device) { _ in try self.ledger.files.noteReceived(device) }
  }

  /// For the trace.
  private static func number(of step: FileTransfer.Step) -> Int {
    switch step {
    case .goesOn: 0
    case .over(let isWhole): isWhole ? 1 : 2
    case .stuck: 3
    }
  }

  // MARK: After the faults

  /// The whole lane over a perfect line. Whether anything of it moved.
  func carryFiles(_ device: Device) -> Bool {
    guard swarm.files,
      case .done(let files) = attempt(device, { try self.waitingFiles(device, $0) })
    else { return false }
    var moved = false
    for waiting in files where device.state == .up {
      var file = waiting
      var step = FileTransfer.Step.goesOn
      var messages = 0
      while step == .goesOn, messages < Self.roundsMax {
        messages += 1
        guard let next = carryOnce(device, &file) else { return moved }
        step = next
        if step == .goesOn || step == .over(isWhole: true) { moved = true }
      }
      if step == .stuck || step == .goesOn {
        find(.progress, "a file of device \(device.number) does not come to an end")
      }
      if waiting.isGiving { noteGiven(device, step) }
    }
    return moved
  }

  /// One message and its answer; nil when there was none.
  private func carryOnce(_ device: Device, _ file: inout FileTransfer) -> FileTransfer.Step? {
    let current = file
    guard case .done(let sent) = attempt(device, { try current.request(from: $0, bytesMax: 300_000) })
    else {
      if device.state == .up { find(.progress, "device \(device.number) cannot send a file") }
      return nil
    }
    trace.note(now, device.number, "file request", 0, bytes: sent.bytes)
    guard case .done(let answer?) = attemptAtHub({ try $0.answerDirectly(sent.bytes) }) else {
      mendHub()
      if hub.isUp, !device.isRevoked {
        find(.progress, "the hub says nothing of a file to device \(device.number)")
      }
      return nil
    }
    switch attempt(device, { try file.receive(answer, to: sent, at: $0) }) {
    case .crashed: return nil
    case .failed(let error):
      if device.state == .up {
        find(.cause, "device \(device.number) refused a sound answer about a file: \(Self.kind(error))")
      }
      return nil
    case .done(let step):
      exchanges += 1
      trace.note(now, device.number, "file", Self.number(of: step))
      return step
    }
  }
}
