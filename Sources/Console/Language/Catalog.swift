internal import Glibc

/// Every sentence of both programs in one language.
///
/// A text that is missing falls back to English, then to its key (cli.md, `--lang`). To add one, add a
/// line with the same key to each file of `Sources/ShippedData/languages`; a test compares them.
public final class Catalog: Sendable {
  public let language: Language
  private let texts: [String: String]

  public init(_ language: Language) {
    self.language = language
    var problems: [CatalogFile.Problem] = []
    self.texts =
      ShippedLanguages.file(language.code).map { CatalogFile.parse($0, problems: &problems) } ?? [:]
  }

  public static let english = Catalog(.english)

  /// The one this process speaks, from its own arguments and environment.
  public static let process: Catalog = {
    let language = Language.negotiate(arguments: CommandLine.arguments) { name in
      getenv(name).map { String(cString: $0) }
    }
    return language == .english ? english : Catalog(language)
  }()

  /// The text of a key with its placeholders filled; arguments are made safe to print.
  public func text(_ key: String, _ arguments: [String: String] = [:]) -> String {
    CatalogFile.fill(
      optional(key) ?? key, arguments.mapValues { SafeText.escape($0, newlines: .space) })
  }

  /// The text, or nil when neither this language nor English has it.
  public func optional(_ key: String) -> String? {
    texts[key] ?? (language == .english ? nil : Catalog.english.texts[key])
  }

  /// A list written as words between spaces.
  func words(_ key: String) -> [String] {
    optional(key)?.split(separator: " ").map(String.init) ?? []
  }

  var keys: Set<String> { Set(texts.keys) }
}
