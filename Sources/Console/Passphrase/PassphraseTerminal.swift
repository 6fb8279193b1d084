internal import Glibc

/// Asks on the terminal without showing what is typed.
enum PassphraseTerminal {
  static func ask(_ prompt: String) throws(CommandFailure) -> Passphrase {
    let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
    guard terminal >= 0 else { throw noTerminal() }
    defer { close(terminal) }
    return try ask(prompt, on: terminal)
  }

  static func ask(_ prompt: String, on terminal: Int32) throws(CommandFailure) -> Passphrase {
    var saved = termios()
    guard tcgetattr(terminal, &saved) == 0 else { throw noTerminal() }
    var silent = saved
    silent.c_lflag &= ~tcflag_t(ECHO | ECHOE | ECHOK | ECHONL)
    silent.c_lflag |= tcflag_t(ICANON | ISIG)
    TerminalGuard.arm(input: terminal, saved: saved, output: terminal, leave: "\n")
    // Flushing drops what was typed ahead, which would have been shown.
    _ = tcsetattr(terminal, TCSAFLUSH, &silent)
    FileDescriptorWriter.write(prompt + " ", to: terminal)
    var line = readLine(terminal)
    TerminalGuard.restore()
    guard !line.isEmpty else { throw CommandFailure(.inputInvalid, "passphrase.empty") }
    guard line.count <= Passphrase.bytesMax else {
      Passphrase.erase(&line)
      throw CommandFailure(.inputInvalid, "passphrase.long")
    }
    guard let passphrase = Passphrase(consuming: &line) else {
      throw CommandFailure(.inputInvalid, "passphrase.not_utf8")
    }
    return passphrase
  }

  /// One line, at most a byte more than is allowed; the array never grows, so no copy stays behind.
  private static func readLine(_ terminal: Int32) -> [UInt8] {
    var line: [UInt8] = []
    line.reserveCapacity(Passphrase.bytesMax + 1)
    var byte: UInt8 = 0
    while true {
      let got = read(terminal, &byte, 1)
      if got < 0 && errno == EINTR { continue }
      guard got == 1, byte != 0x0A, byte != 0x0D else { break }
      if line.count <= Passphrase.bytesMax { line.append(byte) }
    }
    byte = 0
    return line
  }

  private static func noTerminal() -> CommandFailure {
    CommandFailure(.usage, "passphrase.no_terminal", next: "passphrase.no_terminal.next")
  }
}
