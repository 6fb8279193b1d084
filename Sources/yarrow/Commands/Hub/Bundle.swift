import ArgumentParser
import Console
import Identity
import ReplicaStore
import SyncCore

/// The same sync, carried by hand (cli `bundle`).
struct Bundle: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: help("help.yarrow.bundle"), subcommands: [Create.self, Apply.self])

  struct Create: YarrowCommand {
    static let configuration = CommandConfiguration(
      abstract: help("help.yarrow.bundle.create"))

    @Argument(help: ArgumentHelp(help("help.argument.bundle_new"), valueName: "file"))
    var file: String
    @OptionGroup var console: ConsoleOptions

    func perform(_ session: Session) async throws {
      try CarriedFile.requireFree(file)
      let replica = try session.open()
      let lock = try SyncLock(replica.home)
      defer { withExtendedLifetime(lock) {} }
      let bundle = try replica.makeBundle()
      try CarriedFile.write(bundle.bytes, to: file)
      let catalog = session.catalog
      var text = [
        catalog.text(
          "bundle.made",
          [
            "path": file, "entries": "\(bundle.entries)", "records": "\(bundle.reports)",
            "bytes": ByteCount.text(bundle.bytes.count),
          ])
      ]
      if !bundle.isWhole { text.append(catalog.text("bundle.not_whole")) }
      text.append(catalog.text("bundle.carry"))
      try session.output.result(
        BundleJSON(
          pushed: bundle.entries, bytesUp: bundle.bytes.count, isComplete: bundle.isWhole
        ).value(
          try replica.status(),
          beside: [.init("file", .string(file)), .init("reports", .integer(bundle.reports))]),
        text: text)
    }
  }

  struct Apply: YarrowCommand {
    static let configuration = CommandConfiguration(
      abstract: help("help.yarrow.bundle.apply"))

    @Argument(help: ArgumentHelp(help("help.argument.bundle"), valueName: "file"))
    var file: String
    @OptionGroup var console: ConsoleOptions

    func perform(_ session: Session) async throws {
      let bytes = try CarriedFile.read(file, bytesMax: BundleSealer.bytesMax)
      let replica = try session.open()
      let lock = try SyncLock(replica.home)
      defer { withExtendedLifetime(lock) {} }
      let carried = try replica.receive(bundle: bytes)
      try show(carried, bytes.count, replica, session)
      try session.requireSound(carried)
    }

    private func show(
      _ carried: Replica.CarriedIn, _ bytes: Int, _ replica: Replica, _ session: Session
    ) throws {
      let catalog = session.catalog
      let status = try replica.status()
      var text = [
        catalog.text(
          "sync.done",
          [
            "pushed": "\(carried.pushed)", "pulled": "\(carried.pulled)",
            "received": "\(carried.received)",
          ])
      ]
      if carried.newHubEpoch != nil { text.append(catalog.text("failure.restored")) }
      if carried.apart > 0 {
        text.append(catalog.text("bundle.apart"))
      } else if carried.news == 0 {
        text.append(catalog.text("bundle.nothing_new"))
      }
      if status.quarantined > 0 {
        text.append(catalog.text("glance.quarantined", ["count": "\(status.quarantined)"]))
      }
      if carried.isToRepeat || carried.newHubEpoch != nil {
        text.append(catalog.text("bundle.repeat"))
      } else if !carried.isComplete, carried.apart == 0 {
        text.append(catalog.text("bundle.more"))
      }
      if carried.news > 0, carried.checkpointHolds { text.append(catalog.text("sync.matches")) }
      try session.output.result(
        BundleJSON(carried, bytes: bytes).value(
          status,
          beside: [
            .init("file", .string(file)), .init("answers", .integer(carried.answers)),
            .init("news", .integer(carried.news)), .init("stale", .bool(carried.news == 0)),
            .init("apart", .integer(carried.apart)), .init("repeat", .bool(carried.isToRepeat)),
          ]), text: text)
    }
  }
}

extension Replica.CarriedIn {
  /// Whether what was new was proven, rather than put off.
  fileprivate var checkpointHolds: Bool {
    !isToRepeat && !hubIsRecovering && !isRevoked && leaving == nil
  }
}

extension Session {
  /// Ends the command when the answers were sound and what they told was not.
  fileprivate func requireSound(_ carried: Replica.CarriedIn) throws {
    if let alarm = carried.alarms.first { throw failure(alarm) }
    if let origin = carried.successor {
      throw CommandFailure(
        .checkFailed, "sync.gone_on", ["origin": String(origin.hex.prefix(12))],
        next: "sync.gone_on.next")
    }
    if let alarm = carried.leaving { throw failure(alarm) }
    if carried.isRevoked { throw CommandFailure(.refused, "failure.revoked") }
    if carried.hubIsRecovering {
      throw CommandFailure(.hubUnavailable, "failure.hub_recovering")
    }
  }
}

/// The keys that a sync has, for what was carried by hand.
private struct BundleJSON {
  var pushed = 0
  var pulled = 0
  var received = 0
  var bytesUp = 0
  var bytesDown = 0
  var isComplete: Bool
  var newHubEpoch: UInt64?
  var isRecovering = false
  var successor: OriginID?
  var alarms: [SyncAlarm] = []

  init(pushed: Int, bytesUp: Int, isComplete: Bool) {
    self.pushed = pushed
    self.bytesUp = bytesUp
    self.isComplete = isComplete
  }

  init(_ carried: Replica.CarriedIn, bytes: Int) {
    pushed = carried.pushed
    pulled = carried.pulled
    received = carried.received
    bytesDown = bytes
    isComplete = carried.isComplete
    newHubEpoch = carried.newHubEpoch
    isRecovering = carried.hubIsRecovering
    successor = carried.successor
    alarms = carried.alarms + (carried.leaving.map { [$0] } ?? [])
  }

  func value(_ status: ReplicaStatus, beside: [JSONValue.Member]) -> JSONValue {
    .object(
      beside + [
        .init("pushed", .integer(pushed)), .init("pulled", .integer(pulled)),
        .init("received", .integer(received)), .init("quarantined", .integer(status.quarantined)),
        .init("bytes_up", .integer(bytesUp)), .init("bytes_down", .integer(bytesDown)),
        .init("round_trips", .integer(0)),
        .init("checkpoint", CheckpointJSON.value(status.checkpoint)),
        .init("complete", .bool(isComplete)),
        .init("hub_epoch_changed", .bool(newHubEpoch != nil)),
        .init("recovering", .bool(isRecovering)), .init("successor", .optional(successor?.hex)),
        .init("alarms", .strings(alarms.map(\.code))),
      ])
  }
}
