public import TransparencyLog

/// What the check of a committee's file found (committee §7).
public struct CommitteeReport: Sendable {
  /// The plain outcomes; all but the first two are exit 76.
  public enum Outcome: String, Sendable, Hashable {
    /// Everything in the file matches the hub's log.
    case matches
    /// It matches, and the hub was restored in between and said so.
    case restored
    /// The file is damaged or was changed: fetch it again.
    case damaged
    /// The hub has shown two histories: keep the file and show it to others.
    case twoHistories = "two_histories"
  }

  /// Something that does not hold.
  public struct Problem: Sendable, Hashable, CustomStringConvertible {
    /// The raw value is the code in `--json` and in the independent verifier.
    public enum Code: String, Sendable, Hashable {
      case unreadable, schema, row, repeated, entry, tree, statement, policy, log, signature
      case consistency, history, bytes
    }

    public let code: Code
    /// The table, or `file` for what belongs to none.
    public let table: String
    /// The row's id in its table; nil for the table as a whole.
    public let row: Int64?
    public let reason: String

    public var description: String {
      "\(table)\(row.map { " row \($0)" } ?? ""): \(reason)"
    }
  }

  public internal(set) var outcome = Outcome.damaged
  public var ok: Bool { outcome == .matches || outcome == .restored }
  /// Number of the release; nil when it cannot be read.
  public internal(set) var release: UInt64?
  /// Entries of the release.
  public internal(set) var entries: UInt64 = 0
  /// Entries that are shown.
  public internal(set) var shown: UInt64 = 0
  /// Fields that are shown.
  public internal(set) var rows: UInt64 = 0
  public internal(set) var withheld: [ReleasePackage.Withheld] = []
  public var withheldCount: UInt64 { withheld.reduce(0) { $0 + $1.count } }
  /// The checkpoint under which the hub logged the release.
  public internal(set) var checkpoint: Checkpoint?
  /// The first ``problemsMax``, in the order in which they were found.
  public internal(set) var problems: [Problem] = []
  /// What a file without problems shows.
  public internal(set) var shows: [CommitteeFinding] = []
  /// What no file can show, and what this one cannot.
  public internal(set) var doesNotShow: [CommitteeFinding] = []

  public static let problemsMax = 100

  init() {}

  mutating func add(
    _ code: Problem.Code, _ table: String, _ row: Int64? = nil, _ reason: String
  ) {
    guard problems.count < Self.problemsMax else { return }
    problems.append(Problem(code: code, table: table, row: row, reason: reason))
  }
}

/// One sentence about what a check shows or does not show (committee §7.3).
///
/// The raw value is the code in `--json`; ``english`` is the sentence.
public enum CommitteeFinding: String, Sendable, Hashable, CaseIterable {
  case fieldsUnchanged = "fields_unchanged"
  case allEntriesCounted = "all_entries_counted"
  case releaseLogged = "release_logged"
  case policySigned = "policy_signed"
  case historyConsistent = "history_consistent"
  case truth
  case neverRecorded = "never_recorded"
  case setComplete = "set_complete"
  case freshness
  case beforeRestore = "before_restore"
  case otherView = "other_view"

  public var english: String {
    switch self {
    case .fieldsUnchanged: "Every answer shown is what its entry held when the hub logged it."
    case .allEntriesCounted: "Every entry of the release is shown or counted as withheld."
    case .releaseLogged: "The hub's log holds this release, so others are shown the same one."
    case .policySigned:
      "The authority signed the policy, and nothing is shown that it does not list."
    case .historyConsistent:
      "The hub's log only grew since the checkpoints that this home has seen."
    case .truth: "It does not show that what was recorded is true."
    case .neverRecorded: "It does not show what was never recorded or never reached the hub."
    case .setComplete:
      "It does not show that the release holds every entry of its time; each device checks its own."
    case .freshness: "It does not show that there is no newer release."
    case .beforeRestore:
      "The hub was restored and said so; it does not show that the restored log kept everything."
    case .otherView:
      "This home has seen none of the file's checkpoints, so it cannot rule out another history."
    }
  }
}
