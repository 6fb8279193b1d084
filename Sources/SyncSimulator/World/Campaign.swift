internal import SyncCore

/// One world after another, each from the next seed (simulation §6).
package struct Campaign {
  package private(set) var nextSeed: UInt64
  package private(set) var worlds = 0
  package private(set) var sessions = 0
  package private(set) var exchanges = 0
  package private(set) var failedSeeds: [UInt64] = []

  package init(firstSeed: UInt64) { nextSeed = firstSeed }

  package struct Outcome: Sendable {
    package let seed: UInt64
    package let swarm: Swarm
    package let sessions: Int
    package let trace: String
    package let findings: [SimulationFinding]

    /// What a person reads, with the line that replays it.
    package var report: String {
      var lines = ["seed \(seed): \(sessions) sessions, trace \(trace.prefix(16)); \(swarm)"]
      lines += findings.map { "  \($0)" }
      if !findings.isEmpty { lines.append("  replay: Tools/simulate --seed \(seed)") }
      return lines.joined(separator: "\n") + "\n"
    }
  }

  /// Runs the next world to its end.
  ///
  /// - Parameters:
  ///   - planted: a fault to put into it, to see it found.
  ///   - leftOut: faults that its seed switches on and that it does without.
  package mutating func next(
    planted: PlantedFault? = nil, leftOut: [String] = [], listener: ((String) -> Void)? = nil
  ) throws -> Outcome {
    var swarm = planted?.swarm ?? Swarm(seed: nextSeed)
    for fault in leftOut where !swarm.leaveOut(fault) {
      throw SimulationError("there is no fault named \(fault)")
    }
    let simulation = try Simulation(
      seed: nextSeed, swarm: swarm, planted: planted, listener: listener)
    simulation.run()
    let outcome = Outcome(
      seed: nextSeed, swarm: simulation.swarm, sessions: simulation.sessions,
      trace: simulation.traceHash, findings: simulation.findings)
    nextSeed += 1
    worlds += 1
    sessions += simulation.sessions
    exchanges += simulation.exchanges
    if !outcome.findings.isEmpty { failedSeeds.append(outcome.seed) }
    return outcome
  }

  package func summary(after duration: Duration) -> String {
    let seconds = max(0.001, duration / .seconds(1))
    let rate = Int(Double(sessions) / seconds)
    return "\(worlds) worlds, \(sessions) sessions, \(exchanges) exchanges, "
      + "\(rate) sessions a second, \(failedSeeds.count) worlds with findings\n"
  }
}
