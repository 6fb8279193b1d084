import Foundation
import SyncCore
import Testing

@Suite struct YarrowTranscriptTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("transcripts")

  static let names =
    (try? FileManager.default.contentsOfDirectory(atPath: folder.path))?
    .filter { $0.hasPrefix("yarrow-") && $0.hasSuffix(".txt") }.sorted() ?? []

  @Test func `there are transcripts to run`() { #expect(!Self.names.isEmpty) }

  @Test(arguments: names) func `the program does what the transcript says`(_ name: String) throws {
    let text = try String(contentsOf: Self.folder.appendingPathComponent(name), encoding: .utf8)
    try Self.run(Transcript(text), name)
  }

  @Test func `a transcript that says something else fails`() throws {
    var matcher = TranscriptMatcher()
    #expect(matcher.difference(["Saved <code:C>."], ["Saved 9R38-STFK."]) == nil)
    #expect(matcher.fill("{C}") == "9R38-STFK")
    #expect(matcher.difference(["Saved <code>."], ["Saved 9R38."]) != nil)
    #expect(matcher.difference(["a", "~", "c"], ["a", "b", "b", "c"]) == nil)
    #expect(matcher.difference(["a"], ["a", "b"]) != nil)
    #expect(matcher.difference(["a", "b"], ["a"]) != nil)
    #expect(shellWords("a 'b c' --set=\"d e\" ''") == ["a", "b c", "--set=d e", ""])
  }

  private static func run(_ transcript: Transcript, _ name: String) throws {
    let runner = try CommandRunner()
    if transcript.role != "none" {
      let role = try #require(Membership.Role(name: transcript.role))
      let home = try YarrowHome.make(in: runner.directory, role: role)
      runner.environment["YARROW_HOME"] = home.path
      runner.environment["YARROW_PASSPHRASE_FILE"] = home.passphraseFile
    }
    var matcher = TranscriptMatcher()
    for step in transcript.steps {
      let input = step.input.map { matcher.fill($0) + "\n" }.joined()
      switch step.action {
      case .file(let file):
        _ = FileManager.default.createFile(
          atPath: runner.directory + "/" + file, contents: Data(input.utf8),
          attributes: [.posixPermissions: 0o600])
      case .start(let command): try runner.start(shellWords(matcher.fill(command)))
      case .run(let command):
        let result = try runner.run(shellWords(matcher.fill(command)), input: input)
        let place = "\(name):\(step.line): \(command)"
        let said = CommandRunner.Result.lines(result.err)
        let out = matcher.difference(step.out, CommandRunner.Result.lines(result.out))
        let err = matcher.difference(step.err, said)
        #expect(out == nil, "\(place)\nstdout \(out ?? "")")
        #expect(err == nil, "\(place)\nstderr \(err ?? "")")
        #expect(result.status == step.status, "\(place)\n\(result.err)")
        guard out == nil, err == nil, result.status == step.status else { return }
      }
    }
  }
}
