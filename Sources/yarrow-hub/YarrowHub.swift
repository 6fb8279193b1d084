import ArgumentParser
import Console
import Glibc

/// What a hub operator types (cli.md, "yarrow-hub").
struct YarrowHub: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "yarrow-hub", abstract: help("help.hub"), version: "0.1.0",
    subcommands: [
      InitCommand.self, ServeCommand.self, InviteCommand.self, InvitesCommand.self,
      AdmitCommand.self, DevicesCommand.self, RevokeCommand.self, URLCommand.self,
      AreasCommand.self, FormsCommand.self, PolicyCommand.self, ReleaseCommand.self,
      StatusCommand.self, QuarantineCommand.self, VerifyCommand.self, ExportCommand.self,
      BundleCommand.self, BackupCommand.self, RestoreCommand.self, RecoverCommand.self, EraseCommand.self,
    ])
}

/// A text of the catalog, for ArgumentParser's help.
func help(_ key: String) -> String { Catalog.process.text(key) }

/// The same for an option or argument, with the word that stands for its value.
func help(_ key: String, _ valueName: String) -> ArgumentHelp {
  ArgumentHelp(Catalog.process.text(key), valueName: valueName)
}

@main
enum Program {
  static func main() async {
    // Whatever is written from here on is for this person only (cli.md, "Everywhere").
    umask(0o077)
    do {
      var command = try YarrowHub.parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch let status as ExitStatus {
      exit(status.rawValue)
    } catch {
      // Help and the version are not failures; everything else here is a wrong command line.
      YarrowHub.exit(withError: error)
    }
  }
}

extension ExitStatus: Error {}
