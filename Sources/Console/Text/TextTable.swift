/// Rows of aligned columns for people; `--json` is for programs.
public struct TextTable: Sendable {
  /// A cell made safe and measured once, however often it stands in a table.
  public struct Cell: Sendable {
    let text: String
    let width: Int

    /// - Parameter text: as it is stored.
    public init(_ text: String) {
      self.text = SafeText.escape(text, newlines: .space)
      width = ColumnWidth.of(self.text)
    }
  }

  /// The cells of all rows, one after the other: a long table is one piece of memory.
  private var cells: [Cell] = []
  /// Where the cells of each row end.
  private var ends: [Int] = []
  private var widths: [Int] = []

  public init() {}

  /// Cells are made safe here: give them as they are stored.
  public mutating func append(_ cells: [String]) { append(cells.map { Cell($0) }) }

  public mutating func append(_ cells: [Cell]) {
    for (column, cell) in cells.enumerated() {
      if column < widths.count {
        widths[column] = max(widths[column], cell.width)
      } else {
        widths.append(cell.width)
      }
    }
    self.cells += cells
    ends.append(self.cells.count)
  }

  /// One string a row, two spaces between columns, cut to `width` columns of the terminal when given.
  public func lines(width: Int? = nil) -> [String] {
    var lines: [String] = []
    lines.reserveCapacity(ends.count)
    each(width: width) { lines.append($0) }
    return lines
  }

  /// Hands on one line after the other, so that a long table is not held twice.
  public func each<Failure: Error>(
    width: Int? = nil, _ body: (String) throws(Failure) -> Void
  ) throws(Failure) {
    var start = 0
    for end in ends {
      try body(line(start..<end, width))
      start = end
    }
  }

  private func line(_ row: Range<Int>, _ width: Int?) -> String {
    var utf8: [UInt8] = []
    utf8.reserveCapacity(256)
    for index in row {
      utf8.append(contentsOf: cells[index].text.utf8)
      guard index < row.upperBound - 1 else { break }
      let padding = widths[index - row.lowerBound] - cells[index].width
      utf8.append(contentsOf: repeatElement(0x20, count: padding + 2))
    }
    let line = String(decoding: utf8, as: UTF8.self)
    return width.map { ColumnWidth.truncate(line, to: $0) } ?? line
  }
}
