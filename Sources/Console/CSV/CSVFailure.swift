/// Why a CSV file was refused, and on which line.
public struct CSVFailure: Error, Sendable, Equatable {
  public enum Code: String, Sendable, CaseIterable {
    case tooLarge, notUTF8, tooManyRecords, tooManyCells, cellTooLarge, quoteNotClosed, strayQuote
    case strayCarriageReturn
  }

  public let code: Code
  /// From 1.
  public let line: Int

  /// For a person: where, what, and what to do next.
  public var message: Message { Message("csv.\(code.rawValue)", ["line": String(line)]) }
}

/// Bounds on a CSV file from outside.
public struct CSVLimits: Sendable {
  public let bytesMax: Int
  public let recordsMax: Int
  public let cellsMax: Int
  public let cellBytesMax: Int

  public init(
    bytesMax: Int = 64 << 20, recordsMax: Int = 1_000_000, cellsMax: Int = 1_000,
    cellBytesMax: Int = 1 << 20
  ) {
    self.bytesMax = bytesMax
    self.recordsMax = recordsMax
    self.cellsMax = cellsMax
    self.cellBytesMax = cellBytesMax
  }
}
