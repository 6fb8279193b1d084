import Foundation
import Testing

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
