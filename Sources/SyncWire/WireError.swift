public import SyncCore

/// Why bytes are not a message of this protocol (wire-format §1).
public struct WireError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: Sendable, Hashable {
    case tooLong
    case truncated
    case unknownVersion
    case unexpectedType
    case inflate
    case trailingOpaqueBytes
    case malformed(CBORError.Code)
    case entry(EntryError.Code)
    case inconsistent
    case signature
  }

  public let code: Code

  public init(_ code: Code) { self.code = code }

  /// The word of the closed list in wire-format §1.4, which the vectors use.
  public var word: String {
    switch code {
    case .tooLong: "too-long"
    case .truncated: "truncated"
    case .unknownVersion: "unknown-version"
    case .unexpectedType: "unexpected-type"
    case .inflate: "inflate"
    case .trailingOpaqueBytes: "trailing-opaque-bytes"
    case .malformed(let code): "malformed:\(code.rawValue)"
    case .entry(.sectionTooLong): "entry:section-too-long"
    case .entry(.recordNotDerived): "entry:record-not-derived"
    case .entry(.malformedSection(let code)): "entry:section:\(code.rawValue)"
    case .entry(.malformedEnvelope(let code)): "entry:envelope:\(code.rawValue)"
    case .inconsistent: "inconsistent"
    case .signature: "signature"
    }
  }

  public var description: String {
    switch code {
    case .tooLong: "the message is longer than the protocol allows"
    case .truncated: "the message is cut short"
    case .unknownVersion: "the message has a protocol version that this program does not know"
    case .unexpectedType: "the message is of another type than expected"
    case .inflate: "the message does not decompress within its limit"
    case .trailingOpaqueBytes: "the message has bytes that belong to nothing"
    case .malformed(let code): "the message is malformed: \(code.rawValue)"
    case .entry(let code): EntryError(code).description
    case .inconsistent: "the parts of the message contradict each other"
    case .signature: "the message is not signed by its sender"
    }
  }
}
