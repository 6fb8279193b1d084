/// Why an entry is counted in a release and not shown (committee §3.3).
///
/// The raw value is the code in releases and files. The order is the order of the checks: the first
/// reason that holds is the one that counts.
public enum WithheldReason: String, Sendable, Hashable, CaseIterable {
  /// Epochs and grants: keys, and nothing about a report.
  case keyManagement = "key_management"
  /// Moves and assignments: where and to whom a record went.
  case routing
  case erasure
  /// The record's consent does not cover committees.
  case consent
  case quarantined
  /// The hub no longer holds what it would take to show it.
  case notHeld = "not_held"
  case formNotListed = "form_not_listed"
  case noListedField = "no_listed_field"
}
