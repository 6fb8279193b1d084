/// Something that must not be, found by a checker (simulation §4).
package struct SimulationFinding: Sendable, Hashable, CustomStringConvertible {
  package enum Check: String, Sendable, Hashable, CaseIterable {
    /// Replicas of equal scope fold a record to the same digest.
    case convergence
    /// What was called received is at the hub, and what was called saved on its own disk.
    case acknowledged, saved
    /// Nothing is present that no origin signed.
    case provenance
    /// Every edit is visible, was replaced by who had seen it, or stands in a shown conflict.
    case visibility
    /// Nobody holds what its scope forbids.
    case scope
    /// Everybody is done within fifty rounds.
    case progress
    /// The stores' own verification finds nothing.
    case verification
    /// Nobody is accused, and nothing refused or damaged, without a cause.
    case cause
  }

  package let check: Check
  /// Nodes, positions and hashes; never a value.
  package let subject: String

  init(_ check: Check, _ subject: String) {
    self.check = check
    self.subject = subject
  }

  package var description: String { "\(check.rawValue): \(subject)" }
}
