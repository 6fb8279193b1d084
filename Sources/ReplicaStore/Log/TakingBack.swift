internal import SyncCore

/// Entries that take something back, and so go before everything else (sync §3.5): withdrawals,
/// erasures, and what is said about consent.
enum TakingBack {
  private static let kinds = [EntryKind.withdraw, .erase]
    .map { String($0.rawValue) }.joined(separator: ", ")

  /// Whether a row of entries is one.
  ///
  /// - Parameter table: what the row is called in the statement, with a full stop; or nothing.
  static func condition(_ table: String = "") -> String {
    "(\(table)kind IN (\(kinds)) OR \(table)form = 'consent')"
  }
}
