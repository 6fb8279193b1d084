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

  private var rows: [[Cell]] = []
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
    rows.append(cells)
  }

  /// One string a row, two spaces between columns, cut to `width` columns of the terminal when given.
  public func lines(width: Int? = nil) -> [String] {
    var lines: [String] = []
    lines.reserveCapacity(rows.count)
    for row in rows { lines.append(line(row, width)) }
    return lines
  }

  /// Hands on one line after the other, so that a long table is not held twice.
  public func each<Failure: Error>(
    width: Int? = nil, _ body: (String) throws(Failure) -> Void
  ) throws(Failure) {
    for row in rows { try body(line(row, width)) }
  }

  private func line(_ row: [Cell], _ width: Int?) -> String {
    var line = ""
    line.reserveCapacity(row.reduce(16) { $0 + $1.text.utf8.count } + widths.reduce(0, +))
    for (column, cell) in row.enumerated() {
      if column > 0 { line += "  " }
      line += cell.text
      if column < row.count - 1 {
        for _ in 0..<(widths[column] - cell.width) { line += " " }
      }
    }
    return width.map { ColumnWidth.truncate(line, to: $0) } ?? line
  }
}
