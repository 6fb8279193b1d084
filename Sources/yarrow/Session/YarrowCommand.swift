import ArgumentParser
import Console

/// A command of `yarrow`: what it does, given the home and the ways to speak.
///
/// Each is named in its configuration: ArgumentParser would ask the runtime what the type is called,
/// which for thirty commands takes a sixth of the time to start.
protocol YarrowCommand: AsyncParsableCommand {
  var console: ConsoleOptions { get }
  func perform(_ session: Session) async throws
}

extension YarrowCommand {
  func run() async throws {
    let session = try Session(console)
    do {
      try await perform(session)
    } catch {
      throw session.output.failed(session.failure(error))
    }
  }
}
