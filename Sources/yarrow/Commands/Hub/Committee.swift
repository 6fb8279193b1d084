import ArgumentParser
import Console
import ReplicaStore
import SyncClient
import SyncCore
import TransparencyLog

struct Committee: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "committee", abstract: help("help.yarrow.committee"),
    subcommands: [Pull.self, VerifyFile.self])

  struct Pull: YarrowCommand {
    static let configuration = CommandConfiguration(
      commandName: "pull", abstract: help("help.yarrow.committee.pull"))

    @Option(name: .long, help: ArgumentHelp(stringLiteral: help("help.option.out")))
    var out: String?
    @OptionGroup var console: ConsoleOptions

    func perform(_ session: Session) async throws {
      let replica = try session.open()
      let bar = ProgressBar("progress.release", catalog: session.catalog)
      defer { bar.finish() }
      let pulled = try await HubLine.with(replica) { client in
        // First, so that this home has a checkpoint of its own to hold against the file's.
        try session.requireSound(try await client.sync())
        return try await client.pullRelease { done, total in
          bar.update(done: done, total: total)
        }
      }
      bar.finish()
      guard let pulled else {
        throw CommandFailure(.notFound, "committee.no_release", next: "exit.69")
      }
      guard let release = try? ReleasePackage(encoded: pulled) else {
        throw session.damagedCopy("release")
      }
      let history = CheckpointHistory(of: release)
      let path = out ?? "release-\(release.number).sqlite"
      let check = try CommitteeCheck(replica, session)
      let report = check.report(bytes: try CommitteeFile.bytes(release, history: history))
      guard report.ok else {
        // What does not hold is kept as evidence, and not under the name that was asked for.
        let evidence = session.home.evidencePath + "/release-\(LocalClock.now()).sqlite"
        try CommitteeFile.write(release, history: history, to: evidence)
        throw check.failure(report, evidence: evidence)
      }
      try CommitteeFile.write(release, history: history, to: path)
      try replica.remember(release)
      if let summary = CommitteeFile.summary(release, language: session.language) {
        let beside = try OutputFile(path + ".txt")
        try beside.write(summary + "\n")
        try beside.finish()
      }
      try check.show(report, path: path)
    }
  }

  struct VerifyFile: YarrowCommand {
    static let configuration = CommandConfiguration(
      commandName: "verify", abstract: help("help.yarrow.committee.verify"))

    @Argument(help: ArgumentHelp(stringLiteral: help("help.argument.file"))) var file: String
    @OptionGroup var console: ConsoleOptions

    func perform(_ session: Session) async throws {
      let check = try CommitteeCheck(try session.open(), session)
      let report = try check.report(file: file)
      try check.show(report, path: file)
      guard report.ok else { throw check.failure(report, evidence: file) }
    }
  }
}

/// Checks a committee's file with what this home knows, and says what came of it.
private struct CommitteeCheck {
  private let trust: CommitteeTrust
  private let session: Session

  init(_ replica: Replica, _ session: Session) throws {
    trust = try replica.committeeTrust()
    self.session = session
  }

  func report(file: String) throws -> CommitteeReport {
    try CommitteeFile.verify(file, trust: trust)
  }

  func report(bytes: [UInt8]) -> CommitteeReport {
    CommitteeFile.verify(bytes: bytes, trust: trust)
  }

  func show(_ report: CommitteeReport, path: String) throws {
    let catalog = session.catalog
    var text: [String] = []
    if report.ok, let release = report.release {
      text.append(
        catalog.text(
          "committee.done",
          [
            "release": "\(release)", "rows": "\(report.rows)",
            "withheld": "\(report.withheldCount)",
          ]))
      if report.outcome == .restored { text.append(catalog.text("failure.restored")) }
      text.append(catalog.text("committee.shows"))
      text += report.shows.map { "  + " + catalog.text("committee.finding.\($0.rawValue)") }
      text.append(catalog.text("committee.shows_not"))
      text += report.doesNotShow.map { "  - " + catalog.text("committee.finding.\($0.rawValue)") }
    } else {
      text.append(catalog.text("verify.problems", ["count": "\(report.problems.count)"]))
      text += report.problems.map { "  " + SafeText.escape($0.description) }
    }
    try session.output.result(
      [
        "file": .string(path), "rows": .integer(report.rows),
        "withheld": .integer(report.withheldCount),
        "release": report.release.map { .integer($0) } ?? .null,
        "checkpoint": report.checkpoint.map {
          ["size": .integer($0.size), "root": .string($0.root.hex)]
        } ?? .null, "ok": .bool(report.ok), "outcome": .string(report.outcome.rawValue),
        "shows": .strings(report.shows.map(\.rawValue)),
        "does_not_show": .strings(report.doesNotShow.map(\.rawValue)),
        "problems": .array(
          report.problems.map {
            [
              "code": .string($0.code.rawValue), "table": .string($0.table),
              "row": $0.row.map { .integer($0) } ?? .null, "reason": .string($0.reason),
            ]
          }),
      ], text: text)
  }

  func failure(_ report: CommitteeReport, evidence: String) -> CommandFailure {
    let next = Message(
      "failure.evidence", ["path": evidence, "who": session.catalog.text("check.whom")])
    return switch report.outcome {
    case .twoHistories: CommandFailure(.checkFailed, Message("failure.two_histories"), next: next)
    default:
      CommandFailure(
        .checkFailed, Message("failure.damaged"), next: Message("check.damaged.next"))
    }
  }
}
