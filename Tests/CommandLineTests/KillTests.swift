import Foundation
import Testing

@Suite(.serialized) struct KillTests {
  /// Few enough for every run of the tests; more from `YARROW_KILL_ROUNDS` for a long night.
  private static let roundsOfDevice = rounds(16)
  private static let roundsOfHub = rounds(5)

  private static func rounds(_ usual: Int) -> Int {
    ProcessInfo.processInfo.environment["YARROW_KILL_ROUNDS"].flatMap { Int($0) } ?? usual
  }

  private static let answers = [
    "--set", "district=north", "--set", "received_at=2026-03-01T09:00:00Z", "--set",
    "channel=in_person",
  ]
  private static let line =
    #"{"district":"north","received_at":"2026-03-01T09:00:00Z","channel":"in_person"}"#

  private static func file(_ town: ProgramTown, lines: Int) -> String {
    let path = town.directory + "/lines-\(lines).jsonl"
    let text = String(repeating: line + "\n", count: lines)
    _ = FileManager.default.createFile(atPath: path, contents: Data(text.utf8))
    return path
  }

  private static func records(_ town: ProgramTown, _ device: String) throws -> [[String: Any]] {
    let words = ["yarrow", "list", "--json", "--limit", "100000", "--home", town.home(device)]
    return JSONLines.objects(try town.run(words).out)
  }

  @Test func `a device killed while it records keeps every report that it called saved`() throws {
    var moments = Moments.fresh()
    let town = try ProgramTown()
    try town.serve()
    try town.enrol("a", as: "liaison", areas: ["north"])
    let home = ["--home", town.home("a")]
    let new = ["yarrow", "new", "report", "--json"] + Self.answers + home
    let importing = ["yarrow", "import", Self.file(town, lines: 20), "--form", "report", "--json"]
    var saved: Set<String> = []
    var imported = 0
    var killed = (new: 0, imports: 0)
    // How long each took undisturbed the last time, so that the moments fall on all of it.
    var latest: [Double] = [0, 0]
    func round(importing isImport: Bool, after delay: Double) throws {
      let start = Date()
      let child = try ChildProgram(isImport ? importing + home : new, town.runner)
      if child.ends(within: delay) {
        #expect(child.status == 0)
        latest[isImport ? 1 : 0] = -start.timeIntervalSinceNow
      } else {
        child.kill()
        if isImport { killed.imports += 1 } else { killed.new += 1 }
      }
      // A line that reached the file was printed before the kill, whatever became of the program.
      for object in JSONLines.objects(child.out) {
        if let record = object["record"] as? String { saved.insert(record) }
        imported += object["saved"] as? Int ?? 0
      }
    }
    try round(importing: false, after: 60)
    try round(importing: true, after: 60)
    for count in 0..<Self.roundsOfDevice {
      let isImport = count % 4 == 3
      // Starting takes a program half of its time; what can be lost is what comes after.
      let time = latest[isImport ? 1 : 0]
      try round(importing: isImport, after: time * (0.3 + moments.delay(upTo: 0.75)))
      if count % 8 == 7 { try town.run(["yarrow", "verify"] + home) }
    }
    let kept = try Self.records(town, "a").compactMap { $0["record"] as? String }
    #expect(saved.subtracting(kept) == [])
    #expect(kept.count == Set(kept).count)
    #expect(kept.count >= saved.count + imported)
    // An import of so few lines is one transaction: a kill leaves none of it or all.
    #expect((kept.count - saved.count - imported) % 20 <= killed.new)
    let verified = try town.run(["yarrow", "verify", "--json"] + home)
    #expect(JSONLines.objects(verified.out).first?["ok"] as? Bool == true)
    try town.run(["yarrow", "sync"] + home)
    #expect(killed.new + killed.imports > 0 && !saved.isEmpty && imported > 0)
    print(
      "killed \(killed) of \(Self.roundsOfDevice), kept \(kept.count), acknowledged \(saved.count + imported)"
    )
  }

  @Test func `a hub killed while devices sync keeps every report that one calls received`() throws {
    var moments = Moments.fresh()
    let town = try ProgramTown()
    try town.serve()
    let devices = ["a", "b"]
    for device in devices { try town.enrol(device, as: "liaison", areas: ["north"]) }
    let file = Self.file(town, lines: 3)
    func each(_ words: [String], until delay: Double? = nil) throws -> [Int32?] {
      let children = try devices.map {
        try ChildProgram(words + ["--home", town.home($0)], town.runner)
      }
      if let delay {
        // The first may end sooner; the hub is killed at its moment all the same.
        if children[0].ends(within: delay) { _ = children[1].ends(within: delay / 2) }
        town.killHub()
        try town.serve()
      }
      return children.map { child in
        if !child.ends(within: 120) { child.kill() }
        return child.status
      }
    }
    func received() throws -> Set<String> {
      try Set(
        devices.flatMap { try Self.records(town, $0) }.filter { $0["received"] as? Bool == true }
          .compactMap { $0["record"] as? String })
    }
    let importing = ["yarrow", "import", file, "--form", "report"]
    let start = Date()
    #expect(try each(importing) == [0, 0])
    #expect(try each(["yarrow", "sync"]) == [0, 0])
    let longest = -start.timeIntervalSinceNow / 2
    var claimed = try received()
    var cut = 0
    var rounds = 0
    // A busy machine may have been killed between two syncs each time.
    while rounds < Self.roundsOfHub || (cut == 0 && rounds < 8 * Self.roundsOfHub) {
      rounds += 1
      #expect(try each(importing) == [0, 0])
      let statuses = try each(["yarrow", "sync"], until: moments.delay(upTo: longest * 1.5))
      // Never 76: a hub that came back has the history that it signed.
      #expect(statuses.allSatisfy { $0 == 0 || $0 == 69 }, "\(statuses)")
      cut += statuses.count { $0 == 69 }
      claimed.formUnion(try received())
    }
    #expect(try each(["yarrow", "sync"]) == [0, 0])
    let all = try received()
    #expect(all.count == (rounds + 1) * 3 * devices.count)
    #expect(claimed.isSubset(of: all))
    #expect(cut > 0 && !claimed.isEmpty)
    let export = try town.run(["yarrow-hub", "export", "--json"])
    let held = JSONLines.objects(export.out).compactMap { $0["record"] as? String }
    #expect(held.count == Set(held).count)
    #expect(all.subtracting(held) == [])
    let verified = try town.run(["yarrow-hub", "verify", "--json"])
    #expect(JSONLines.objects(verified.out).first?["ok"] as? Bool == true)
    for device in devices { try town.run(["yarrow", "verify", "--home", town.home(device)]) }
    print(
      "\(cut) of \(2 * rounds) syncs were cut off, \(claimed.count) of \(all.count) received on the way"
    )
  }
}
