/// What an entry does to its record (entry §2.1).
public enum EntryKind: UInt8, Sendable, Hashable, CaseIterable {
  case create = 1
  case amend = 2
  case resolve = 3
  case withdraw = 4
  case erase = 5
  case move = 6
  case assign = 7
  case epoch = 8
  case grant = 9

  /// The word used on the command line and in releases.
  public var name: String {
    switch self {
    case .create: "create"
    case .amend: "amend"
    case .resolve: "resolve"
    case .withdraw: "withdraw"
    case .erase: "erase"
    case .move: "move"
    case .assign: "assign"
    case .epoch: "epoch"
    case .grant: "grant"
    }
  }

  /// Whether the record's id must derive from this entry's root salt (entry §2.3).
  public var startsRecord: Bool { self == .create || self == .epoch || self == .grant }
}

/// Forms of the toolkit itself. No programme form may begin with this prefix (entry §2.1).
public enum SystemForm {
  public static let prefix = "yarrow."
  public static let epoch = "yarrow.epoch"
  public static let grant = "yarrow.grant"
}
