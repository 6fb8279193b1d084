public import SyncCore

/// The types of authority statements (identity §3).
public enum StatementType: UInt8, Sendable, Hashable, CaseIterable {
  case reader = 1
  case recovery = 2
  case form = 3
  case policy = 4
  case hub = 5

  /// Whether entries and checkpoints go on naming old versions, so that every version is kept.
  public var keepsEveryVersion: Bool { self == .form || self == .hub }
}

/// Who may be given keys, and for what (identity §3, type 1).
public struct ReaderStatement: Sendable, Hashable {
  public enum State: UInt8, Sendable, Hashable {
    case active = 1
    case revoked = 2
  }
  public enum Role: UInt8, Sendable, Hashable {
    /// May be granted single records.
    case liaison = 1
    /// Is granted every epoch of the origins of its areas.
    case caseWorker = 2
  }

  public var state: State
  public var role: Role
  public var keys: DevicePublicIdentity
  /// Area codes in canonical order, each once.
  public let areas: [String]

  /// Most areas that one statement may name.
  public static let areasMax = 256

  public init(
    state: State, role: Role, keys: DevicePublicIdentity, areas: some Sequence<String>
  ) {
    self.state = state
    self.role = role
    self.keys = keys
    self.areas = Set(areas).sorted(by: canonicalKeyOrder)
  }
}

/// A form as the authority signed it (identity §3, type 3). The statement's version is the form's.
public struct FormStatement: Sendable, Hashable {
  public var name: String
  public var yaml: [UInt8]

  public init(name: String, yaml: [UInt8]) {
    self.name = name
    self.yaml = yaml
  }
}

/// One life of the hub between restores (identity §3, type 5). The statement's version is its epoch.
public struct HubStatement: Sendable, Hashable {
  public var logKey: SigningPublicKey
  /// SHA-256 of the certificate's SubjectPublicKeyInfo.
  public var tlsPin: Digest32
  /// The last checkpoint of the life before; size 0 and zero bytes for the first.
  public var lastSize: UInt64
  public var lastRoot: Digest32
  /// What bundles to this hub are sealed to; nil for a hub that takes none (bundle §2).
  public var openingKey: OpeningPublicKey?

  public init(
    logKey: SigningPublicKey, tlsPin: Digest32, lastSize: UInt64, lastRoot: Digest32,
    openingKey: OpeningPublicKey? = nil
  ) {
    self.logKey = logKey
    self.tlsPin = tlsPin
    self.lastSize = lastSize
    self.lastRoot = lastRoot
    self.openingKey = openingKey
  }
}

/// What an authority statement says (identity §3).
public enum StatementBody: Sendable, Hashable {
  case reader(ReaderStatement)
  case recovery(OpeningPublicKey)
  case form(FormStatement)
  /// The disclosure policy as YAML.
  case policy([UInt8])
  case hub(HubStatement)

  public var type: StatementType {
    switch self {
    case .reader: .reader
    case .recovery: .recovery
    case .form: .form
    case .policy: .policy
    case .hub: .hub
    }
  }

  /// What the statement is about: with its type, the key under which a holder keeps it.
  public var subject: [UInt8] {
    switch self {
    case .reader(let reader): reader.keys.origin.bytes
    case .form(let form): Array(form.name.utf8)
    case .recovery, .policy, .hub: []
    }
  }
}
