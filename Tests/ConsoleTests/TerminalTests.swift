import Glibc
import Testing

@testable import Console

/// One process has one terminal to guard, so these run one after another.
@Suite(.serialized)
struct TerminalTests {
  private func prompt() -> EntryPrompt {
    EntryPrompt(Question("Where?", catalog: .english), rule: .text())
  }

  private func screen(_ terminal: PseudoTerminal, idleSeconds: Int = 60) throws -> TerminalScreen {
    try #require(
      TerminalScreen(
        terminal: terminal.program, owns: false, catalog: .english, idleSeconds: idleSeconds))
  }

  @Test func `a question is asked on the alternate screen, which is cleared on leaving`() throws {
    let terminal = PseudoTerminal()
    let before = terminal.settings
    let screen = try screen(terminal)
    var prompt = prompt()
    let person = Person(terminal, [("Where?", "nort\u{1B}[D\u{1B}[Ch\r")])
    #expect(screen.ask(&prompt) == .answered(.text("north")))
    #expect(person.wait()[0].hasPrefix("\u{1B}[?1049h"))
    #expect(terminal.settings != before)
    _ = terminal.seen()
    screen.leave()
    #expect(terminal.settings == before)
    #expect(terminal.seen() == TerminalScreen.leaveSequence)
  }

  @Test func `Ctrl-C cancels and Esc alone goes back`() throws {
    let terminal = PseudoTerminal()
    let screen = try screen(terminal)
    var inner = prompt()
    let first = Person(terminal, [("Where?", "a\u{3}")])
    #expect(screen.ask(&inner) == .cancelled)
    _ = first.wait()
    var outer = QuestionScreen(
      prompt(), title: "R", number: 1, count: 1, readers: nil, catalog: .english)
    let second = Person(terminal, [("Question 1 of 1", "\u{1B}")])
    #expect(screen.ask(&outer) == .back)
    _ = second.wait()
  }

  @Test func `an idle screen shows nothing of the answer, and the key that wakes it is no answer`()
    throws
  {
    let terminal = PseudoTerminal()
    let screen = try screen(terminal, idleSeconds: 1)
    var prompt = prompt()
    let person = Person(
      terminal,
      [("Where?", "words"), ("The screen was cleared", "x"), ("words", "\r")])
    #expect(screen.ask(&prompt) == .answered(.text("words")))
    let idle = person.wait()[1]
    let clearing = "\u{1B}[2J\u{1B}[HThe screen was cleared"
    #expect(idle.contains(clearing))
    #expect(idle.split(separator: clearing).last?.contains("words") == false)
  }

  @Test func `a passphrase is not shown, and the terminal shows again afterwards`() throws {
    let terminal = PseudoTerminal()
    let before = terminal.settings
    let person = Person(terminal, [("Passphrase: ", "four words\n")])
    let passphrase = try PassphraseTerminal.ask("Passphrase:", on: terminal.program)
    _ = person.wait()
    #expect(passphrase.withBytes(Array.init) == Array("four words".utf8))
    #expect(terminal.settings == before)
    #expect(!terminal.seen().contains("four"))
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP, SIGABRT, SIGSEGV])
  func `a signal gives the terminal back before the process dies of it`(signal: Int32)
    async throws
  {
    let terminal = PseudoTerminal()
    let before = terminal.settings
    let path = terminal.path
    let person = Person(terminal, [("here", "q")])
    await #expect(processExitsWith: .signal(signal)) {
      [path = path as String, signal = signal as Int32] in
      let program = open(path, O_RDWR | O_NOCTTY)
      let screen = TerminalScreen(
        terminal: program, owns: false, catalog: .english, idleSeconds: 60)
      var page = PagePrompt([.init("here")])
      _ = screen?.ask(&page)
      // The screen stays for the next question: this is where a real one would be.
      // To the process, as a shell sends it; threads of a pool block signals sent to themselves.
      withExtendedLifetime(screen) {
        kill(getpid(), signal)
        while true { pause() }
      }
    }
    _ = person.wait()
    #expect(terminal.settings == before)
    #expect(terminal.seen().contains(TerminalScreen.leaveSequence))
  }

  @Test func `an exit gives the terminal back`() async throws {
    let terminal = PseudoTerminal()
    let before = terminal.settings
    let path = terminal.path
    let person = Person(terminal, [("here", "q")])
    await #expect(processExitsWith: .exitCode(66)) { [path = path as String] in
      let program = open(path, O_RDWR | O_NOCTTY)
      let screen = TerminalScreen(
        terminal: program, owns: false, catalog: .english, idleSeconds: 60)
      var page = PagePrompt([.init("here")])
      _ = screen?.ask(&page)
      withExtendedLifetime(screen) { exit(66) }
    }
    _ = person.wait()
    #expect(terminal.settings == before)
    #expect(terminal.seen().contains(TerminalScreen.leaveSequence))
  }
}
