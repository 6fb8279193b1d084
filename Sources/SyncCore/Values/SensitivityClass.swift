/// The one attribute of a form field that decides its section, its sealing, who may pull it and
/// what is erased first (entry §2).
///
/// The order is the order of harm: a field may only ever move to a later case. A field without a
/// class is ``identity``.
public enum SensitivityClass: UInt8, Sendable, Hashable, CaseIterable, Comparable, Codable {
  /// Process facts without person content. The hub reads them; a signed policy may disclose them.
  case operational = 1
  /// Coded attributes. The hub reads them; committees see them only inside controlled tables.
  case coded = 2
  /// Narrative, exact dates, accusations. Sealed on the device.
  case sensitive = 3
  /// Names, contacts, exact places, media. Sealed on the device.
  case identity = 4

  /// The word used in forms, on the command line and in the specification.
  public var name: String {
    switch self {
    case .operational: "operational"
    case .coded: "coded"
    case .sensitive: "sensitive"
    case .identity: "identity"
    }
  }

  /// Finds a class by its word; nil for any other text.
  public init?(name: String) {
    guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = found
  }

  /// Whether sections of this class leave the device only sealed (identity §5).
  public var isSealed: Bool { self >= .sensitive }

  public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}
