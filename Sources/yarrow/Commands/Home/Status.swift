import ArgumentParser
import Console
import ReplicaStore

struct Status: YarrowCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: help("help.yarrow.status"))

  @OptionGroup var console: ConsoleOptions

  func perform(_ session: Session) async throws {
    let replica = try session.open()
    let output = try StatusOutput(try replica.status(), replica, session)
    try session.output.result(output.json, text: session.output.isJSON ? [] : output.lines)
  }
}

struct Verify: YarrowCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: help("help.yarrow.verify"))

  @Option(name: .long, help: ArgumentHelp(help("help.option.evidence"), valueName: "file"))
  var evidence: String?
  @OptionGroup var console: ConsoleOptions

  func perform(_ session: Session) async throws {
    if let evidence { return try EvidenceOutput(evidence).show(session) }
    let replica = try session.open()
    let bar = ProgressBar("progress.verify", catalog: session.catalog)
    let found = try replica.verify { done, total in bar.update(done: done, total: total) }
    bar.finish()
    let catalog = session.catalog
    var text = [catalog.text("verify.done", ["entries": "\(found.entries)"])]
    if !found.ok {
      text = [catalog.text("verify.problems", ["count": "\(found.problems.count)"])]
      text += found.problems.map {
        "  " + catalog.text("verify.\($0.code.rawValue)", ["subject": $0.subject])
      }
    }
    try session.output.result(
      [
        "entries": .integer(found.entries), "receipts": .integer(found.receipts),
        "statements": .integer(found.statements),
        "checkpoint": CheckpointJSON.value(found.checkpoint), "ok": .bool(found.ok),
        "problems": .array(
          found.problems.map {
            ["code": .string($0.code.rawValue), "subject": .string($0.subject)]
          }),
      ], text: text)
    guard found.ok else {
      throw CommandFailure(
        .checkFailed, Message("store.damaged", ["path": session.home.path]),
        next: Message("store.damaged.next"))
    }
  }
}
