internal import Glibc

/// The terminal while questions are asked or a record is shown: raw, on the alternate screen, which is
/// cleared on leaving, on suspending, and when nothing was typed for a while (cli.md, "Everywhere").
///
/// A thin driver; everything that can be tested without a terminal is in the `PromptModel`s.
public final class TerminalScreen {
  private let terminal: Int32
  private let ownsTerminal: Bool
  private let catalog: Catalog
  private let idleMilliseconds: Int32
  private let saved: termios
  private var decoder = KeyDecoder()
  private var queue: [Key] = []
  private var isEntered = false

  private static let enterSequence = "\u{1B}[?1049h\u{1B}[2J\u{1B}[H\u{1B}[?2004h"
  static let leaveSequence = "\u{1B}[?2004l\u{1B}[0m\u{1B}[2J\u{1B}[H\u{1B}[?1049l\u{1B}[?25h"

  /// Nil when stdin is not a terminal or there is none to talk to: use `LineDialogue`.
  public convenience init?(catalog: Catalog = .process, idleSeconds: Int = 120) {
    guard isatty(STDIN_FILENO) == 1 else { return nil }
    if let name = getenv("TERM"), String(cString: name) == "dumb" { return nil }
    let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
    guard terminal >= 0 else { return nil }
    self.init(terminal: terminal, owns: true, catalog: catalog, idleSeconds: idleSeconds)
  }

  init?(terminal: Int32, owns: Bool, catalog: Catalog, idleSeconds: Int) {
    var saved = termios()
    guard tcgetattr(terminal, &saved) == 0 else {
      if owns { close(terminal) }
      return nil
    }
    self.terminal = terminal
    self.ownsTerminal = owns
    self.catalog = catalog
    self.idleMilliseconds = Int32(clamping: max(idleSeconds, 1) * 1_000)
    self.saved = saved
  }

  deinit {
    leave()
    if ownsTerminal { close(terminal) }
  }

  /// Clears and leaves the alternate screen; the terminal is as it was before. `ask` enters again.
  public func leave() {
    guard isEntered else { return }
    isEntered = false
    TerminalGuard.restore()
  }

  /// Runs a prompt until it has an outcome other than `.editing`.
  ///
  /// Ctrl-C gives `.cancelled`, as does a terminal that went away. The screen stays for the next prompt.
  public func ask(_ prompt: inout some PromptModel) -> PromptOutcome {
    enter()
    draw(prompt)
    while true {
      guard let key = nextKey(redraw: { self.draw(prompt) }) else { return .cancelled }
      switch key {
      case .control("c"): return .cancelled
      case .control("z"): suspend()
      case .control("l"): write("\u{1B}[2J")
      default:
        let outcome = prompt.handle(key)
        guard outcome == .editing else { return outcome }
      }
      if queue.isEmpty { draw(prompt) }
    }
  }

  private func enter() {
    guard !isEntered else { return }
    isEntered = true
    TerminalGuard.arm(
      input: terminal, saved: saved, output: terminal, leave: Self.leaveSequence)
    setRaw()
    write(Self.enterSequence)
  }

  private func setRaw() {
    var raw = saved
    cfmakeraw(&raw)
    // Flushing drops what was typed before the question could be seen.
    _ = tcsetattr(terminal, TCSAFLUSH, &raw)
  }

  private func suspend() {
    leave()
    // Threads of a pool block signals; unblocked, the process stops inside `raise` and goes on here
    // when the shell continues it.
    var stop = sigset_t()
    var kept = sigset_t()
    sigemptyset(&stop)
    sigaddset(&stop, SIGTSTP)
    pthread_sigmask(SIG_UNBLOCK, &stop, &kept)
    raise(SIGTSTP)
    pthread_sigmask(SIG_SETMASK, &kept, nil)
    enter()
  }

  /// Nil at the end of the terminal.
  private func nextKey(redraw: () -> Void) -> Key? {
    var idle: Int32 = 0
    while true {
      if !queue.isEmpty { return queue.removeFirst() }
      var poller = pollfd(fd: terminal, events: Int16(POLLIN), revents: 0)
      // A lone Esc is told from a sequence by what follows within a moment.
      // Slices, because a signal may arrive on another thread and wake nothing here.
      let slice: Int32 = decoder.isPending ? 30 : min(200, idleMilliseconds - idle)
      let ready = poll(&poller, 1, slice)
      let asked = TerminalGuard.takeRedraw()
      if asked.suspend { suspend() }
      if asked.resumed {
        setRaw()
        write(Self.enterSequence)
      }
      if asked.resized || asked.resumed || asked.suspend { redraw() }
      if ready < 0 {
        if errno == EINTR { continue }
        return nil
      }
      if ready == 0 {
        if decoder.isPending {
          queue = decoder.flush()
        } else {
          idle += slice
          guard idle >= idleMilliseconds else { continue }
          guard waitIdle() else { return nil }
          idle = 0
          redraw()
        }
        continue
      }
      guard let bytes = readBytes() else { return nil }
      queue = decoder.feed(bytes)
    }
  }

  /// Shows nothing of the answers until a key is pressed; that key is not an answer.
  private func waitIdle() -> Bool {
    write("\u{1B}[2J\u{1B}[H" + catalog.text("terminal.idle"))
    var poller = pollfd(fd: terminal, events: Int16(POLLIN), revents: 0)
    while true {
      let ready = poll(&poller, 1, -1)
      if ready > 0 { return readBytes() != nil }
      guard ready < 0, errno == EINTR else { return false }
      if TerminalGuard.takeRedraw().suspend { suspend() }
    }
  }

  private func readBytes() -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: 4_096)
    let got = read(terminal, &bytes, bytes.count)
    if got < 0, errno == EINTR { return [] }
    return got > 0 ? Array(bytes[..<got]) : nil
  }

  private func draw(_ prompt: some PromptModel) {
    let (width, height) = size()
    guard width >= 20, height >= 6 else {
      write("\u{1B}[2J\u{1B}[H" + catalog.text("terminal.small"))
      return
    }
    write(Self.paint(prompt.render(width: width, height: height), width: width, height: height))
  }

  /// The bytes that show a frame: each line is overwritten in place, so nothing flickers.
  static func paint(_ frame: Frame, width: Int, height: Int) -> String {
    var out = "\u{1B}[?25l\u{1B}[H"
    for (row, line) in frame.lines.prefix(height).enumerated() {
      if row > 0 { out += "\r\n" }
      switch line.style {
      case .plain: out += "\u{1B}[0m"
      case .strong: out += "\u{1B}[0;1m"
      case .faint: out += "\u{1B}[0;2m"
      case .reversed: out += "\u{1B}[0;7m"
      }
      out += ColumnWidth.truncate(line.text, to: width) + "\u{1B}[0m\u{1B}[K"
    }
    out += "\u{1B}[J"
    if let cursor = frame.cursor, cursor.row < height {
      out += "\u{1B}[\(cursor.row + 1);\(min(cursor.column, width - 1) + 1)H\u{1B}[?25h"
    }
    return out
  }

  private func size() -> (width: Int, height: Int) {
    var window = winsize()
    guard ioctl(terminal, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0, window.ws_row > 0
    else { return (80, 24) }
    return (Int(window.ws_col), Int(window.ws_row))
  }

  private func write(_ text: String) { FileDescriptorWriter.write(text, to: terminal) }
}
