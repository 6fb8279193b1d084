internal import Glibc

/// Where the passphrase comes from: a file that was named, else the terminal. Never from an argument
/// or the environment's value (cli.md, "Everywhere").
public struct PassphraseSource: Sendable {
  /// Characters that a new passphrase needs.
  public static let charactersMin = 8

  /// The path of the file; nil asks on the terminal.
  public let path: String?
  private let catalog: Catalog

  /// - Parameters:
  ///   - option: what `--passphrase-file` named; nil looks at `YARROW_PASSPHRASE_FILE`.
  ///   - catalog: the language to ask in.
  public init(option: String?, catalog: Catalog = .process) {
    let variable = getenv("YARROW_PASSPHRASE_FILE").map { String(cString: $0) } ?? ""
    self.path = option ?? (variable.isEmpty ? nil : variable)
    self.catalog = catalog
  }

  /// From this file alone, or from the terminal; the environment is not looked at.
  public init(file path: String?, catalog: Catalog = .process) {
    self.path = path
    self.catalog = catalog
  }

  /// The passphrase of a home that exists.
  ///
  /// - Parameters:
  ///   - prompt: what to ask, a catalog key.
  ///   - warn: told when others may read the file; text for stderr.
  public func existing(
    prompt: String = "passphrase.ask", warn: (String) -> Void
  ) throws(CommandFailure) -> Passphrase {
    if let path { return try PassphraseFile.read(path, catalog: catalog, warn: warn) }
    return try PassphraseTerminal.ask(catalog.text(prompt))
  }

  /// A new passphrase, asked twice on a terminal, that is long enough.
  public func new(warn: (String) -> Void) throws(CommandFailure) -> Passphrase {
    let passphrase: Passphrase
    if let path {
      passphrase = try PassphraseFile.read(path, catalog: catalog, warn: warn)
    } else {
      warn(catalog.text("passphrase.no_reset"))
      passphrase = try PassphraseTerminal.ask(catalog.text("passphrase.ask_new"))
    }
    guard passphrase.characterCount >= Self.charactersMin else {
      throw CommandFailure(
        .inputInvalid, "passphrase.short", ["minimum": String(Self.charactersMin)])
    }
    if path == nil {
      let again = try PassphraseTerminal.ask(catalog.text("passphrase.ask_again"))
      guard passphrase.equals(again) else {
        throw CommandFailure(.inputInvalid, "passphrase.different")
      }
    }
    return passphrase
  }
}
