import ArgumentParser
import Console

/// A name kept for the erasure of classes of a record; until it exists, nothing pretends to it.
struct EraseCommand: HubCommand {
  static let configuration = CommandConfiguration(
    commandName: "erase", abstract: help("help.hub.erase"))

  @Argument(help: help("help.hub.argument.record", "record")) var record: String?
  @Option(name: .long, help: help("help.hub.option.classes", "classes")) var classes: String?
  @Option(name: .long, help: help("help.option.reason", "code")) var reason: String?
  @OptionGroup var authority: AuthorityOption
  @OptionGroup var hub: HubOptions

  func perform(_ session: HubSession) async throws {
    throw CommandFailure(.usage, "hub.erase_reserved", next: "hub.erase_reserved.next")
  }
}
