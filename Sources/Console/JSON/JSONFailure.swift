/// Why a JSON text was refused, and where. Never quotes the text: it may hold a person's words.
public struct JSONFailure: Error, Sendable, Equatable {
  public enum Code: String, Sendable, CaseIterable {
    case tooLarge, tooDeep, tooManyValues, notUTF8, unexpectedEnd, unexpectedCharacter
    case trailingText, invalidNumber, invalidEscape, controlCharacter, loneSurrogate, duplicateKey
  }

  public let code: Code
  /// From 1. Columns count bytes.
  public let line: Int
  public let column: Int

  /// For a person: where, what, and what to do next.
  public var message: Message {
    Message(
      "json.\(code.rawValue)", ["line": String(line), "column": String(column)])
  }
}

/// Bounds on a JSON text from outside, checked before anything is kept.
public struct JSONLimits: Sendable {
  public let bytesMax: Int
  public let depthMax: Int
  /// Values of every kind, members and elements together.
  public let valuesMax: Int

  public init(bytesMax: Int = 8 << 20, depthMax: Int = 32, valuesMax: Int = 200_000) {
    self.bytesMax = bytesMax
    self.depthMax = depthMax
    self.valuesMax = valuesMax
  }
}
