import ArgumentParser
import Console
import ReplicaStore
import SyncCore

struct Undo: YarrowCommand {
  static let configuration = CommandConfiguration(
    commandName: "undo", abstract: help("help.yarrow.undo"))

  @Argument(help: ArgumentHelp(stringLiteral: help("help.argument.record"))) var record: String
  @OptionGroup var console: ConsoleOptions

  func perform(_ session: Session) async throws {
    let replica = try session.open()
    let record = try session.record(record, in: replica)
    let hash = try replica.undo(record)
    let code = PublicCode(of: record).description
    try session.output.result(
      [
        "record": .string(record.hex), "code": .string(code), "hash": .string(hash.hex),
        "state": "undone",
      ], text: [session.catalog.text("undo.done", ["record": code])])
  }
}

struct Withdraw: YarrowCommand {
  static let configuration = CommandConfiguration(
    commandName: "withdraw", abstract: help("help.yarrow.withdraw"))

  @Argument(help: ArgumentHelp(stringLiteral: help("help.argument.record"))) var record: String
  @Option(name: .long, help: ArgumentHelp(stringLiteral: help("help.option.reason")))
  var reason: String?
  @OptionGroup var console: ConsoleOptions

  func perform(_ session: Session) async throws {
    guard let reason else { throw CommandFailure(.usage, "failure.reason_missing") }
    let replica = try session.open()
    let record = try session.record(record, in: replica)
    try Reason.check(reason)
    try session.show(try replica.withdraw(record, reason: reason), "withdraw.done")
  }
}

struct Move: YarrowCommand {
  static let configuration = CommandConfiguration(
    commandName: "move", abstract: help("help.yarrow.move"))

  @Argument(help: ArgumentHelp(stringLiteral: help("help.argument.record"))) var record: String
  @Option(name: .long, help: ArgumentHelp(stringLiteral: help("help.option.area"))) var area: String
  @OptionGroup var console: ConsoleOptions

  func perform(_ session: Session) async throws {
    let replica = try session.open()
    let record = try session.record(record, in: replica)
    try session.show(try replica.move(record, to: area), "move.done", ["area": area])
  }
}

struct Assign: YarrowCommand {
  static let configuration = CommandConfiguration(
    commandName: "assign", abstract: help("help.yarrow.assign"))

  @Argument(help: ArgumentHelp(stringLiteral: help("help.argument.record"))) var record: String
  @Argument(help: ArgumentHelp(stringLiteral: help("help.argument.origin"))) var origin: String
  @OptionGroup var console: ConsoleOptions

  func perform(_ session: Session) async throws {
    let replica = try session.open()
    let record = try session.record(record, in: replica)
    let origin = try replica.knownOrigin(prefix: origin)
    let (saved, granted) = try replica.assign(record, to: origin)
    if !granted { session.output.note("assign.not_granted") }
    try session.show(saved, "assign.done", ["origin": String(origin.hex.prefix(12))])
  }
}

/// A reason travels in the clear, so it is a code and never a sentence.
enum Reason {
  static func check(_ text: String) throws(CommandFailure) {
    guard text.isReasonCode else {
      throw CommandFailure(
        .inputInvalid, Message("failure.reason_unknown", ["reason": text]),
        next: Message("failure.reason_unknown.next"))
    }
  }
}
