import Foundation
import Testing

/// Clocks that are off by decades: everything works, and the person is told.
@Suite(.serialized) struct ClockTests {
  /// Moments that the clocks of device and hub show; nil for the right time.
  struct Clocks: CustomStringConvertible {
    let device: Int?
    let hub: Int?
    var description: String { "device \(device ?? 0), hub \(hub ?? 0)" }
  }

  /// Ten minutes into 1970, and the summer of 2055.
  private static let early = 600
  private static let late = 2_697_400_000

  static let clocks = [
    Clocks(device: early, hub: nil), Clocks(device: late, hub: nil),
    Clocks(device: nil, hub: early), Clocks(device: nil, hub: late),
    Clocks(device: late, hub: early),
  ]

  private static func ahead(_ moment: Int?) -> Int {
    moment.map { $0 - Int(Date().timeIntervalSince1970) } ?? 0
  }

  @Test(arguments: clocks) func `nothing is refused for the time it was, and the device is told`(
    _ clocks: Clocks
  ) throws {
    let town = try ProgramTown()
    let machine = try Machine(town.runner)
    let hubAhead = Self.ahead(clocks.hub)
    let deviceAhead = Self.ahead(clocks.device)
    func hub(_ words: [String]) throws -> CommandRunner.Result {
      machine.setClock(ahead: hubAhead)
      return try town.run(["yarrow-hub"] + words)
    }
    func device(_ home: String, _ words: [String]) throws -> CommandRunner.Result {
      machine.setClock(ahead: deviceAhead)
      return try town.run(["yarrow"] + words + ["--home", town.home(home)])
    }
    machine.setClock(ahead: hubAhead)
    try town.serve()
    for (name, role, areas) in [
      ("liaison", "liaison", ["--area", "north"]), ("watch", "committee", []),
    ] {
      let invited = try hub(["invite", "--role", role, "--json"] + areas)
      let invite = try #require(JSONLines.objects(invited.out).first?["invite"] as? String)
      try town.makeHome(name)
      _ = try device(name, ["join", invite])
    }

    // The form says that a report was received by now; a clock that is known to be wrong only warns.
    _ = try device(
      "liaison",
      [
        "new", "report", "--set", "district=north", "--set", "received_at=2026-03-01T09:00:00Z",
        "--set", "channel=in_person",
      ])
    let synced = try device("liaison", ["sync", "--json"])
    let outcome = try #require(JSONLines.objects(synced.out).first)
    #expect(outcome["complete"] as? Bool == true && outcome["quarantined"] as? Int == 0)
    let listed = JSONLines.objects(try device("liaison", ["list", "--json"]).out)
    #expect(listed.map { $0["state"] as? String } == ["received"])

    let told = try #require(
      JSONLines.objects(try device("liaison", ["status", "--json"]).out).first)
    let offset = try #require(told["clock_offset"] as? Int)
    // A day is what the device begins to doubt; these are decades.
    #expect(abs(offset - (deviceAhead - hubAhead)) < 3_600)
    #expect(try device("liaison", ["status"]).out.contains("clock is wrong by"))
    #expect((told["alarms"] as? [Any])?.isEmpty == true)

    _ = try hub(["release"])
    let pulled = try device("watch", ["committee", "pull", "--out", "r.sqlite", "--json"])
    #expect(JSONLines.objects(pulled.out).first?["ok"] as? Bool == true)
    let checked = try device("watch", ["committee", "verify", "r.sqlite", "--json"])
    let shows = JSONLines.objects(checked.out).first?["shows"] as? [String]
    #expect(shows?.contains("history_consistent") == true)
    _ = try device("liaison", ["verify"])
    _ = try hub(["verify"])
    #expect(try hub(["quarantine", "--json"]).out.isEmpty)
  }

  @Test(arguments: [early, late]) func `a hub is founded and served by a clock that is wrong`(
    _ moment: Int
  ) throws {
    let runner = try HubFixture.runner()
    let machine = try Machine(runner)
    machine.setClock(ahead: Self.ahead(moment))
    let port = try HubFixture.freePort()
    let made = try runner.run([
      "yarrow-hub", "init", "--programme", "delta", "--url", "https://127.0.0.1:\(port)",
    ])
    #expect(made.status == 0, "\(made.err)")
    try runner.start(["yarrow-hub", "serve", "--listen", "127.0.0.1:\(port)"])
    let invited = try runner.run(["yarrow-hub", "invite", "--role", "committee", "--json"])
    let expires = try #require(JSONLines.objects(invited.out).first?["expires"] as? Int)
    #expect(abs(expires - moment - 72 * 3_600) < 3_600, "the shim's clock is the hub's")
    let invite = try #require(JSONLines.objects(invited.out).first?["invite"] as? String)
    // The device's clock is right.
    machine.setClock(ahead: 0)
    let joined = try runner.run(["yarrow", "join", invite, "--home", "watch"])
    #expect(joined.status == 0, "\(joined.err)")
    let status = try runner.run(["yarrow", "status", "--home", "watch"])
    #expect(status.out.contains("clock is wrong by"), "\(status.out)")
  }
}
