import Testing

/// Something that code doesn't say here, and what it says instead.
struct Ban: Sendable {
  let name: String
  let pattern: Pattern
  let applies: @Sendable (TextFile) -> Bool
  let instead: String
  /// Reports only those with no comment on the line before or after that gives the reason.
  var unlessExplained = false

  init(
    _ name: String, _ pattern: String, unlessExplained: Bool = false, instead: String,
    where applies: @escaping @Sendable (TextFile) -> Bool
  ) {
    self.name = name
    self.pattern = Pattern(pattern)
    self.applies = applies
    self.instead = instead
    self.unlessExplained = unlessExplained
  }

  func findings(in file: TextFile) -> [Finding] {
    guard applies(file) else { return [] }
    let hits = pattern.matches(in: file.text)
    guard !hits.isEmpty else { return [] }
    let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false)
    func comments(_ index: Int) -> Bool {
      lines.indices.contains(index) && lines[index].drop { $0 == " " }.hasPrefix("//")
    }
    return hits.compactMap { match in
      let index = file.line(at: match.location) - 1
      // What stands in a comment is no call.
      if name != "unfinished", lines[index].drop(while: { $0 == " " }).hasPrefix("//") {
        return nil
      }
      if unlessExplained, comments(index - 1) || comments(index + 1) { return nil }
      return Finding(file, at: match.location, "\(name): \(instead)")
    }
  }

  static let pureTargets: Set = ["SyncCore", "SyncWire", "Identity", "Forms", "TransparencyLog"]

  static func source(_ file: TextFile) -> Bool { file.isSwift && file.target != nil }
  static func test(_ file: TextFile) -> Bool { file.isSwift && file.path.hasPrefix("Tests/") }
  static func pure(_ file: TextFile) -> Bool { source(file) && pureTargets.contains(file.target!) }

  /// What ships, and what only it is made of.
  static func program(_ file: TextFile) -> Bool {
    let targets: Set = ["SyncClient", "HubServer", "Console", "yarrow", "yarrow-hub"]
    return source(file) && targets.contains(file.target!)
  }

  static let all: [Ban] = [
    Ban(
      "detached task", #"\bTask(?:\.detached|\.init)?\s*(?:\([^)\n]*\))?\s*\{"#,
      instead:
        "a child task of a group, or a run() in the ServiceGroup, so that someone waits for it",
      where: source),
    Ban(
      "try!", #"\btry!"#,
      instead:
        "throw; if only our own mistake leads there, put the file on the list with its reason"
    ) { source($0) && !trapping.contains($0.path) },
    Ban(
      "fatalError", #"\b(?:fatalError|abort)\("#,
      instead: "throw for bad input, precondition for our own mistake"
    ) { source($0) && !trapping.contains($0.path) },
    Ban(
      "print", #"(?<![\w.])(?:debugPrint|dump|print|NSLog)\("#,
      instead: "Console's Output, which escapes what a terminal would obey and knows --json"
    ) { source($0) && $0.target != "Console" },
    Ban(
      "sleep", #"\b(?:sleep|usleep|nanosleep)\("#,
      instead: "wait for what is meant: a line, an exit, a continuation; or pass the time in",
      where: test),
    Ban(
      "clock",
      #"\bDate\(\)|(?:\bDate|Clock(?:\(\))?)\.now\b|\bclock_gettime\(|(?<![\w.])time\(nil"#,
      instead: "take `now` as an argument, as the caller does", where: pure),
    Ban(
      "randomness", #"\bSystemRandomNumberGenerator\b|\.random\(in: (?![^\n]*using:)"#,
      instead: "take the generator as an argument", where: pure),
    Ban(
      "simulated surroundings",
      #"\b(?:SyncSimulator|[sS]urroundings|RandomSource|StoreDisk|SignatureScheme|Ed25519Scheme)\b"#,
      instead: "leave the seam to tests and simulations: a program has the system's", where: program),
    Ban(
      "@unchecked Sendable", #"@unchecked Sendable"#, unlessExplained: true,
      instead: "give the proof in a comment on the next line, or use a Mutex",
      where: { $0.isSwift }),
    Ban(
      "nonisolated(unsafe)", #"nonisolated\(unsafe\)"#, unlessExplained: true,
      instead: "say beside it why it is safe, or use a Mutex", where: { $0.isSwift }),
    Ban(
      "unfinished", #"\b(?:TODO|FIXME|XXX|HACK|WIP)\b"#,
      instead: "finish it, or write in Protocol/decisions why it is left out"
    ) { !$0.path.hasPrefix("Protocol/decisions/") },
    Ban(
      "vague name", #"\b(?:class|struct|enum|actor|protocol) \w*(?:Utils?|Helpers?|Manager)\b"#,
      instead: "name it for what it is in the field's words", where: { $0.isSwift }),
  ]

  /// A trap here is a fault of the build or of a caller, and the line says which.
  static let trapping: Set = [
    // A shipped form that doesn't parse: excluded by FormsTests.
    "Sources/Forms/Library/FormLibrary.swift",
    // A subtree that a complete tree must have.
    "Sources/TransparencyLog/Release/ReleaseTree.swift",
  ]
}

@Suite struct BannedCallTests {
  @Test(arguments: Ban.all.map(\.name)) func `nobody says`(_ name: String) {
    let ban = Ban.all.first { $0.name == name }!
    #expect(Repository.texts.flatMap(ban.findings) == [])
  }

  @Test func `the list of files that may trap holds no file that doesn't`() {
    for path in Ban.trapping {
      let text = Repository.read(path)?.text ?? ""
      #expect(text.contains("try!") || text.contains("fatalError("), "\(path)")
    }
  }

  @Test(arguments: [
    ("detached task", "Sources/HubServer/A.swift", "    Task { await run() }"),
    ("detached task", "Sources/HubServer/A.swift", "Task.detached(priority: .high) {"),
    ("try!", "Sources/yarrow/A.swift", "let x = try! f()"),
    ("fatalError", "Sources/SyncCore/A.swift", "fatalError(\"no\")"),
    ("print", "Sources/yarrow/A.swift", "  print(name)"),
    ("sleep", "Tests/HubServerTests/A.swift", "try await Task.sleep(for: .seconds(1))"),
    ("sleep", "Tests/HubServerTests/A.swift", "usleep(5)"),
    ("clock", "Sources/SyncCore/A.swift", "let now = Date()"),
    ("clock", "Sources/Identity/A.swift", "let t = ContinuousClock.now"),
    ("randomness", "Sources/Identity/A.swift", "var g = SystemRandomNumberGenerator()"),
    ("randomness", "Sources/SyncWire/A.swift", "let byte = UInt8.random(in: 0...255)"),
    ("@unchecked Sendable", "Sources/SyncWire/A.swift", "final class A: @unchecked Sendable {"),
    ("nonisolated(unsafe)", "Tests/SyncWireTests/A.swift", "nonisolated(unsafe) var a = 0"),
    ("simulated surroundings", "Sources/yarrow/A.swift", "import SyncSimulator"),
    ("simulated surroundings", "Sources/HubServer/A.swift", "HubStore(x, surroundings: other)"),
    ("unfinished", "Tools/test", "# TODO later"),
    ("vague name", "Sources/SyncCore/A.swift", "struct DateUtils {}"),
  ]) func `a planted call is found`(_ name: String, _ path: String, _ line: String) {
    let file = TextFile(path: path, text: "let a = 1\n\(line)\nlet b = 2\n")
    #expect(Ban.all.filter { !$0.findings(in: file).isEmpty }.map(\.name) == [name])
  }

  @Test(arguments: [
    ("Sources/SyncWire/A.swift", "final class A: @unchecked Sendable {\n  // Only under the lock."),
    ("Sources/SyncWire/A.swift", "// Not Date(), and no try!, since the caller has the time."),
    ("Sources/Console/A.swift", "print(line)"), ("Tests/SyncCoreTests/A.swift", "let x = try! f()"),
    ("Sources/ReplicaStore/A.swift", "let now = Date()"),
    ("Sources/ReplicaStore/A.swift", "let disk = environment.surroundings.disk"),
    ("Protocol/entry.md", "A code is `XXXX-XXXX`."),
  ]) func `what has its reason or its place is left alone`(_ path: String, _ line: String) {
    let file = TextFile(path: path, text: "let a = 1\n\(line)\nlet b = 2\n")
    #expect(Ban.all.flatMap { $0.findings(in: file) } == [])
  }
}
