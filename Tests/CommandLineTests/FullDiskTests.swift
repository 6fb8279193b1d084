import Foundation
import Testing

/// A disk that is full: 74 and a sentence, nothing acknowledged that is not kept, nothing lost.
@Suite(.serialized) struct FullDiskTests {
  private static let report = [
    "yarrow", "new", "report", "--set", "district=north", "--set",
    "received_at=2026-03-01T09:00:00Z", "--set", "channel=in_person", "--json",
  ]

  /// One line of an import that fills more than a page.
  private static func line(_ number: Int) -> String {
    #"{"district":"north","received_at":"2026-03-01T09:00:00Z","channel":"phone","summary":"\#(number) \#(String(repeating: "word ", count: 60))"}"#
      + "\n"
  }

  private func expectFull(_ result: CommandRunner.Result, _ what: String) {
    #expect(result.status == 74, "\(what): \(result.err)")
    #expect(result.out.isEmpty, "\(what) acknowledged nothing")
    #expect(result.err.contains("The disk is full or failed"), "\(what): \(result.err)")
  }

  private func count(_ town: ProgramTown, state: String? = nil) throws -> Int {
    let lines = JSONLines.objects(
      try town.run(["yarrow", "list", "--json", "--home", town.home("liaison")]).out)
    return lines.filter { state == nil || $0["state"] as? String == state }.count
  }

  @Test func `a device on a full disk acknowledges nothing, loses nothing, and goes on`() throws {
    let town = try ProgramTown()
    let home = town.home("liaison")
    let machine = try Machine(town.runner, disk: home)
    try town.serve()
    try town.enrol("liaison", as: "liaison", areas: ["north"])

    var saved = 0
    var refused = 0
    for more in [0, 600, 4_096, 8_192, 12_288, 20_480, 40_960, 1 << 20] {
      try machine.setRoom(of: home, plus: more)
      let result = try town.runner.run(Self.report + ["--home", home])
      if result.status == 0 {
        saved += 1
      } else {
        expectFull(result, "new with \(more) bytes left")
        refused += 1
      }
      machine.setRoom(1 << 40)
      #expect(try count(town) == saved, "\(more) bytes left")
    }
    #expect(saved > 0 && refused > 0, "both were seen")

    let lines = (0..<200).map(Self.line).joined()
    try lines.write(toFile: town.directory + "/reports.jsonl", atomically: true, encoding: .utf8)
    let importing = [
      "yarrow", "import", "reports.jsonl", "--form", "report", "--home", home, "--json",
    ]
    try machine.setRoom(of: home, plus: 60_000)
    expectFull(try town.runner.run(importing), "import")
    machine.setRoom(1 << 40)
    #expect(try count(town) == saved)
    try town.run(importing)
    saved += 200
    #expect(try count(town) == saved)

    try machine.setRoom(of: home, plus: 0)
    expectFull(
      try town.runner.run(["yarrow", "sync", "--home", home, "--json"]), "sync")
    machine.setRoom(1 << 40)
    #expect(try count(town, state: "saved") == saved)
    try town.run(["yarrow", "sync", "--home", home])
    #expect(try count(town, state: "received") == saved)
    try town.run(["yarrow", "verify", "--home", home])
    try town.run(["yarrow-hub", "verify"])
  }

  @Test func `a hub on a full disk answers, takes nothing, and goes on when there is room`() throws {
    let town = try ProgramTown()
    let home = town.home("liaison")
    let machine = try Machine(town.runner, disk: town.hubHome)
    try town.serve()
    try town.enrol("liaison", as: "liaison", areas: ["north"])
    let lines = (0..<400).map(Self.line).joined()
    try lines.write(toFile: town.directory + "/reports.jsonl", atomically: true, encoding: .utf8)
    try town.run(["yarrow", "import", "reports.jsonl", "--form", "report", "--home", home])

    try machine.setRoom(of: town.hubHome, plus: 0)
    let cut = try town.runner.run(["yarrow", "sync", "--home", home])
    #expect(cut.status == 69, "\(cut.err)")
    #expect(cut.err.contains("The hub asks to try again in 60 seconds."), "\(cut.err)")
    let acknowledged = try count(town, state: "received")
    #expect(acknowledged < 400)
    let backup = try town.runner.run(["yarrow-hub", "backup", town.hubHome + "/copy.db"])
    #expect(backup.status == 74, "\(backup.err)")
    #expect(backup.err.contains("The disk is full or failed"), "\(backup.err)")
    try town.run(["yarrow-hub", "status"])
    try town.run(["yarrow-hub", "devices"])

    machine.setRoom(1 << 40)
    try town.run(["yarrow", "sync", "--home", home])
    #expect(try count(town, state: "received") == 400)
    let held = JSONLines.objects(try town.run(["yarrow-hub", "export", "--format", "jsonl"]).out)
    #expect(Set(held.compactMap { $0["record"] as? String }).count == 400)
    #expect(held.count == 400)
    try town.run(["yarrow-hub", "verify"])
    // And what it holds is what it finds when it starts again.
    town.killHub()
    try town.serve()
    try town.run(["yarrow", "sync", "--home", home])
    try town.run(["yarrow-hub", "verify"])
  }

  @Test func `the small disk of these tests is full where it says`() throws {
    let runner = try CommandRunner()
    let disk = runner.directory + "/disk"
    try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
    let machine = try Machine(runner, disk: disk)
    machine.setRoom(100)
    func write(_ bytes: Int, to name: String) throws -> Int32 {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments = ["-c", "printf '%0\(bytes)d' 0 >\(name) 2>/dev/null"]
      process.currentDirectoryURL = URL(fileURLWithPath: runner.directory)
      process.environment = runner.environment
      process.standardError = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      return process.terminationStatus
    }
    #expect(try write(60, to: "disk/a") == 0)
    #expect(try write(60, to: "disk/b") != 0)
    #expect(try write(60, to: "elsewhere") == 0)
    #expect(try write(40, to: "disk/b") == 0)
    #expect(try Machine.bytes(in: disk) == 100)
  }
}
