/// A text in several languages (forms §1.3).
public struct LocalizedText: Sendable, Hashable {
  /// Pairs of language tag (`en`, `pt-BR`) and text, in the order of the file.
  public let translations: [Translation]

  public struct Translation: Sendable, Hashable {
    public let language: String
    public let text: String

    public init(language: String, text: String) {
      self.language = language
      self.text = text
    }
  }

  public init(_ translations: [Translation]) { self.translations = translations }

  /// The text for `language`: the exact tag, then its first part (`es` for `es-MX`), then English;
  /// nil when there is none of these.
  public func text(_ language: String) -> String? {
    var base = language[...]
    if let dash = language.firstIndex(where: { $0 == "-" || $0 == "_" }) {
      base = language[..<dash]
    }
    var fallback: String?
    var english: String?
    for translation in translations {
      if translation.language == language { return translation.text }
      if translation.language == base { fallback = translation.text }
      if translation.language == "en" { english = translation.text }
    }
    return fallback ?? english
  }

  public var languages: [String] { translations.map(\.language) }

  static func built(en: String, es: String, fr: String, ar: String) -> LocalizedText {
    LocalizedText([
      Translation(language: "en", text: en), Translation(language: "es", text: es),
      Translation(language: "fr", text: fr), Translation(language: "ar", text: ar),
    ])
  }
}
