import ArgumentParser
import Console
import HubServer
import ReplicaStore

struct StatusCommand: HubCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: help("help.hub.status"))

  @OptionGroup var hub: HubOptions

  func perform(_ session: HubSession) async throws {
    let report = try session.status(try session.control())
    let status = StatusText(report, session)
    try session.output.result(status.json, text: session.output.isJSON ? [] : status.lines)
    // The figures stand either way; a script that waits for the hub goes by the exit status.
    guard report.serving else {
      throw CommandFailure(
        .hubUnavailable, Message("hub.stopped", ["path": session.home.path]),
        next: Message("failure.home_missing.next", ["program": "yarrow-hub", "command": "serve"]))
    }
  }
}

/// A hub in figures, for programs and for people.
struct StatusText {
  private let report: HubReport
  private let session: HubSession

  init(_ report: HubReport, _ session: HubSession) {
    self.report = report
    self.session = session
  }

  private var state: String {
    guard report.serving else { return "stopped" }
    return report.isRecovering ? "recovering" : "serving"
  }

  /// Codes of what needs attention.
  private var alarms: [String] {
    var codes: [String] = []
    if report.isRecovering { codes.append("recovering") }
    if report.authorityKeyPresent { codes.append("authority-key-present") }
    if report.recoveryKeyPresent { codes.append("recovery-key-present") }
    if report.forks > 0 { codes.append("forks") }
    if report.closed > 0 { codes.append("closed") }
    if report.quarantined > 0 { codes.append("quarantined") }
    if !report.urgent.isEmpty { codes.append("urgent") }
    return codes
  }

  var json: JSONValue {
    [
      "state": .string(state), "programme": .string(report.programme), "url": .string(report.url),
      "areas": .strings(report.areas), "words": .string(report.words),
      "entries": .integer(report.entries), "records": .integer(report.records),
      "devices": .integer(report.devices), "releases": .integer(report.releases),
      "quarantined": .integer(report.quarantined), "forks": .integer(report.forks),
      "closed": .integer(report.closed),
      "attachments": [
        "files": .integer(report.files), "whole": .integer(report.wholeFiles),
      ],
      "size_bytes": .integer(report.size), "hub_epoch": .integer(report.hubEpoch),
      "recovering": .bool(report.isRecovering),
      "checkpoint": report.checkpointSize.map {
        ["size": .integer($0), "root": .optional(report.checkpointRoot)]
      } ?? .null,
      "urgent": .array(
        report.urgent.map {
          ["code": .string($0.code), "area": .string($0.area), "since": .integer($0.since)]
        }),
      "alarms": .strings(alarms),
    ]
  }

  var lines: [String] {
    let catalog = session.catalog
    var table = TextTable()
    func row(_ key: String, _ value: String) {
      table.append([catalog.text("hub.status.\(key)"), value])
    }
    row("programme", report.programme)
    row("state", catalog.text("hub.state.\(state)"))
    row("url", report.url)
    row("areas", report.areas.joined(separator: ", "))
    row("entries", "\(report.entries)")
    row("records", "\(report.records)")
    row("devices", "\(report.devices)")
    row("releases", "\(report.releases)")
    row("quarantined", "\(report.quarantined)")
    if report.files > 0 {
      row("files", "\(report.wholeFiles) / \(report.files - report.wholeFiles)")
    }
    row("size", ByteCount.text(report.size))
    if let size = report.checkpointSize, let root = report.checkpointRoot {
      row("checkpoint", "\(size)  \(root.prefix(16))")
    }
    row("words", report.words)
    return table.lines() + alarmLines
  }

  private var alarmLines: [String] {
    let catalog = session.catalog
    var lines: [String] = []
    if report.isRecovering { lines.append(catalog.text("hub.alarm.recovering")) }
    if report.authorityKeyPresent || report.recoveryKeyPresent {
      lines.append(catalog.text("alarm.keys_present", ["path": session.home.path]))
    }
    if report.forks > 0 {
      lines.append(catalog.text("hub.alarm.forks", ["count": "\(report.forks)"]))
    }
    if report.closed > 0 {
      lines.append(catalog.text("hub.alarm.closed", ["count": "\(report.closed)"]))
    }
    if report.quarantined > 0 {
      lines.append(catalog.text("hub.alarm.quarantined", ["count": "\(report.quarantined)"]))
    }
    let now = LocalClock.now()
    for urgent in report.urgent {
      lines.append(
        catalog.text(
          "hub.alarm.urgent",
          [
            "record": urgent.code, "area": urgent.area,
            "time": RelativeTime.span(seconds: now - urgent.since, in: catalog),
          ]))
    }
    return lines
  }
}
