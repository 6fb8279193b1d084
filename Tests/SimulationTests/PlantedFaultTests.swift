import SyncCore
import Testing

@testable import SyncSimulator

/// Every checker notices the fault that it is for, and nothing in the same world without it.
@Suite(.serialized) struct PlantedFaultTests {
  @Test(arguments: PlantedFault.allCases) func `a planted fault is found by its checker`(
    _ planted: PlantedFault
  ) throws {
    let broken = try SimulationTests.run(7, planted.swarm, planted: planted)
    #expect(
      broken.findings.contains { $0.check == planted.check },
      "\(planted): \(broken.findings.map(\.description))")
  }

  @Test(arguments: Set(PlantedFault.allCases.map(\.swarm)))
  func `the same world without it is clean`(_ swarm: Swarm) throws {
    let whole = try SimulationTests.run(7, swarm)
    #expect(whole.findings == [])
  }

  @Test func `every checker has a planted fault`() {
    let planted = Set(PlantedFault.allCases.map(\.check))
    // Convergence shows with the lost edit, below.
    #expect(planted.union([.convergence]) == Set(SimulationFinding.Check.allCases))
  }

  @Test func `an edit that one reader lost shows in the digests too`() throws {
    let broken = try SimulationTests.run(7, PlantedFault.lostEdit.swarm, planted: .lostEdit)
    #expect(broken.findings.contains { $0.check == .convergence })
  }
}
