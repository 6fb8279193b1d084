import ArgumentParser
import Console
import HubServer

struct URLCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "url", abstract: help("help.hub.url"), subcommands: [Set.self])

  struct Set: HubCommand {
    static let configuration = CommandConfiguration(
      commandName: "set", abstract: help("help.hub.url.set"))

    @Argument(help: help("help.hub.option.url", "https://host:port")) var url: String
    @OptionGroup var hub: HubOptions

    func perform(_ session: HubSession) async throws {
      let control = try session.control()
      _ = try control.send(.setURL(url))
      let report = try session.status(control)
      try session.output.result(
        ["url": .string(report.url)],
        text: [session.catalog.text("hub.url_set", ["url": report.url])])
      if report.serving { session.output.note("hub.url_set.restart") }
    }
  }
}

struct AreasCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "areas", abstract: help("help.hub.areas"), subcommands: [Add.self])

  struct Add: HubCommand {
    static let configuration = CommandConfiguration(
      commandName: "add", abstract: help("help.hub.areas.add"))

    @Argument(help: help("help.hub.option.area", "code")) var area: String
    @OptionGroup var hub: HubOptions

    func perform(_ session: HubSession) async throws {
      let control = try session.control()
      _ = try control.send(.addArea(area))
      let report = try session.status(control)
      try session.output.result(
        ["areas": .strings(report.areas)],
        text: [
          session.catalog.text("hub.area_added", ["areas": report.areas.joined(separator: ", ")])
        ])
    }
  }
}
