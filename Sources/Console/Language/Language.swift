/// A language that people can be spoken to in: there is a file for it (cli.md, `--lang`).
public struct Language: Sendable, Hashable {
  /// The two- or three-letter code, as the file is named.
  public let code: String

  /// Nil unless a file of that language is shipped. Takes `fr`, `fr_CD.UTF-8` and `FR-cd` alike.
  public init?(_ tag: String) {
    let code = tag.prefix { $0.isLetter }.lowercased()
    guard ShippedLanguages.codes.contains(code) else { return nil }
    self.code = code
  }

  private init(code: String) { self.code = code }

  public static let english = Language(code: "en")

  /// Every language that has a file, in the order shipped.
  public static var available: [Language] { ShippedLanguages.codes.map(Language.init(code:)) }

  /// Whether its script runs from right to left.
  public var isRightToLeft: Bool { ["ar", "fa", "ur", "he", "ps", "ku"].contains(code) }

  /// `--lang`, else the first of `LC_ALL`, `LC_MESSAGES` and `LANG` that is set; else English.
  ///
  /// - Parameters:
  ///   - arguments: the process's own, searched because help is written before they are parsed.
  ///   - environment: gives a variable's value; nil when it is not set.
  public static func negotiate(
    arguments: [String], environment: (String) -> String?
  ) -> Language {
    for (index, argument) in arguments.enumerated() {
      if argument == "--" { break }
      if argument == "--lang", index + 1 < arguments.count {
        return Language(arguments[index + 1]) ?? .english
      }
      if argument.hasPrefix("--lang=") {
        return Language(String(argument.dropFirst(7))) ?? .english
      }
    }
    for name in ["LC_ALL", "LC_MESSAGES", "LANG"] {
      guard let value = environment(name), !value.isEmpty else { continue }
      return Language(value) ?? .english
    }
    return .english
  }
}
