/// The name of a key that signs notes (C2SP signed-note; hub-log §3.2).
///
/// Not empty, without Unicode spaces, plus signs and control characters. Names are compared byte by
/// byte, not by how they look.
public struct KeyName: Sendable, Hashable {
  /// UTF-8.
  let utf8: [UInt8]

  /// Longest name, in bytes of UTF-8.
  public static let bytesMax = 255

  /// - Throws: `invalid-key-name`.
  public init(_ text: String) throws(TransparencyLogError) {
    guard !text.isEmpty, text.utf8.count <= Self.bytesMax,
      text.unicodeScalars.allSatisfy({
        $0.value >= 0x20 && $0 != "+" && !$0.properties.isWhitespace
      })
    else { throw TransparencyLogError(.invalidKeyName) }
    utf8 = Array(text.utf8)
  }

  public var text: String { String(decoding: utf8, as: UTF8.self) }
}
