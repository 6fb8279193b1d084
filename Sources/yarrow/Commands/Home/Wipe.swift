import ArgumentParser
import Console
import ReplicaStore

struct Wipe: YarrowCommand {
  static let configuration = CommandConfiguration(
    commandName: "wipe", abstract: help("help.yarrow.wipe"))

  @Flag(name: .long, help: ArgumentHelp(stringLiteral: help("help.option.yes"))) var yes = false
  @OptionGroup var console: ConsoleOptions

  func perform(_ session: Session) async throws {
    guard try session.home.hasRemains else { throw StoreError(.noHome, "") }
    let pending = try unreceived(session)
    let catalog = session.catalog
    session.output.note(
      pending.map { catalog.text("wipe.unreceived", ["count": "\($0.reports)"]) }
        ?? catalog.text("wipe.unreceived_unknown"))
    if let files = pending?.files, files > 0 {
      session.output.note("wipe.unreceived_files", ["count": "\(files)"])
    }
    if !yes {
      guard session.stdinIsTerminal else {
        throw CommandFailure(.usage, "wipe.needs_yes")
      }
      session.output.note("wipe.ask", ["path": session.home.path])
      let word = catalog.text("wipe.word")
      var prompt = EntryPrompt(
        Console.Question(
          catalog.text("wipe.type", ["word": word]), isRequired: true, catalog: catalog),
        rule: .word(word, catalog: catalog))
      guard case .answered(.yes(true)) = try session.ask(&prompt) else {
        throw CommandFailure(.refused, "failure.cancelled", next: "failure.cancelled.next")
      }
    }
    let complete = try session.home.wipe()
    var text = [catalog.text("wipe.done"), catalog.text("wipe.remains")]
    if !complete { text.append(catalog.text("wipe.other_files", ["path": session.home.path])) }
    try session.output.result(
      [
        "wiped": true, "unreceived": pending.map { .integer($0.reports) } ?? .null,
        "unreceived_attachments": pending.map { .integer($0.files) } ?? .null,
        "other_files": .bool(!complete),
      ], text: text)
  }

  /// Reports and files that nobody else has; nil when the home can't be opened without asking and the person
  /// has said yes already, since a home whose passphrase is lost must still be destroyable.
  private func unreceived(_ session: Session) throws -> (reports: Int, files: Int)? {
    if yes, !session.hasPassphraseFile, session.home.keyring.key() == nil { return nil }
    do {
      let status = try session.open().status()
      return (status.pending, status.files.saved - status.files.received)
    } catch {
      guard yes else { throw error }
      return nil
    }
  }
}
