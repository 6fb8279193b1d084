/// Why bytes are not the deterministic CBOR that this protocol accepts (entry §1.1).
public struct CBORError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: String, Sendable, CaseIterable {
    case truncated
    case trailingBytes = "trailing-bytes"
    case nonShortestHead = "non-shortest-head"
    case indefiniteLength = "indefinite-length"
    case reservedHead = "reserved-head"
    case floatingPoint = "floating-point"
    case unsupportedSimple = "unsupported-simple"
    case unsupportedTag = "unsupported-tag"
    case unexpectedType = "unexpected-type"
    case unsortedKeys = "unsorted-keys"
    case duplicateKey = "duplicate-key"
    case invalidText = "invalid-text"
    case tooLong = "too-long"
    case tooDeep = "too-deep"
    case outOfRange = "out-of-range"
    case nonCanonicalValue = "non-canonical-value"
  }

  public let code: Code
  /// Where in the input, in bytes.
  public let offset: Int

  public init(_ code: Code, at offset: Int) {
    self.code = code
    self.offset = offset
  }

  public var description: String { "not deterministic CBOR: \(code.rawValue) at byte \(offset)" }
}
