/// One answer that a select offers.
public struct Choice: Sendable, Hashable {
  /// 1 to 64 of `A-Z a-z 0-9 _ - .`, beginning with a letter or digit.
  public let code: String
  let labels: LocalizedText
  /// Further keys of the choice, for `choice_filter`.
  public let attributes: [String: String]

  public init(code: String, label: LocalizedText, attributes: [String: String] = [:]) {
    self.code = code
    self.labels = label
    self.attributes = attributes
  }

  /// The label in `language`, else in English, else the code.
  public func label(_ language: String) -> String { labels.text(language) ?? code }

  /// What every select also accepts (forms §3.3).
  public static let universal: [Choice] = [
    Choice(
      code: "unknown",
      label: .built(en: "Unknown", es: "Se desconoce", fr: "Inconnu", ar: "غير معروف")),
    Choice(
      code: "not_asked",
      label: .built(en: "Not asked", es: "No se preguntó", fr: "Non demandé", ar: "لم يُسأل")),
    Choice(
      code: "prefer_not_to_say",
      label: .built(
        en: "Prefers not to say", es: "Prefiere no responder", fr: "Préfère ne pas répondre",
        ar: "يفضّل عدم الإجابة")),
  ]

  static func isUniversal(_ code: String) -> Bool {
    code == "unknown" || code == "not_asked" || code == "prefer_not_to_say"
  }

  static func isCode(_ text: String) -> Bool {
    var first = true
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: break
      case 0x5F, 0x2D, 0x2E:
        if first { return false }
      default: return false
      }
      first = false
    }
    return (1...64).contains(text.utf8.count)
  }
}

/// A named list of choices, in the order in which they are shown.
///
/// One reference, since every answer to a select hands its list on.
public struct ChoiceList: Sendable, Hashable {
  private final class Content: Sendable {
    let name: String
    let choices: [Choice]
    let places: [String: Int]

    init(name: String, choices: [Choice], places: [String: Int]) {
      self.name = name
      self.choices = choices
      self.places = places
    }
  }

  private let content: Content

  public var name: String { content.name }
  public var choices: [Choice] { content.choices }

  /// The list whose choices a programme gives at run time.
  public static let areasName = "areas"

  /// Makes a list; of two choices with one code the first stays.
  public init(name: String, choices: [Choice]) {
    var places: [String: Int] = [:]
    places.reserveCapacity(choices.count)
    for (n, choice) in choices.enumerated() where places[choice.code] == nil {
      places[choice.code] = n
    }
    content = Content(name: name, choices: choices, places: places)
  }

  public static func == (a: Self, b: Self) -> Bool {
    a.content === b.content || a.name == b.name && a.choices == b.choices
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(choices)
  }

  public subscript(code: String) -> Choice? {
    content.places[code].map { choices[$0] } ?? Choice.universal.first { $0.code == code }
  }

  /// Whether `code` is in the list or is one that every select accepts.
  public func contains(_ code: String) -> Bool {
    content.places[code] != nil || Choice.isUniversal(code)
  }
}
