internal import Identity
internal import ReplicaStore
internal import SyncCore

/// Answers an operator's requests, in a serving hub and in a command alike.
struct ControlHandler: Sendable {
  /// Runs what writes while nothing else does.
  typealias Exclusively = @Sendable (() throws -> Void) throws -> Void

  let store: HubStore
  let isServing: Bool
  let exclusively: Exclusively

  init(store: HubStore, isServing: Bool, exclusively: @escaping Exclusively) {
    self.store = store
    self.isServing = isServing
    self.exclusively = exclusively
  }

  /// Sends the lines of an answer, ``ControlResponse/end`` or a failure last.
  ///
  /// - Throws: what `send` throws, and nothing else.
  func answer(
    _ request: ControlRequest, _ send: (ControlResponse) throws -> Void
  ) throws {
    var sending: (any Error)?
    let failure: ControlResponse
    do {
      try perform(request) { line in
        do { try send(line) } catch {
          sending = error
          throw error
        }
      }
      return try send(.end)
    } catch {
      if let sending { throw sending }
      failure = Self.failure(error)
    }
    try send(failure)
  }

  private func perform(
    _ request: ControlRequest, _ send: (ControlResponse) throws -> Void
  ) throws {
    switch request {
    case .status: try send(.status(HubReport(try store.status(), serving: isServing)))
    case .devices:
      let book = store.book
      for line in try store.devices() { try send(.device(DeviceReport(line, book))) }
    case .device(let prefix):
      try send(.device(DeviceReport(try store.device(prefix: prefix), store.book)))
    case .invites: for line in try store.invites() { try send(.invite(InviteReport(line))) }
    case .statements:
      for statement in store.book.statements { try send(.statement(hex: statement.encoded.hex)) }
    case .nextHubStatement:
      let next = try store.nextHubStatement()
      try send(.unsigned(hex: next.payload.hex, version: next.version))
    case .policy:
      guard let policy = store.book.policy else {
        throw StoreError(.notFound, "There is no disclosure policy; policy set signs one.")
      }
      try send(.policy(yamlHex: policy.yaml.hex, version: policy.version))
    case .quarantine: for line in try store.quarantine() { try send(.held(QuarantineReport(line))) }
    case .verify:
      let found = try store.verify()
      try send(.verified(entries: found.entries, ok: found.isSound, problems: found.problems))
    case .export(let form, let format): try export(form: form, format: format, send)
    case .backup(let path): try store.backup(to: path)
    case .takeBundle(let path, let out): try send(.bundleTaken(try takeBundle(path, out)))
    case .invite, .cancelInvite, .setAreas, .revoke, .setURL, .addArea, .addStatement, .release:
      // Sent after the writer is free again: a slow reader holds up nobody.
      var lines: [ControlResponse] = []
      try exclusively { lines = try change(request) }
      for line in lines { try send(line) }
    }
  }

  private func change(_ request: ControlRequest) throws -> [ControlResponse] {
    switch request {
    case .invite(let roleName, let areas, let label, let seconds):
      guard let role = Membership.Role(name: roleName) else {
        throw StoreError(.invalidAnswers, "A role is liaison, caseworker or committee.")
      }
      let invite = try store.run { writer in
        try writer.invite(role: role, areas: areas, label: label, expiresIn: seconds)
      }
      return [.invited(text: invite.text)]
    case .cancelInvite(let id): try store.run { try $0.cancelInvite(id) }
    case .setAreas(let prefix, let areas):
      let origin = try store.device(prefix: prefix).device.origin
      try store.run { try $0.setAreas(origin, areas) }
    case .revoke(let prefix, let reason):
      let origin = try store.device(prefix: prefix).device.origin
      try store.run { try $0.revoke(origin, reason: reason) }
    case .setURL(let url): try store.run { try $0.setURL(url) }
    case .addArea(let code): try store.run { try $0.addArea(code) }
    case .addStatement(let hex):
      guard let bytes = [UInt8](hex: hex) else {
        throw StoreError(.refusedStatement, "The statement is not in hexadecimal digits.")
      }
      let signed = try SignedStatement(
        encoded: bytes, programme: store.keys.programme, limits: store.limits)
      try store.run { try $0.add(signed) }
    case .release:
      let made = try store.makeRelease()
      return [
        .released(
          number: made.number, entries: made.entries, withheld: made.withheld,
          disclosed: made.disclosed)
      ]
    default: preconditionFailure("only what writes comes here")
    }
    return []
  }

  private func export(
    form: String?, format: String, _ send: (ControlResponse) throws -> Void
  ) throws {
    let count = try store.export(form: form) { try send(.record(ExportReport($0))) }
    try exclusively { try store.run { try $0.logExport(format: format, records: count) } }
    try send(.exported(records: count))
  }

  private func takeBundle(_ path: String, _ out: String?) throws -> BundleReport {
    if let out { try CarriedFile.requireFree(out) }
    let file = try CarriedFile.read(path, bytesMax: BundleSealer.bytesMax)
    let here = try store.take(bundle: file, exclusively: exclusively)
    var report = BundleReport(here)
    if let out, !here.answers.isEmpty {
      let answers = try store.seal(answersOf: here)
      try CarriedFile.write(answers, to: out)
      report.out = out
      report.bytes = answers.count
    }
    return report
  }

  /// Our own errors say what to do and hold no value; of others only the type is told.
  static func failure(_ error: any Error) -> ControlResponse {
    let code = HubServerError.Code.refused.rawValue
    if let fault = StorageFault(error) {
      return .failed(
        code: HubServerError.Code.storage.rawValue, storeCode: fault.rawValue,
        message: "The hub's store failed (\(fault.rawValue)); look at the disk.")
    }
    switch error {
    case let error as StoreError:
      return .failed(code: code, storeCode: "\(error.code)", message: error.description)
    case let error as IdentityError:
      return .failed(code: code, storeCode: "\(error.code)", message: error.description)
    case let error as HubServerError:
      return .failed(
        code: error.code.rawValue, storeCode: error.storeCode, message: error.description)
    default:
      return .failed(
        code: HubServerError.Code.storage.rawValue, storeCode: nil,
        message: "The hub's store failed (\(type(of: error))); run verify, and look at the disk.")
    }
  }
}
