/// Why bytes are not one whole raw deflate stream within its limit (wire-format §4).
public struct CompressionError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: String, Sendable, Hashable, CaseIterable {
    case truncated
    case malformed
    case trailingBytes = "trailing-bytes"
    case tooLong = "too-long"
  }

  public let code: Code
  public init(_ code: Code) { self.code = code }

  public var description: String {
    switch code {
    case .truncated: "the compressed bytes end before their content does; fetch them again"
    case .malformed: "the bytes are not raw deflate with this dictionary"
    case .trailingBytes: "something follows the end of the compressed content"
    case .tooLong: "the content is longer than its limit and was not decompressed further"
    }
  }
}
