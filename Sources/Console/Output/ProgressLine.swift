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
    guard isTime(now) else { return nil }
    guard let total, total > 0 else { return ColumnWidth.truncate("\(label) \(done)", to: width) }
    let done = min(max(done, 0), total)
    return bar(Double(done) / Double(total), figures: " \(done)/\(total)", width)
  }

  /// The line with a percentage, which is 100 only for all of it.
  mutating func update(fraction: Double, width: Int, now: UInt64) -> String? {
    guard isTime(now) else { return nil }
    let share = min(max(fraction, 0), 1)
    return bar(share, figures: " \(Int(share * 100)) %", width)
  }

  private mutating func isTime(_ now: UInt64) -> Bool {
    guard now >= started + 1_000_000_000 else { return false }
    if let shownAt, now < shownAt + 100_000_000 { return false }
    shownAt = now
    return true
  }

  private func bar(_ share: Double, figures: String, _ width: Int) -> String {
    let room = width - ColumnWidth.of(label) - figures.utf8.count - 3
    guard room >= 5 else { return ColumnWidth.truncate(label + figures, to: width) }
    let filled = Int(Double(room) * share)
    return label + " [" + String(repeating: "#", count: filled)
      + String(repeating: "-", count: room - filled) + "]" + figures
  }
}
