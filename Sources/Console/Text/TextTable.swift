/// Rows of aligned columns for people; `--json` is for programs.
public struct TextTable: Sendable {
  private var rows: [[String]] = []

  public init() {}

  /// Cells are made safe here: give them as they are stored.
  public mutating func append(_ cells: [String]) {
    rows.append(cells.map { SafeText.escape($0, newlines: .space) })
  }

  /// One string a row, two spaces between columns, cut to `width` columns of the terminal when given.
  public func lines(width: Int? = nil) -> [String] {
    var widths: [Int] = []
    for row in rows {
      for (column, cell) in row.enumerated() {
        let cellWidth = ColumnWidth.of(cell)
        if column < widths.count {
          widths[column] = max(widths[column], cellWidth)
        } else {
          widths.append(cellWidth)
        }
      }
    }
    return rows.map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        if column > 0 { line += "  " }
        line += column == row.count - 1 ? cell : ColumnWidth.pad(cell, to: widths[column])
      }
      return width.map { ColumnWidth.truncate(line, to: $0) } ?? line
    }
  }
}
