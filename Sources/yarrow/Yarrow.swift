import ArgumentParser
import Console
import Glibc

/// What a liaison, a case worker or a committee member types (cli.md, "yarrow").
struct Yarrow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "yarrow", abstract: help("help.yarrow"), version: ProgramVersion.text,
    subcommands: [
      Glance.self, Join.self, FormsCommand.self, New.self, Drafts.self, Edit.self, Note.self,
      Attach.self, AttachmentCommand.self,
      Undo.self, List.self, Show.self, Find.self, Conflicts.self, Resolve.self, Withdraw.self,
      Move.self, Assign.self, Import.self, Export.self, Sync.self, Bundle.self, Status.self,
      Verify.self, ProgrammeCommand.self,
      Unlock.self, Lock.self, ChangePassphrase.self, Wipe.self, Committee.self,
    ],
    defaultSubcommand: Glance.self)
}

/// The version that `--version` prints.
enum ProgramVersion {
  static let text = "0.1.0"
}

/// A text of the catalog, for ArgumentParser's help.
func help(_ key: String) -> String { Catalog.process.text(key) }

@main
enum Program {
  static func main() async {
    // Whatever is written from here on is for this person only (cli.md, "Everywhere").
    umask(0o077)
    do {
      var command = try Yarrow.parseAsRoot(arguments)
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch let status as ExitStatus {
      exit(status.rawValue)
    } catch {
      // Help and the version are not failures; everything else here is a wrong command line.
      Yarrow.exit(withError: error)
    }
  }
}

extension ExitStatus: Error {}

extension Program {
  /// The process's arguments. ArgumentParser's own `help` takes no options, so the language, which
  /// the catalog has read already, is left out there.
  private static var arguments: [String] {
    var arguments = Array(CommandLine.arguments.dropFirst())
    guard arguments.first == "help" else { return arguments }
    if let place = arguments.firstIndex(of: "--lang") {
      arguments.removeSubrange(place...min(place + 1, arguments.count - 1))
    }
    arguments.removeAll { $0.hasPrefix("--lang=") }
    return arguments
  }
}
