/// RFC 4180, one record at a time, from a file that someone else made.
///
/// Quoted line breaks, CRLF or LF and a leading UTF-8 byte order mark are read; stray quotes, invalid
/// UTF-8 and anything over the limits are refused with a line number. Refusals never quote a cell.
public struct CSVReader {
  public struct Record: Sendable, Equatable {
    /// The line of the file on which the record begins, from 1.
    public let line: Int
    public let cells: [String]
  }

  private let bytes: [UInt8]
  private let limits: CSVLimits
  private let separator: UInt8
  private var at: Int
  private var line = 1
  private var records = 0

  /// - Parameters:
  ///   - separator: nil guesses from the first line, since spreadsheets set to Spanish or
  ///     French write semicolons.
  ///   - bytes: the whole file.
  ///   - limits: bounds on its size, records and cells.
  public init(
    _ bytes: [UInt8], limits: CSVLimits = CSVLimits(), separator: Character? = nil
  ) throws(CSVFailure) {
    guard bytes.count <= limits.bytesMax else { throw CSVFailure(code: .tooLarge, line: 1) }
    if let bad = UTF8Check.firstInvalid(bytes) {
      throw CSVFailure(code: .notUTF8, line: TextPlace(of: bad, in: bytes).line)
    }
    self.bytes = bytes
    self.limits = limits
    self.at = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    self.separator = separator?.asciiValue ?? Self.guess(bytes)
  }

  /// The next record; nil at the end. Empty lines are skipped.
  public mutating func next() throws(CSVFailure) -> Record? {
    while at < bytes.count, bytes[at] == 0x0A || bytes[at] == 0x0D {
      if bytes[at] == 0x0A { line += 1 }
      at += 1
    }
    guard at < bytes.count else { return nil }
    records += 1
    guard records <= limits.recordsMax else { throw failure(.tooManyRecords) }
    let first = line
    var cells: [String] = []
    while true {
      guard cells.count < limits.cellsMax else { throw failure(.tooManyCells) }
      cells.append(try cell())
      guard at < bytes.count else { break }
      let end = bytes[at]
      at += 1
      if end == separator { continue }
      if end == 0x0D {
        guard at == bytes.count || bytes[at] == 0x0A else { throw failure(.strayCarriageReturn) }
        if at < bytes.count { at += 1 }
      }
      line += 1
      break
    }
    return Record(line: first, cells: cells)
  }

  private mutating func cell() throws(CSVFailure) -> String {
    guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else { return try bareCell() }
    let opened = line
    at += 1
    var out: [UInt8] = []
    while true {
      guard at < bytes.count else { throw CSVFailure(code: .quoteNotClosed, line: opened) }
      let byte = bytes[at]
      at += 1
      if byte == UInt8(ascii: "\"") {
        guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else { break }
        at += 1
      } else if byte == 0x0A {
        line += 1
      }
      out.append(byte)
      guard out.count <= limits.cellBytesMax else { throw failure(.cellTooLarge) }
    }
    guard at == bytes.count || bytes[at] == separator || bytes[at] == 0x0A || bytes[at] == 0x0D
    else { throw failure(.strayQuote) }
    return String(decoding: out, as: UTF8.self)
  }

  private mutating func bareCell() throws(CSVFailure) -> String {
    let start = at
    while at < bytes.count, bytes[at] != separator, bytes[at] != 0x0A, bytes[at] != 0x0D {
      guard bytes[at] != UInt8(ascii: "\"") else { throw failure(.strayQuote) }
      guard at - start < limits.cellBytesMax else { throw failure(.cellTooLarge) }
      at += 1
    }
    return String(decoding: bytes[start..<at], as: UTF8.self)
  }

  private func failure(_ code: CSVFailure.Code) -> CSVFailure { CSVFailure(code: code, line: line) }

  private static func guess(_ bytes: [UInt8]) -> UInt8 {
    let header = bytes.prefix { $0 != 0x0A }
    for candidate in [UInt8(ascii: ","), UInt8(ascii: ";"), 0x09] where header.contains(candidate) {
      return candidate
    }
    return UInt8(ascii: ",")
  }
}
