import Foundation
import Glibc
import Testing

/// A program on a terminal of its own: what it draws is read, keys are typed, and it can be killed.
final class TerminalProgram {
  private let person: Int32
  private(set) var child: pid_t = 0
  private var seen = ""
  /// All that was drawn.
  private(set) var drawn = ""

  init(_ words: [String], environment: [String: String], directory: String) throws {
    var ends: [Int32] = [-1, -1]
    let opened = ends.withUnsafeMutableBufferPointer {
      openpty(&$0[0], &$0[1], nil, nil, nil)
    }
    try #require(opened == 0)
    person = ends[0]
    var window = winsize(ws_row: 40, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(person, UInt(TIOCSWINSZ), &window)
    let path = String(cString: ttyname(ends[1]))
    _ = fcntl(person, F_SETFD, FD_CLOEXEC)

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    // Opened by the leader of a new session, the terminal becomes the one that /dev/tty names.
    posix_spawn_file_actions_addopen(&actions, 0, path, O_RDWR, 0)
    posix_spawn_file_actions_adddup2(&actions, 0, 1)
    posix_spawn_file_actions_adddup2(&actions, 0, 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    posix_spawnattr_setflags(&attributes, 0x80)  // POSIX_SPAWN_SETSID
    let program = CommandRunner.program(words[0]).path
    var arguments = ([program] + words.dropFirst()).map { strdup($0) } + [nil]
    var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    let spawned = posix_spawn(&child, program, &actions, &attributes, &arguments, &variables)
    posix_spawn_file_actions_destroy(&actions)
    posix_spawnattr_destroy(&attributes)
    for pointer in arguments + variables { free(pointer) }
    close(ends[1])
    try #require(spawned == 0)
  }

  deinit {
    if child > 0 {
      kill(child, SIGKILL)
      waitpid(child, nil, 0)
    }
    close(person)
  }

  /// Reads until the text was drawn since the last call; false when nothing more comes.
  func sees(_ text: String) -> Bool { sees(anyOf: [text]) != nil }

  /// The first of the texts that was drawn since the last call.
  func sees(anyOf texts: [String]) -> String? {
    while true {
      if let found = texts.first(where: { seen.contains($0) }) {
        seen = ""
        return found
      }
      var poller = pollfd(fd: person, events: Int16(POLLIN), revents: 0)
      guard poll(&poller, 1, 15_000) > 0 else { return nil }
      var bytes = [UInt8](repeating: 0, count: 1 << 14)
      let count = read(person, &bytes, bytes.count)
      guard count > 0 else { return nil }
      let text = String(decoding: bytes[..<count], as: UTF8.self)
      seen += text
      drawn += text
    }
  }

  func types(_ keys: String) {
    let bytes = Array(keys.utf8)
    _ = write(person, bytes, bytes.count)
  }

  func killHard() {
    kill(child, SIGKILL)
    waitpid(child, nil, 0)
    child = 0
  }

  /// The exit status once the program has ended.
  func ends() -> Int32 {
    // What is still drawn must be read, or the program waits for room.
    while sees("\u{0}") {}
    var status: Int32 = 0
    waitpid(child, &status, 0)
    child = 0
    return status & 0x7F == 0 ? (status >> 8) & 0xFF : -1
  }
}
