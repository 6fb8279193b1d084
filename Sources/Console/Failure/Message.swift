/// One sentence in the catalog, with what fills its `{placeholders}`.
///
/// Fill in names that travel in the clear (record ids, file names, field names, codes, counts).
/// Never a field's value: messages reach logs, screenshots and other people's ears.
public struct Message: Sendable, Equatable {
  public let key: String
  public let arguments: [String: String]
  /// Set when the text does not come from the catalog.
  let literal: String?

  public init(_ key: String, _ arguments: [String: String] = [:]) {
    self.key = key
    self.arguments = arguments
    self.literal = nil
  }

  private init(literal: String) {
    self.key = ""
    self.arguments = [:]
    self.literal = literal
  }

  /// A sentence that another library wrote already; shown as it is, made safe.
  public static func sentence(_ text: String) -> Message { Message(literal: text) }

  /// The sentence in the catalog's language, safe to print. Line breaks of the catalog stay.
  public func text(in catalog: Catalog) -> String {
    if let literal { return SafeText.escape(literal, newlines: .keep) }
    return catalog.text(key, arguments)
  }
}
