import ArgumentParser
import Console
import Glibc
import HubServer

struct BackupCommand: HubCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup", abstract: help("help.hub.backup"))

  @Argument(help: help("help.hub.argument.file", "file")) var file: String
  @OptionGroup var hub: HubOptions

  func perform(_ session: HubSession) async throws {
    // The hub may run in another directory.
    let path = HomePath.absolute(file)
    _ = try session.control().send(.backup(path: path))
    var status = stat()
    let size = stat(path, &status) == 0 ? Int(status.st_size) : 0
    try session.output.result(
      ["file": .string(path), "bytes": .integer(size)],
      text: [
        session.catalog.text("hub.backup_done", ["path": path, "bytes": ByteCount.text(size)])
      ])
    session.output.note("hub.backup_key", ["path": session.storeKey.path])
  }
}
