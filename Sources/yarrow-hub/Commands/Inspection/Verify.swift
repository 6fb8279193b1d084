import ArgumentParser
import Console
import HubServer
import ReplicaStore

struct VerifyCommand: HubCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: help("help.hub.verify"))

  @OptionGroup var hub: HubOptions

  func perform(_ session: HubSession) async throws {
    let answer = try session.ask(.verify, session.control())
    guard case .verified(let entries, let ok, let problems) = answer else {
      throw session.unexpectedAnswer
    }
    var text = [session.catalog.text("verify.done", ["entries": "\(entries)"])]
    if !ok {
      text = [session.catalog.text("verify.problems", ["count": "\(problems.count)"])]
      text += problems.map { "  " + SafeText.escape($0) }
    }
    try session.output.result(
      ["entries": .integer(entries), "ok": .bool(ok), "problems": .strings(problems)], text: text)
    guard ok else {
      throw CommandFailure(
        .checkFailed, Message("hub.damaged", ["path": session.home.path]),
        next: Message("hub.damaged.next"))
    }
  }
}
