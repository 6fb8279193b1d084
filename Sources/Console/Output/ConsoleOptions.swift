public import ArgumentParser

/// The options of every command of both programs (cli.md, "Everywhere").
public struct ConsoleOptions: ParsableArguments {
  @Flag(name: .long, help: ArgumentHelp(stringLiteral: Catalog.process.text("help.option.json")))
  public var json = false

  @Option(
    name: .long,
    help: ArgumentHelp(Catalog.process.text("help.option.home"), valueName: "dir"))
  public var home: String?

  @Option(
    name: .long,
    help: ArgumentHelp(Catalog.process.text("help.option.passphrase_file"), valueName: "file"))
  public var passphraseFile: String?

  @Option(
    name: .long, help: ArgumentHelp(Catalog.process.text("help.option.lang"), valueName: "code"))
  public var lang: String?

  public init() {}

  public func validate() throws {
    if let lang, Language(lang) == nil {
      let names = Language.available.map(\.code).joined(separator: ", ")
      throw ValidationError(
        Catalog.process.text("failure.language", ["language": lang]) + " "
          + Catalog.process.text("failure.language.next", ["languages": names]))
    }
  }

  public var passphraseSource: PassphraseSource { PassphraseSource(option: passphraseFile) }

  /// - Parameter program: `yarrow` or `yarrow-hub`.
  public func output(program: String) -> CommandOutput {
    CommandOutput(program: program, isJSON: json)
  }
}
