import Console
import Identity
import ReplicaStore
import SyncCore

/// The figures of `status` and of the first screen.
struct StatusOutput {
  private let status: ReplicaStatus
  private let next: NextSync
  private let withdrawals: WaitingWithdrawals
  private let session: Session

  init(_ status: ReplicaStatus, _ replica: Replica, _ session: Session) throws {
    self.status = status
    self.session = session
    next = try replica.nextSync()
    withdrawals = try replica.waitingWithdrawals()
  }

  private var catalog: Catalog { session.catalog }

  /// Whether there is anything that this device knows to go or to come.
  private var isIdle: Bool {
    status.pending == 0 && status.files.waiting == 0 && status.gathering == nil
  }

  var json: JSONValue {
    [
      "origin": .string(status.origin.hex), "programme": .string(status.programmeName),
      "hub": .string(status.hub), "role": .optional(status.role),
      "state": .optional(state), "areas": .strings(status.areas),
      "records": .integer(status.records), "saved": .integer(status.saved),
      "received": .integer(status.received), "countersigned": 0,
      "drafts": .integer(status.drafts), "pending": .integer(status.pending),
      "pending_bytes": .integer(status.pendingBytes),
      "pending_seconds": .integer(isIdle ? 0 : next.seconds),
      "pending_withdrawals": .integer(withdrawals.count),
      "next_sync": [
        "bytes_up": .integer(next.bytesUp), "bytes_down": .integer(next.bytesDown),
        "seconds": .integer(next.seconds),
        "line_rate": next.lineRate.map { .integer($0) } ?? .null,
      ],
      "whole": .bool(status.gathering == nil),
      "gathering": GatheringText.json(status.gathering), "conflicts": .integer(status.conflicts),
      "quarantined": .integer(status.quarantined),
      "attachments": [
        "saved": .integer(status.files.saved), "received": .integer(status.files.received),
        "pending_bytes": .integer(status.files.pendingBytes),
        "refused": .integer(status.files.refused), "others": .integer(status.files.foreign),
        "missing": .integer(status.files.missing),
      ],
      "clock_offset": status.clockOffset.map { .integer($0) } ?? .null,
      "alarms": .array(
        status.alarms.map {
          ["code": .string($0.code), "at": .integer($0.at), "detail": .string($0.detail)]
        }),
      "checkpoint": CheckpointJSON.value(status.checkpoint),
      "hub_epoch": .integer(status.hubEpoch), "authority": .string(status.authority.bytes.hex),
      "words": .string(status.words.description),
      "own_words": .string(status.ownWords.description),
    ]
  }

  private var state: String? {
    guard status.role != nil else { return nil }
    return status.isWaiting ? "waiting" : "member"
  }

  // MARK: For people

  var title: String {
    let role = status.role.map { catalog.text("role.\($0)") } ?? catalog.text("role.none")
    return catalog.text("glance.title", ["programme": status.programmeName, "role": role])
  }

  var waiting: [String] {
    guard status.isWaiting else { return [] }
    return [catalog.text("glance.waiting", ["words": status.ownWords.description])]
  }

  /// That there is more than is here.
  var gathering: [String] { GatheringText.line(status.gathering, catalog).map { [$0] } ?? [] }

  var alarms: [String] {
    var lines: [String] = []
    if !status.alarms.isEmpty {
      lines.append(catalog.text("glance.alarms", ["count": "\(status.alarms.count)"]))
      lines += status.alarms.map { "  " + text($0) }
    }
    // A day is what form constraints begin to doubt.
    if let offset = status.clockOffset, abs(offset) > 86_400 {
      lines.append(
        catalog.text(
          "alarm.clock", ["time": RelativeTime.span(seconds: offset, in: catalog)]))
    }
    return lines
  }

  private func text(_ alarm: ReplicaStatus.Alarm) -> String {
    switch alarm.code {
    case "epoch-went-back", "hub-lost-acknowledged", "log-shrank", "stream-rewritten":
      catalog.text("alarm.rollback")
    case "own-log-differs", "own-log-ahead", "log-rewritten": catalog.text("alarm.fork")
    case "home-copied": catalog.text("alarm.home_copied")
    case "hub-restored": catalog.text("failure.restored")
    default: catalog.text("alarm.other", ["alarm": alarm.code])
    }
  }

  var pending: [String] {
    var lines: [String] = []
    if status.pending > 0 {
      lines.append(catalog.text("glance.pending", ["count": "\(status.pending)"]))
    }
    if withdrawals.count > 0 {
      lines.append(
        catalog.text(
          "sync.withdrawals_left",
          ["count": "\(withdrawals.count)", "bytes": ByteCount.text(withdrawals.bytes)]))
    }
    lines += files
    if lines.isEmpty { lines.append(catalog.text("glance.nothing_pending")) }
    guard !isIdle else { return lines }
    return lines + [
      catalog.text(
        "glance.next_sync",
        [
          "up": ByteCount.text(next.bytesUp), "down": ByteCount.text(next.bytesDown),
          "time": RelativeTime.span(seconds: Int64(next.seconds), in: catalog),
        ])
    ]
  }

  /// Files that are not where they have to be.
  private var files: [String] {
    let files = status.files
    var lines: [String] = []
    if files.saved > files.received {
      lines.append(
        catalog.text(
          "glance.files_pending",
          [
            "count": "\(files.saved - files.received)", "bytes": ByteCount.text(files.pendingBytes),
          ]))
    }
    if files.refused > 0 {
      lines.append(catalog.text("glance.files_refused", ["count": "\(files.refused)"]))
    }
    if files.missing > 0 {
      lines.append(catalog.text("glance.files_missing", ["count": "\(files.missing)"]))
    }
    return lines
  }

  var lines: [String] {
    var table = TextTable()
    func row(_ key: String, _ value: String) { table.append([catalog.text(key), value]) }
    row("status.origin", status.origin.hex)
    row("status.hub", status.hub)
    row("status.areas", status.areas.joined(separator: ", "))
    row("status.records", "\(status.records)")
    row("status.saved", "\(status.saved)")
    row("status.received", "\(status.received)")
    if status.files.saved > 0 {
      row("status.files", "\(status.files.saved) / \(status.files.received)")
    }
    row("status.drafts", "\(status.drafts)")
    row("status.conflicts", "\(status.conflicts)")
    row("status.quarantined", "\(status.quarantined)")
    if let checkpoint = status.checkpoint {
      row("status.checkpoint", "\(checkpoint.size)  \(checkpoint.root.hex.prefix(16))")
    }
    row("status.words", status.words.description)
    row("status.own_words", status.ownWords.description)
    return [title] + waiting + gathering + alarms + table.lines() + pending
  }
}

enum CheckpointJSON {
  static func value(_ seal: CheckpointSeal?) -> JSONValue {
    guard let seal else { return .null }
    return ["size": .integer(seal.size), "root": .string(seal.root.hex)]
  }
}
