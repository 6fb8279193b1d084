import ArgumentParser
import Console
import Identity
import ReplicaStore
import SyncClient
import SyncCore

struct Sync: YarrowCommand {
  static let configuration = CommandConfiguration(
    commandName: "sync", abstract: help("help.yarrow.sync"))

  @Option(name: .long, help: ArgumentHelp(help("help.option.budget"), valueName: "bytes"))
  var budget: String?
  @Flag(name: .long, help: ArgumentHelp(stringLiteral: help("help.option.dry_run")))
  var dryRun = false
  @Option(name: .long, help: ArgumentHelp(stringLiteral: help("help.option.url"))) var url: String?
  @Flag(name: .long, help: ArgumentHelp(stringLiteral: help("help.option.text_only")))
  var textOnly = false
  @OptionGroup var console: ConsoleOptions

  func perform(_ session: Session) async throws {
    let bytes = try budget.map { text in
      guard let bytes = ByteCount.read(text), bytes > 0 else {
        throw CommandFailure(.usage, "failure.bytes", ["option": "--budget"])
      }
      return bytes
    }
    let address = try url.map { text in
      guard let address = HubAddress(text) else {
        throw CommandFailure(.usage, "failure.hub_address", next: "failure.hub_address.next")
      }
      return address
    }
    let replica = try session.open()
    if dryRun { return try preview(replica, session) }
    let bar = ProgressBar("progress.sync", catalog: session.catalog)
    defer { bar.finish() }
    let report = try await HubLine.with(replica, at: address) { client in
      try await client.sync(
        budget: bytes, patience: SyncClient.patience, filesToo: !textOnly
      ) { progress in
        bar.update(fraction: progress.fraction)
      }
    }
    bar.finish()
    // Kept once the hub has answered there: a slip of the pen must not cost the way to it.
    if let address { try replica.setHub(address) }
    try show(report, session)
  }

  private func show(_ report: SyncReport, _ session: Session) throws {
    let catalog = session.catalog
    var text = [
      catalog.text(
        "sync.done",
        [
          "pushed": "\(report.pushed)", "pulled": "\(report.pulled)",
          "received": "\(report.received)",
        ])
    ]
    if report.filesGiven + report.filesFetched > 0 {
      text.append(
        catalog.text(
          "sync.files",
          ["given": "\(report.filesGiven)", "fetched": "\(report.filesFetched)"]))
    }
    if report.filesLeft > 0 {
      text.append(catalog.text("sync.files_left", ["count": "\(report.filesLeft)"]))
    }
    let withdrawals = report.withdrawalsLeft
    if withdrawals.count > 0 {
      text.append(
        catalog.text(
          "sync.withdrawals_left",
          ["count": "\(withdrawals.count)", "bytes": ByteCount.text(withdrawals.bytes)]))
    }
    if report.newHubEpoch != nil { text.append(catalog.text("failure.restored")) }
    if report.hubIsRecovering { text.append(catalog.text("failure.hub_recovering")) }
    if report.quarantined > 0 {
      text.append(catalog.text("glance.quarantined", ["count": "\(report.quarantined)"]))
    }
    text.append(catalog.text(report.complete ? "sync.matches" : "sync.incomplete"))
    try session.output.result(
      [
        "pushed": .integer(report.pushed), "pulled": .integer(report.pulled),
        "received": .integer(report.received), "quarantined": .integer(report.quarantined),
        "bytes_up": .integer(report.bytesUp), "bytes_down": .integer(report.bytesDown),
        "round_trips": .integer(report.roundTrips),
        "checkpoint": CheckpointJSON.value(report.checkpoint),
        "complete": .bool(report.complete),
        "attachments": [
          "sent": .integer(report.filesGiven), "fetched": .integer(report.filesFetched),
          "pending": .integer(report.filesLeft),
        ],
        "withdrawals_left": .integer(withdrawals.count),
        "hub_epoch_changed": .bool(report.newHubEpoch != nil),
        "recovering": .bool(report.hubIsRecovering),
        "successor": .optional(report.successor?.hex),
        "alarms": .strings(report.alarms.map(\.code)),
      ], text: text)
    // The exchanges were sound, so what they brought is shown; the alarm is still the outcome.
    try session.requireSound(report)
  }

  // MARK: What would go

  private func preview(_ replica: Replica, _ session: Session) throws {
    let outlook = try replica.outlook()
    let files = try replica.status().files
    let catalog = session.catalog
    var text = [
      catalog.text(
        "sync.would_send",
        ["count": "\(outlook.entries)", "bytes": ByteCount.text(outlook.bytes)])
    ]
    for part in SensitivityClass.allCases {
      guard let count = outlook.entriesByClass[part], count > 0 else { continue }
      text.append("  \(part.name): \(count) · " + catalog.text("readers.\(part.name)"))
    }
    if files.saved > files.received {
      text.append(
        catalog.text(
          "glance.files_pending",
          [
            "count": "\(files.saved - files.received)", "bytes": ByteCount.text(files.pendingBytes),
          ]))
    }
    if !outlook.readers.isEmpty || outlook.hasRecoveryKey {
      text.append(catalog.text("sync.readers"))
      text += outlook.readers.map { "  \($0)" }
      if outlook.hasRecoveryKey { text.append("  " + catalog.text("sync.recovery")) }
    }
    try session.output.result(
      [
        "pending": .integer(outlook.entries), "pending_bytes": .integer(outlook.bytes),
        "classes": .object(
          SensitivityClass.allCases.map {
            .init($0.name, .integer(outlook.entriesByClass[$0] ?? 0))
          }), "readers": .strings(outlook.readers.map(\.description)),
        "recovery": .bool(outlook.hasRecoveryKey),
        "attachments": .integer(files.saved - files.received),
        "attachment_bytes": .integer(files.pendingBytes), "dry_run": true,
      ], text: text)
  }
}
