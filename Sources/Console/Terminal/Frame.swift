/// What a prompt wants on the screen: lines that are safe to print, and where the cursor stands.
public struct Frame: Sendable, Equatable {
  public enum Style: Sendable, Equatable {
    case plain, strong, faint, reversed
  }

  public struct Line: Sendable, Equatable {
    public var text: String
    public var style: Style

    /// - Parameters:
    ///   - text: safe already, and no wider than the frame that was asked for.
    ///   - style: how it stands out.
    public init(_ text: String, _ style: Style = .plain) {
      self.text = text
      self.style = style
    }
  }

  public struct Place: Sendable, Equatable {
    public var row: Int
    public var column: Int
  }

  public var lines: [Line]
  /// Nil hides the cursor.
  public var cursor: Place?

  public init(_ lines: [Line] = [], cursor: Place? = nil) {
    self.lines = lines
    self.cursor = cursor
  }

  /// The text alone, for tests and people who read along.
  public var texts: [String] { lines.map(\.text) }

  /// Adds another frame below, its cursor with it.
  mutating func append(_ frame: Frame) {
    if let place = frame.cursor {
      cursor = Place(row: lines.count + place.row, column: place.column)
    }
    lines += frame.lines
  }

  /// Adds text broken into lines.
  mutating func append(_ text: String, _ style: Style = .plain, width: Int) {
    for line in ColumnWidth.wrap(text, to: width) { lines.append(Line(line, style)) }
  }
}
