import Foundation
import Testing

/// What a person sees and types, with the real program on a terminal.
@Suite(.serialized) struct InterviewTests {
  /// A form with what no shipped form has: instances of a repeat.
  private static let visit = """
    form: visit
    version: 1
    title: {en: Visit, es: Visita}
    area: district
    summary: [district]
    fields:
      - {name: district, type: select_one, choices: areas, class: coded, required: true, label: {en: Which district}}
      - name: legs
        type: repeat
        label: {en: Leg of the way}
        fields:
          - {name: country, type: text, class: sensitive, label: {en: Which country}, required: true}
          - {name: nights, type: integer, class: coded, label: {en: How many nights}}
      - {name: picture, type: image, class: identity, label: {en: Picture, es: Fotografía}}
    """

  private static let twoLegs =
    #""district":"north","legs":[{"country":"Ghana","nights":3},{"country":"Togo"}]"#

  private struct Desk {
    let runner: CommandRunner

    init(forms: [String: String] = [:]) throws {
      runner = try CommandRunner()
      let home = try YarrowHome.make(in: runner.directory, forms: forms)
      runner.environment["YARROW_HOME"] = home.path
      runner.environment["YARROW_PASSPHRASE_FILE"] = home.passphraseFile
      runner.environment["TERM"] = "xterm"
    }

    func start(_ words: String...) throws -> TerminalProgram {
      try TerminalProgram(
        ["yarrow"] + words, environment: runner.environment, directory: runner.directory)
    }

    func put(_ bytes: [UInt8], at name: String) throws {
      try Data(bytes).write(to: URL(fileURLWithPath: runner.directory + "/" + name))
    }

    /// What `show --json` says of every record.
    func shown() throws -> [String] {
      try JSONLines.objects(try runner.run(["yarrow", "list", "--json"]).out).map { line in
        let record = try #require(line["record"] as? String)
        return try runner.run(["yarrow", "show", record, "--json"]).out
      }
    }
  }

  @Test func `a screen that nobody types at shows nothing, and what wakes it is no answer`() throws {
    let desk = try Desk()
    _ = try Machine(desk.runner)
    desk.runner.environment["MACHINE_PATIENCE"] = "30"
    let program = try desk.start("new", "report")
    #expect(program.sees("Which district is this about?"))
    program.types("nor")
    #expect(program.sees("nor"))
    #expect(program.sees("The screen was cleared because nothing was typed."))
    let cleared = try #require(program.drawn.components(separatedBy: "\u{1B}[2J").last)
    #expect(!cleared.contains("district") && !cleared.contains("nor"))
    program.types("s")
    #expect(program.sees("Which district is this about?"))
    program.types("th\r")
    #expect(program.sees("When was the report received?"))
    program.types("\u{3}")
    _ = program.ends()
    let drafts = try desk.runner.run(["yarrow", "drafts", "--json"]).out
    #expect(drafts.contains("\"question\":\"received_at\""))
  }

  @Test func `a repeat is asked instance by instance, and a picture by its place`() throws {
    let desk = try Desk(forms: ["visit": Self.visit])
    try desk.put(SamplePicture.withPlace, at: "her door.jpg")
    let program = try desk.start("new", "visit")
    #expect(program.sees("Which district"))
    program.types("north\r")
    for (number, country, nights) in [(1, "Ghana", "3\r"), (2, "Togo", "\u{6}")] {
      #expect(program.sees("Leg of the way: is there a number \(number)?"))
      program.types("y")
      #expect(program.sees("Which country"))
      program.types(country + "\r")
      #expect(program.sees("How many nights"))
      program.types(nights)
    }
    #expect(program.sees("Leg of the way: is there a number 3?"))
    program.types("n")
    #expect(program.sees("Where the file is on this computer"))
    program.types("nowhere.jpg\r")
    #expect(program.sees("nowhere.jpg"))
    let erased = String(repeating: "\u{7F}", count: 11)
    program.types(erased + desk.runner.directory + "/her door.jpg\r")
    try #require(program.sees("Review before saving"))
    #expect(program.drawn.contains("her door.jpg ("))
    program.types("\u{13}")
    #expect(program.ends() == 0)
    let shown = try desk.shown()
    #expect(shown.count == 1 && shown[0].contains(Self.twoLegs), "\(shown)")
    let files = try desk.runner.run(["yarrow", "attachment", "list", "--json"]).out
    #expect(files.contains(#""name":"her door.jpg","type":"image/jpeg""#), "\(files)")
    #expect(files.contains(#""stripped":true,"state":"saved""#), "\(files)")
  }

  @Test func `a picture is kept with its draft, and asked for in lines and in Spanish too`() throws {
    let desk = try Desk(forms: ["visit": Self.visit])
    try desk.put(SamplePicture.withPlace, at: "puerta.jpg")
    let ask = ["yarrow", "new", "visit", "--set", "district=north", "--ask", "--lang", "es"]
    // The input ends before the review: the draft has it, though the file is gone by then.
    let stopped = try desk.runner.run(ask, input: "north\nno\nninguna.jpg\npuerta.jpg\n")
    #expect(stopped.err.contains("ninguna.jpg"), "\(stopped.err)")
    try FileManager.default.removeItem(atPath: desk.runner.directory + "/puerta.jpg")
    let listed = try desk.runner.run(["yarrow", "drafts", "--json"]).out
    let drafts = JSONLines.objects(listed)
    let draft = try #require(drafts.first?["draft"] as? String, "\(stopped.err)")
    let result = try desk.runner.run(
      ["yarrow", "drafts", "resume", draft, "--lang", "es"], input: "sí\n")
    #expect(result.status == 0 && !result.out.isEmpty, "\(result.err)")
    let files = try desk.runner.run(["yarrow", "attachment", "list", "--json"]).out
    #expect(files.contains(#""name":"puerta.jpg""#), "\(files)")
  }

  @Test func `a CSV file holds repeats in a cell of JSON, or in columns of their own`() throws {
    let desk = try Desk(forms: ["visit": Self.visit])
    func importing(_ text: String) throws -> CommandRunner.Result {
      try text.write(
        toFile: desk.runner.directory + "/visits.csv", atomically: true, encoding: .utf8)
      return try desk.runner.run(
        ["yarrow", "import", "visits.csv", "--form", "visit", "--json"])
    }
    let cells = try importing(
      """
      district,legs
      north,"[{""country"":""Ghana"",""nights"":3},{""country"":""Togo""}]"
      south,"[{""nights"":1}]"
      south,not JSON
      south,"[{""country"":""Mali"",""nights"":""many""}]"

      """)
    #expect(cells.status == 65)
    let report = try #require(JSONLines.objects(cells.out).first)
    #expect(report["saved"] as? Int == 1)
    let refused = report["refused"] as? [[String: Any]] ?? []
    #expect(refused.map { $0["line"] as? Int } == [3, 4, 5])
    #expect(
      refused.map { $0["field"] as? String } == ["legs[1].country", "", "legs[1].nights"])
    #expect(try desk.shown().map { $0.contains(Self.twoLegs) } == [true])

    let columns = try importing(
      "district,legs[1].country,legs[1].nights,legs[2].country\nnorth,Ghana,3,Togo\n")
    #expect(columns.status == 0, "\(columns.err)")
    #expect(try desk.shown().map { $0.contains(Self.twoLegs) } == [true, true])
  }

  @Test func `a record is shown on a screen of its own, which is cleared on leaving`() throws {
    let desk = try Desk(forms: ["visit": Self.visit])
    let saved = try desk.runner.run(
      ["yarrow", "new", "visit", "--from", "-", "--json"],
      input: #"{"district":"north","legs":[{"country":"Ruritania"}]}"#)
    let record = try #require(JSONLines.objects(saved.out).first?["record"] as? String)
    let program = try desk.start("show", record)
    #expect(program.sees("Ruritania"))
    program.types("q")
    #expect(program.ends() == 0)
    let parts = program.drawn.components(separatedBy: "\u{1B}[?1049h")
    #expect(parts.count == 2 && !parts[0].contains("Ruritania"))
    let rest = try #require(parts.last).components(separatedBy: "\u{1B}[?1049l")
    #expect(rest.count == 2 && rest[0].contains("Ruritania") && !rest[1].contains("Ruritania"))
    #expect(rest[0].hasSuffix("\u{1B}[2J\u{1B}[H"))
    // Into a pipe it is plain text.
    let piped = try desk.runner.run(["yarrow", "show", record])
    #expect(piped.out.contains("Ruritania") && !piped.out.contains("\u{1B}"))
  }

  @Test func `a home is wiped when the word is typed, and by no other word`() throws {
    let desk = try Desk()
    let home = try #require(desk.runner.environment["YARROW_HOME"])
    let left = try desk.start("wipe")
    #expect(left.sees("Type wipe to go on:"))
    #expect(left.drawn.contains("Reports that the hub has not received: 0."))
    left.types("\u{3}")
    #expect(left.ends() == 77)
    #expect(try desk.runner.run(["yarrow", "status"]).status == 0)

    let program = try desk.start("wipe")
    #expect(program.sees("Type wipe to go on:"))
    program.types("yes\r")
    #expect(program.sees("Type wipe to go on:"))
    #expect(FileManager.default.fileExists(atPath: home))
    program.types("\u{15}wipe\r")
    #expect(program.sees("The key was destroyed and the files were deleted."))
    #expect(program.ends() == 0)
    #expect(try desk.runner.run(["yarrow", "status"]).status == 66)
  }
}
