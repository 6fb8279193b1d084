/// When a progress bar shows, and what: not before one second, and at most ten times a second.
struct ProgressLine {
  private let label: String
  private let started: UInt64
  private var shownAt: UInt64?

  /// - Parameter now: nanoseconds of a clock that only goes forward.
  init(label: String, now: UInt64) {
    self.label = label
    self.started = now
  }

  var isShown: Bool { shownAt != nil }

  /// The line to draw over the last one, or nil when there is nothing to draw now.
  mutating func update(done: Int, total: Int?, width: Int, now: UInt64) -> String? {
    guard now >= started + 1_000_000_000 else { return nil }
    if let shownAt, now < shownAt + 100_000_000 { return nil }
    shownAt = now
    guard let total, total > 0 else { return ColumnWidth.truncate("\(label) \(done)", to: width) }
    let done = min(max(done, 0), total)
    let figures = " \(done)/\(total)"
    let room = width - ColumnWidth.of(label) - figures.utf8.count - 3
    guard room >= 5 else { return ColumnWidth.truncate(label + figures, to: width) }
    let filled = Int(Double(room) * Double(done) / Double(total))
    return label + " [" + String(repeating: "#", count: filled)
      + String(repeating: "-", count: room - filled) + "]" + figures
  }
}
