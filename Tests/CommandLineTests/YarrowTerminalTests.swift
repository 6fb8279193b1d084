import Foundation
import Glibc
import Testing

/// A program on a terminal of its own: what it draws is read, keys are typed, and it can be killed.
private final class TerminalProgram {
  private let person: Int32
  private(set) var child: pid_t = 0
  private var seen = ""

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
      seen += String(decoding: bytes[..<count], as: UTF8.self)
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

@Suite struct YarrowTerminalTests {
  @Test func `a report that was cut off by a kill goes on where it stopped`() throws {
    let runner = try CommandRunner()
    let home = try YarrowHome.make(in: runner.directory)
    runner.environment["YARROW_HOME"] = home.path
    runner.environment["YARROW_PASSPHRASE_FILE"] = home.passphraseFile
    runner.environment["TERM"] = "xterm"
    func start(_ words: [String]) throws -> TerminalProgram {
      try TerminalProgram(
        ["yarrow"] + words, environment: runner.environment, directory: runner.directory)
    }

    let first = try start(["new", "report"])
    #expect(first.sees("Which district is this about?"))
    first.types("sou\r")
    #expect(first.sees("When was the report received?"))
    first.types("\u{15}3 May 2026 14:30\r")
    #expect(first.sees("How did the report reach you?"))
    // Typed and not entered: this is all that the kill may cost.
    first.types("pho")
    #expect(first.sees("pho"))
    first.killHard()

    #expect(CommandRunner.Result.lines(try runner.run(["yarrow", "list"]).out).isEmpty)
    let drafts = CommandRunner.Result.lines(try runner.run(["yarrow", "drafts", "--json"]).out)
    #expect(drafts.count == 1)
    #expect(drafts.first?.contains("\"question\":\"channel\"") == true)
    let id = try #require(drafts.first).dropFirst("{\"draft\":\"".count).prefix(8)

    let second = try start(["drafts", "resume", String(id)])
    #expect(second.sees("How did the report reach you?"))
    // Back to what was answered before: it is shown as it was typed.
    second.types("\u{2}")
    #expect(second.sees("2026-05-03 14:30"))
    second.types("\r")
    #expect(second.sees("How did the report reach you?"))
    second.types("phone\r")
    // Forward through what need not be answered, to the review.
    var number = 4
    #expect(second.sees("Question \(number) of"))
    while number < 200 {
      second.types("\u{6}")
      number += 1
      let found = second.sees(anyOf: ["Question \(number) of", "Review before saving"])
      guard found != "Review before saving" else { break }
      try #require(found != nil)
    }
    second.types("\u{13}")
    #expect(second.ends() == 0)

    // One record, with the answers from before the kill and after it; the draft went with it.
    let listed = CommandRunner.Result.lines(try runner.run(["yarrow", "list", "--json"]).out)
    #expect(listed.count == 1)
    let record = String(try #require(listed.first).dropFirst("{\"record\":\"".count).prefix(32))
    let shown = try runner.run(["yarrow", "show", record, "--json"]).out
    #expect(shown.contains("\"district\":\"south\",\"received_at\":\"2026-05-03T14:30:00Z\""))
    #expect(shown.contains("\"channel\":\"phone\""))
    #expect(try runner.run(["yarrow", "drafts", "--json"]).out.isEmpty)
  }
}
