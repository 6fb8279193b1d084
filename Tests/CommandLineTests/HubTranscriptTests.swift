import Foundation
import Testing

@Suite struct HubTranscriptTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("transcripts")

  static let names =
    (try? FileManager.default.contentsOfDirectory(atPath: folder.path))?
    .filter { $0.hasPrefix("hub-") && $0.hasSuffix(".txt") }.sorted() ?? []

  @Test func `there are transcripts of the hub to run`() { #expect(!Self.names.isEmpty) }

  @Test(arguments: names) func `the hub's program does what the transcript says`(
    _ name: String
  ) throws {
    let text = try String(contentsOf: Self.folder.appendingPathComponent(name), encoding: .utf8)
    let runner = try HubFixture.runner()
    let port = try HubFixture.freePort()
    try Self.run(Transcript(text.replacingOccurrences(of: "{PORT}", with: "\(port)")), name, runner)
  }

  @Test func `commands give the same answers through a serving hub as without one`() throws {
    let runner = try HubFixture.runner()
    let port = try HubFixture.freePort()
    func json(_ words: String...) throws -> CommandRunner.Result {
      try runner.run(["yarrow-hub"] + words + ["--json"])
    }
    let made = try json(
      "init", "--programme", "delta", "--url", "https://127.0.0.1:\(port)", "--areas", "north")
    #expect(made.status == 0, "\(made.err)")
    #expect(try json("invite", "--role", "liaison", "--area", "north").status == 0)
    let questions = [
      ["status"], ["invites"], ["devices"], ["policy", "show"], ["quarantine"], ["verify"],
      ["export"], ["release"], ["areas", "add", "north"], ["invites", "cancel", "7"],
      ["url", "set", "http://plain"], ["forms", "add", "missing.yaml"], ["erase", "x"],
    ]
    let alone = try questions.map { try runner.run(["yarrow-hub"] + $0 + ["--json"]) }
    try runner.start(["yarrow-hub", "serve", "--listen", "127.0.0.1:\(port)"])
    for (words, before) in zip(questions, alone) {
      let after = try runner.run(["yarrow-hub"] + words + ["--json"])
      if words == ["status"] {
        #expect(before.status == 69 && after.status == 0)
        #expect(
          before.out.replacingOccurrences(of: "\"stopped\"", with: "\"serving\"") == after.out)
      } else {
        #expect(before.status == after.status && before.out == after.out, "\(words)")
        #expect(before.err == after.err, "\(words)")
      }
    }
  }

  @Test func `a second server and a restore leave a serving hub alone`() throws {
    let runner = try HubFixture.runner()
    let port = try HubFixture.freePort()
    func run(_ words: String...) throws -> CommandRunner.Result {
      try runner.run(["yarrow-hub"] + words)
    }
    #expect(
      try run("init", "--programme", "delta", "--url", "https://127.0.0.1:\(port)").status == 0)
    try runner.start(["yarrow-hub", "serve", "--listen", "127.0.0.1:\(port)"])
    #expect(try run("serve", "--listen", "127.0.0.1:0").status == 73)
    #expect(try run("backup", "b.db").status == 0)
    #expect(try run("restore", "b.db").status == 69)
    #expect(try run("status").status == 0)
  }

  private static func run(
    _ transcript: Transcript, _ name: String, _ runner: CommandRunner
  ) throws {
    var matcher = TranscriptMatcher()
    for step in transcript.steps {
      let input = step.input.map { matcher.fill($0) + "\n" }.joined()
      switch step.action {
      case .file(let file): runner.writeFile(file, input)
      case .start(let command): try runner.start(shellWords(matcher.fill(command)))
      case .run(let command):
        let result = try runner.run(shellWords(matcher.fill(command)), input: input)
        let out = matcher.difference(step.out, CommandRunner.Result.lines(result.out))
        let err = matcher.difference(step.err, CommandRunner.Result.lines(result.err))
        let place = "\(name):\(step.line): \(command)"
        #expect(out == nil, "\(place)\nstdout \(out ?? "")\n\(result.err)")
        #expect(err == nil, "\(place)\nstderr \(err ?? "")")
        #expect(result.status == step.status, "\(place)\n\(result.err)")
        guard out == nil, err == nil, result.status == step.status else { return }
      }
    }
  }
}

/// A directory in which `hub` is the operator's home and `pass` holds the passphrase.
enum HubFixture {
  static func runner() throws -> CommandRunner {
    let runner = try CommandRunner()
    runner.writeFile("pass", "correct horse battery\n")
    runner.environment["YARROW_HUB_HOME"] = runner.directory + "/hub"
    runner.environment["YARROW_PASSPHRASE_FILE"] = runner.directory + "/pass"
    return runner
  }

  /// A port that nothing listens on at the moment.
  static func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let found = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
      }
    }
    try #require(found)
    return Int(UInt16(bigEndian: address.sin_port))
  }
}

extension CommandRunner {
  fileprivate func writeFile(_ name: String, _ text: String) {
    _ = FileManager.default.createFile(
      atPath: directory + "/" + name, contents: Data(text.utf8),
      attributes: [.posixPermissions: 0o600])
  }
}
