import ArgumentParser
import Console
import HubServer

struct ReleaseCommand: HubCommand {
  static let configuration = CommandConfiguration(
    commandName: "release", abstract: help("help.hub.release"))

  @OptionGroup var hub: HubOptions

  func perform(_ session: HubSession) async throws {
    let answer = try session.ask(.release, session.control())
    guard case .released(let number, let entries, let withheld, let disclosed) = answer else {
      throw session.unexpectedAnswer
    }
    try session.output.result(
      [
        "release": .integer(number), "entries": .integer(entries),
        "withheld": .integer(withheld), "disclosed": .integer(disclosed),
      ],
      text: [
        session.catalog.text(
          "hub.released",
          [
            "release": "\(number)", "entries": "\(entries)", "disclosed": "\(disclosed)",
            "withheld": "\(withheld)",
          ])
      ])
  }
}
