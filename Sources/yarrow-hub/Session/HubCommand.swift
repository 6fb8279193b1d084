import ArgumentParser
import Console

/// The options of every command of `yarrow-hub`.
struct HubOptions: ParsableArguments {
  @OptionGroup var console: ConsoleOptions

  @Option(name: .long, help: help("help.hub.option.key_file", "file"))
  var keyFile: String?
}

/// A command of `yarrow-hub`: what it does, given the home and the ways to speak.
protocol HubCommand: AsyncParsableCommand {
  var hub: HubOptions { get }
  func perform(_ session: HubSession) async throws
}

extension HubCommand {
  func run() async throws {
    let session = try HubSession(hub)
    do {
      try await perform(session)
    } catch let status as ExitStatus {
      // What there is to say was said.
      throw status
    } catch {
      throw session.output.failed(session.failure(error))
    }
  }
}

/// The authority's key file, for the commands that sign.
struct AuthorityOption: ParsableArguments {
  @Option(name: .long, help: help("help.option.authority", "file"))
  var authority: String?
}
