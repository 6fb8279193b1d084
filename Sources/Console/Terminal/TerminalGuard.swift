internal import Glibc

/// Gives the terminal back as it was, however the process ends.
///
/// While armed, a normal exit, an interrupt, a termination and a crash all restore the saved settings
/// and write the leaving sequence (which clears the screen) before the process goes the way it was going.
enum TerminalGuard {
  private struct State {
    var armed: sig_atomic_t = 0
    var input: Int32 = -1
    var output: Int32 = -1
    var saved = termios()
    var leave: UnsafeMutablePointer<UInt8>?
    var leaveCount = 0
    /// Set by signals that only ask for something; the screen's loop looks at them.
    var resized: sig_atomic_t = 0
    var suspend: sig_atomic_t = 0
    var resumed: sig_atomic_t = 0
  }

  // One terminal a process. Written by the thread that owns the terminal and read by signal handlers,
  // which only load plain integers and call functions that POSIX allows there; nothing is allocated.
  nonisolated(unsafe) private static let state: UnsafeMutablePointer<State> = {
    let pointer = UnsafeMutablePointer<State>.allocate(capacity: 1)
    pointer.initialize(to: State())
    atexit { TerminalGuard.restoreInHandler() }
    return pointer
  }()
  // As above: written only by the thread that installs the handlers and takes them away.
  nonisolated(unsafe) private static let previous: UnsafeMutablePointer<sigaction> = {
    let pointer = UnsafeMutablePointer<sigaction>.allocate(capacity: 65)
    pointer.initialize(repeating: sigaction(), count: 65)
    return pointer
  }()

  private static let ending = [
    SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV,
  ]
  private static let asking = [SIGWINCH, SIGTSTP, SIGCONT]

  /// Remembers how to give the terminal back, and installs the handlers.
  static func arm(input: Int32, saved: termios, output: Int32, leave: String) {
    restore()
    let bytes = Array(leave.utf8)
    let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: max(bytes.count, 1))
    copy.initialize(from: bytes, count: bytes.count)
    state.pointee.leave?.deallocate()
    state.pointee.leave = copy
    state.pointee.leaveCount = bytes.count
    state.pointee.input = input
    state.pointee.output = output
    state.pointee.saved = saved
    state.pointee.armed = 1
    for signal in ending { install(signal) { TerminalGuard.end($0) } }
    for signal in asking { install(signal) { TerminalGuard.note($0) } }
    // Restoring from the background must not stop the process half way.
    install(SIGTTOU, SIG_IGN)
  }

  /// Gives the terminal back now and takes the handlers away. Does nothing when not armed.
  static func restore() {
    guard state.pointee.armed != 0 else { return }
    restoreInHandler()
    for signal in ending + asking + [SIGTTOU] { sigaction(signal, &previous[Int(signal)], nil) }
  }

  /// Whether the window changed, or the process came back, since the last call.
  static func takeRedraw() -> (resized: Bool, suspend: Bool, resumed: Bool) {
    defer {
      state.pointee.resized = 0
      state.pointee.suspend = 0
      state.pointee.resumed = 0
    }
    return (
      state.pointee.resized != 0, state.pointee.suspend != 0, state.pointee.resumed != 0
    )
  }

  private static func install(_ signal: Int32, _ handler: @escaping __sighandler_t) {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = handler
    sigemptyset(&action.sa_mask)
    // No SA_RESTART: waiting for a key must wake up.
    sigaction(signal, &action, &previous[Int(signal)])
  }

  private static func restoreInHandler() {
    guard state.pointee.armed != 0 else { return }
    state.pointee.armed = 0
    if let leave = state.pointee.leave {
      _ = write(state.pointee.output, leave, state.pointee.leaveCount)
    }
    _ = tcsetattr(state.pointee.input, TCSANOW, &state.pointee.saved)
  }

  private static func end(_ signal: Int32) {
    restoreInHandler()
    // As if this had never been here: a crash report, a default end, or the program's own handler.
    sigaction(signal, &previous[Int(signal)], nil)
    raise(signal)
  }

  private static func note(_ signal: Int32) {
    let kept = errno
    switch signal {
    case SIGWINCH: state.pointee.resized = 1
    case SIGTSTP: state.pointee.suspend = 1
    default: state.pointee.resumed = 1
    }
    errno = kept
  }
}
