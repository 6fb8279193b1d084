import Foundation
import SyncCore
import Testing

@testable import SyncSimulator

@Suite(.serialized) struct SimulationTests {
  static func run(
    _ seed: UInt64, _ swarm: Swarm? = nil, planted: PlantedFault? = nil
  ) throws -> Simulation {
    let simulation = try Simulation(seed: seed, swarm: swarm, planted: planted)
    simulation.run()
    return simulation
  }

  static func calm(_ members: [Int] = [0, 1], sessions: Int = 12) -> Swarm {
    var swarm = Swarm(members: members)
    swarm.sessions = sessions
    return swarm
  }

  @Test func `two devices and a hub with nothing wrong come to the same`() throws {
    let simulation = try Self.run(1, Self.calm())
    #expect(simulation.findings == [])
    #expect(simulation.sessions >= 12)
    #expect(simulation.ledger.order.count > 5)
  }

  /// Seeds that any change should survive; the campaigns of `Tools/simulate` go on from there.
  @Test(arguments: [1, 2, 4, 100, 101, 102, 103, 104, 130_009, 130_071] as [UInt64])
  func `a world drawn from a seed heals`(_ seed: UInt64) throws {
    let simulation = try Self.run(seed)
    #expect(simulation.findings == [], "replay: Tools/simulate --seed \(seed)")
  }

  @Test(arguments: Self.keptSeeds()) func `a seed that once found something finds nothing`(
    _ seed: UInt64
  ) throws {
    let simulation = try Self.run(seed)
    #expect(simulation.findings == [], "replay: Tools/simulate --seed \(seed)")
  }

  static func keptSeeds() -> [UInt64] {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "seeds.txt")
    let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").filter { !$0.hasPrefix("#") }
      .compactMap { $0.split(separator: " ").first.flatMap { UInt64($0) } }
  }

  @Test(arguments: [[], [2]]) func `a copied home and one put back go on under new origins`(
    _ others: [Int]
  ) throws {
    var swarm = Self.calm([0, 1] + others, sessions: 50)
    swarm.clones = true
    swarm.oldDevices = true
    swarm.moves = true
    let simulation = try Self.run(5, swarm)
    #expect(simulation.findings == [])
    #expect(simulation.devices.contains { $0.origins.count > 1 })
  }

  @Test(arguments: [false, true]) func `a seed has one trace, with digests and with real keys`(
    _ real: Bool
  ) throws {
    var swarm = Swarm(seed: 3)
    swarm.sessions = 20
    swarm.realKeys = real
    let first = try Self.run(3, swarm).traceHash
    #expect(try Self.run(3, swarm).traceHash == first)
    #expect(try Self.run(4, swarm).traceHash != first)
  }
}
