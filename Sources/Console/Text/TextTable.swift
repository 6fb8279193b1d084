/// Rows of aligned columns for people; `--json` is for programs.
///
/// All text lies in one piece of memory and a row is some numbers, so that fifty thousand rows cost
/// about what their bytes do.
public struct TextTable: Sendable {
  /// A text of one table, made safe and measured once, however often it stands there.
  public struct Cell: Sendable {
    fileprivate let start: UInt32
    fileprivate let count: UInt32
    fileprivate let width: UInt32
  }

  private var text: [UInt8] = []
  /// The cells of all rows, one after the other.
  private var cells: [Cell] = []
  /// Where the cells of each row end.
  private var ends: [Int] = []
  private var widths: [UInt32] = []

  public init() {}

  /// - Parameter text: as it is stored.
  public mutating func cell(_ text: String) -> Cell {
    let start = self.text.count
    let columns = SafeText.columnsOfPlain(text)
    let safe = columns == nil ? SafeText.escape(text, newlines: .space) : text
    self.text.append(contentsOf: safe.utf8)
    return Cell(
      start: UInt32(start), count: UInt32(self.text.count - start),
      width: UInt32(columns ?? ColumnWidth.of(safe)))
  }

  /// Adds a cell to the row that is being written; ``endRow()`` ends it.
  public mutating func append(_ cell: Cell) {
    let column = cells.count - (ends.last ?? 0)
    if column < widths.count {
      widths[column] = max(widths[column], cell.width)
    } else {
      widths.append(cell.width)
    }
    cells.append(cell)
  }

  public mutating func endRow() { ends.append(cells.count) }

  /// Texts are made safe here: give them as they are stored.
  public mutating func append(_ row: [String]) {
    for text in row { append(cell(text)) }
    endRow()
  }

  /// One string a row, two spaces between columns, cut to `width` columns of the terminal when given.
  public func lines(width: Int? = nil) -> [String] {
    var lines: [String] = []
    lines.reserveCapacity(ends.count)
    var utf8: [UInt8] = []
    for row in ends.indices {
      utf8.removeAll(keepingCapacity: true)
      append(row, to: &utf8)
      let line = String(decoding: utf8, as: UTF8.self)
      lines.append(width.map { ColumnWidth.truncate(line, to: $0) } ?? line)
    }
    return lines
  }

  /// Writes the lines of ``lines(width:)``, without a string for each where nothing is cut.
  public func write(to stream: ResultStream, width: Int? = nil) throws(CommandFailure) {
    guard width == nil else {
      for line in lines(width: width) { try stream.line(line) }
      return
    }
    for row in ends.indices { try stream.line { append(row, to: &$0) } }
  }

  private func append(_ row: Int, to utf8: inout [UInt8]) {
    let start = row == 0 ? 0 : ends[row - 1]
    for index in start..<ends[row] {
      let cell = cells[index]
      utf8.append(contentsOf: text[Int(cell.start)..<Int(cell.start + cell.count)])
      guard index < ends[row] - 1 else { break }
      let padding = Int(widths[index - start] - cell.width) + 2
      utf8.append(contentsOf: repeatElement(0x20, count: padding))
    }
  }
}
