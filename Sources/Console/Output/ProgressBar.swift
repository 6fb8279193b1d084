internal import Glibc

/// A bar on stderr, only on a terminal and only for what takes over a second (cli.md, "Everywhere").
public final class ProgressBar {
  private var line: ProgressLine
  private let isOn: Bool
  private let width: Int

  /// - Parameters:
  ///   - key: the catalog key of what is being done.
  ///   - catalog: the person's language.
  public init(_ key: String, catalog: Catalog = .process) {
    line = ProgressLine(label: catalog.text(key), now: Self.now())
    isOn = isatty(STDERR_FILENO) == 1
    var window = winsize()
    let known = isOn && ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &window) == 0 && window.ws_col > 0
    // The last column makes some terminals wrap.
    width = (known ? Int(window.ws_col) : 80) - 1
  }

  /// - Parameters:
  ///   - total: nil when it is not known.
  ///   - done: as many of them as are behind.
  public func update(done: Int, total: Int?) {
    guard isOn else { return }
    draw(line.update(done: done, total: total, width: width, now: Self.now()))
  }

  /// - Parameter fraction: how much is behind, from 0 to 1.
  public func update(fraction: Double) {
    guard isOn else { return }
    draw(line.update(fraction: fraction, width: width, now: Self.now()))
  }

  private func draw(_ text: String?) {
    guard let text else { return }
    FileDescriptorWriter.write("\r" + text + "\u{1B}[K", to: STDERR_FILENO)
  }

  /// Takes the bar away.
  public func finish() {
    guard isOn, line.isShown else { return }
    FileDescriptorWriter.write("\r\u{1B}[K", to: STDERR_FILENO)
  }

  private static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
