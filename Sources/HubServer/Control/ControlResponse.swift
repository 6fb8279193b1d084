/// One line of an answer. The last is ``end`` or ``failed(code:storeCode:message:)``.
public enum ControlResponse: Codable, Sendable, Hashable {
  case status(HubReport)
  case device(DeviceReport)
  case invite(InviteReport)
  /// The text of a new invite. It is a secret: shown to the operator, logged nowhere.
  case invited(text: String)
  case statement(hex: String)
  /// A statement that waits for the authority's signature: its body's bytes.
  case unsigned(hex: String, version: UInt64)
  case policy(yamlHex: String, version: UInt64)
  case released(number: UInt64, entries: Int, withheld: Int, disclosed: Int)
  case held(QuarantineReport)
  case verified(entries: Int, ok: Bool, problems: [String])
  case record(ExportReport)
  case exported(records: Int)
  case bundleTaken(BundleReport)
  case end
  case failed(code: String, storeCode: String?, message: String)
}

/// The hub in figures (cli `yarrow-hub status`).
public struct HubReport: Codable, Sendable, Hashable {
  public var programme: String
  public var url: String
  public var areas: [String]
  public var entries: Int
  public var records: Int
  public var devices: Int
  public var releases: Int
  public var quarantined: Int
  public var forks: Int
  /// Sealed files, and how many of them are whole.
  public var files: Int
  public var wholeFiles: Int
  /// Devices whose home was copied or put back.
  public var closed: Int
  /// Bytes on the disk.
  public var size: Int
  public var hubEpoch: UInt64
  public var isRecovering: Bool
  /// Size and root of the newest checkpoint, if there is one.
  public var checkpointSize: UInt64?
  public var checkpointRoot: String?
  public var urgent: [Urgent]
  public var authorityKeyPresent: Bool
  public var recoveryKeyPresent: Bool
  /// The programme's fingerprint, to compare by voice.
  public var words: String
  /// Whether a server holds the home, rather than this command.
  public var serving: Bool

  /// An urgent report that nobody has answered.
  public struct Urgent: Codable, Sendable, Hashable {
    public var code: String
    public var area: String
    public var since: Int64
  }
}

/// One device (cli `yarrow-hub devices`).
public struct DeviceReport: Codable, Sendable, Hashable {
  public var origin: String
  public var role: String
  public var areas: [String]
  public var label: String
  public var joined: Int64
  public var lastSeen: Int64
  public var revokedReason: String?
  /// Whether the authority has named its key.
  public var isReader: Bool
  /// Version of the newest reader statement about it; 0 for none.
  public var readerVersion: UInt64
  /// The last entry of it that the hub holds.
  public var headSeq: UInt64
  public var words: String
  public var signingKey: String
  public var openingKey: String
  /// Its home was copied or put back, and goes on under another origin (sync §8).
  public var isClosed: Bool
  /// The closed origin that this one follows.
  public var predecessor: String?
}

/// One invite (cli `yarrow-hub invites`), without its secret.
public struct InviteReport: Codable, Sendable, Hashable {
  public var id: Int64
  public var role: String
  public var areas: [String]
  public var label: String
  public var created: Int64
  public var expires: Int64
  /// open, used, expired, cancelled
  public var state: String
}

/// One entry that is held back, and why.
public struct QuarantineReport: Codable, Sendable, Hashable {
  public var origin: String
  public var seq: UInt64
  public var hash: String
  public var record: String
  public var form: String
  public var reason: String
}

/// One record of an export: the values that the hub may read.
public struct ExportReport: Codable, Sendable, Hashable {
  public var record: String
  /// The record's public code.
  public var code: String
  public var form: String
  public var area: String
  public var isWithdrawn: Bool
  /// Names of fields whose values are contested.
  public var conflicts: [String]
  public var fields: [String: [String]]
}

/// What a bundle brought, and the answers to it (cli `yarrow-hub bundle apply`).
public struct BundleReport: Codable, Sendable, Hashable {
  /// Whose it is.
  public var origin: String
  public var label: String
  /// Requests in it, and how many of them were worked on.
  public var requests: Int
  public var taken: Int
  /// Entries that were new here, and how many of those are held back.
  public var entries: Int
  public var held: Int
  /// done, repeated, recovering, revoked, refused
  public var outcome: String
  /// The file of answers and its bytes, if one was written.
  public var out: String?
  public var bytes: Int
  public var answers: Int
  /// Whether the device has to come again for the rest of what there is for it.
  public var isCutShort: Bool
}
