public import SyncCore

/// What a programme discloses to its committees; everything that it does not list is withheld
/// (committee §2).
public struct DisclosurePolicy: Sendable, Hashable {
  /// Counts below this number are shown as a band only.
  public let threshold: Int
  /// Lower bounds of the bands after the first, which begins at zero; ascending.
  public let bands: [Int]
  /// For each form the fields that may be shown, in the order of the policy, each once.
  public let disclose: [String: [String]]
  /// What the programme says about its policy, by language code.
  public let text: [String: String]

  /// No policy may set a lower threshold.
  public static let thresholdMin = 5
  static let thresholdMax = 1_000
  static let bandsMax = 16
  static let formsMax = 256
  static let fieldsPerFormMax = 256

  /// - Throws: `threshold`, `bands`, `name`.
  public init(
    threshold: Int, bands: [Int], disclose: [String: [String]], text: [String: String] = [:]
  ) throws(ReleaseError) {
    guard (Self.thresholdMin...Self.thresholdMax).contains(threshold) else {
      throw ReleaseError(.threshold)
    }
    guard bands.count <= Self.bandsMax,
      bands.allSatisfy({ (Self.thresholdMin...1_000_000).contains($0) }),
      zip(bands, bands.dropFirst()).allSatisfy({ $0 < $1 })
    else { throw ReleaseError(.bands) }
    guard disclose.count <= Self.formsMax, disclose.keys.allSatisfy(Self.isName),
      disclose.values.allSatisfy({
        $0.count <= Self.fieldsPerFormMax && $0.allSatisfy(Self.isName)
          && Set($0).count == $0.count
      })
    else { throw ReleaseError(.name) }
    self.threshold = threshold
    self.bands = bands
    self.disclose = disclose
    self.text = text
  }

  /// Refuses the policy unless every field that it lists is operational in the form's newest version.
  ///
  /// - Parameter classOf: the class of a form's field; nil when there is no such form or field.
  /// - Throws: `not-operational` for the first such field in order of form and field.
  public func checkClasses(
    _ classOf: (_ form: String, _ field: String) -> SensitivityClass?
  ) throws(ReleaseError) {
    for form in disclose.keys.sorted() {
      for field in (disclose[form] ?? []).sorted() where classOf(form, field) != .operational {
        throw ReleaseError(.notOperational(form: form, field: field))
      }
    }
  }

  /// Whether a field, named as it stands in the section, may be shown.
  public func lists(_ field: String, of form: String) -> Bool {
    disclose[form]?.contains(field) ?? false
  }

  /// What stands for a count: below ``threshold`` its band, such as `0-4`; from there on the number.
  public func band(of count: Int) -> String {
    guard count < threshold else { return "\(count)" }
    let bounds = [0] + bands
    let place = bounds.lastIndex { $0 <= count } ?? 0
    // The last band, and one that the threshold cuts, end below the first number that is shown.
    let end = min(place + 1 < bounds.count ? bounds[place + 1] : threshold, threshold)
    return "\(bounds[place])-\(end - 1)"
  }

  /// The listed field that says how far a record of the form is: `status`, or else `state`.
  func statusField(of form: String) -> String? {
    disclose[form].flatMap { list in ["status", "state"].first(where: list.contains) }
  }

  /// The listed field by which records of the form are counted over time: the first in `_month`.
  func monthField(of form: String) -> String? {
    disclose[form]?.first { $0.hasSuffix("_month") }
  }

  /// ASCII letters, digits and underscores after a letter, at most 64. So a field inside a repeat,
  /// whose name in a section carries its instance, cannot be listed.
  static func isName(_ name: String) -> Bool {
    guard let first = name.utf8.first, name.utf8.count <= 64 else { return false }
    func letter(_ c: UInt8) -> Bool { (0x41...0x5a).contains(c) || (0x61...0x7a).contains(c) }
    return letter(first)
      && name.utf8.allSatisfy { letter($0) || (0x30...0x39).contains($0) || $0 == 0x5f }
  }
}
