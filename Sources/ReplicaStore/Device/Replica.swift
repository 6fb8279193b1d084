public import Crypto
internal import Foundation
package import GRDB
public import Identity
package import SyncCore
internal import Synchronization

/// One person's replica: a sealed database with change logs, drafts, keys and an index.
///
/// Open it, record, ask; a `SyncClient` reconciles it with the hub. What a method returns is
/// durable (at-rest §10). Several processes may use one home at once.
public final class Replica: Sendable {
  /// The clock and the randomness that the replica uses, so that a test can bring its own.
  public struct Environment: Sendable {
    /// Seconds since 1970.
    public var now: @Sendable () -> Int64
    package var surroundings: Surroundings = .system
    public init(now: @escaping @Sendable () -> Int64) { self.now = now }
    public static let system = Environment { Int64(Foundation.Date().timeIntervalSince1970) }
  }

  public let home: DeviceHome
  public let programme: ProgrammeIdentity
  package let db: any DatabaseWriter
  let environment: Environment
  let limits: Limits
  let sealer: SectionSealer
  var wrapping: any KeyWrapping { environment.surroundings.wrapping }
  var signer: any Signer { environment.surroundings.signatures.signer(identity.signing) }

  struct Cache {
    var book: StatementBook?
    var catalog: FormCatalog?
    var statementCount = -1
    var secrets: [OriginEpoch: [EpochSecret]] = [:]
    var columns: [String: FormColumns] = [:]
    /// By the text of their fields.
    var codedTables: [String: TabledSection] = [:]
  }
  struct OriginEpoch: Hashable {
    var origin: OriginID
    var epoch: UInt64
  }
  let cache = Mutex(Cache())
  let keys: Mutex<DeviceKeys>

  /// Opens a home that was made before.
  ///
  /// - Throws: ``StoreError`` (`noHome`, `newerHome`, `damaged`) and ``AtRestError``.
  public convenience init(
    opening home: DeviceHome, key: SymmetricKey, environment: Environment = .system
  ) throws {
    try self.init(opening: home, key: key, environment: environment, limits: .specified)
  }

  package init(
    opening home: DeviceHome, key: SymmetricKey, environment: Environment, limits: Limits
  ) throws {
    let disk = environment.surroundings.disk
    guard try disk.exists(home.databasePath) else {
      throw StoreError(.noHome, "There is no replica at \(home.path); join a programme first.")
    }
    let db = try SealedDatabase.open(
      path: home.databasePath, key: key, profile: .laptop, disk: disk)
    try ReplicaSchema.migrate(db)
    let (keys, authority) = try db.snapshot { db in
      let settings = SettingTable(db: db)
      return (
        try settings.bytes(SettingName.identity).map { _ in try DeviceKeys(settings) },
        try settings.bytes(SettingName.authority)
      )
    }
    guard let keys, let authority, let key = SigningPublicKey(authority) else {
      throw StoreError(.noHome, "The home at \(home.path) was not finished; join again.")
    }
    self.home = home
    self.db = db
    self.environment = environment
    self.limits = limits
    self.keys = Mutex(keys)
    programme = ProgrammeIdentity(authority: key)
    sealer = SectionSealer(limits: limits)
  }

  /// Makes a new replica for an invite, with keys of its own, or reopens the one that an earlier
  /// `join` with the same programme made.
  ///
  /// Anybody can write an invite: it carries nothing of the authority but its public key. So a home
  /// that is a member already learns nothing from it here, and only the authority's signature can
  /// bring it to another hub (`SyncClient.join(with:)`).
  public static func create(
    in home: DeviceHome, key: SymmetricKey, invite: Invite, environment: Environment = .system
  ) throws -> Replica {
    let db = try SealedDatabase.open(
      path: home.databasePath, key: key, profile: .laptop, disk: environment.surroundings.disk)
    try ReplicaSchema.migrate(db)
    try db.write { db in
      let settings = SettingTable(db: db)
      if let known = try settings.bytes(SettingName.authority) {
        guard known == invite.programme.authority.bytes else {
          throw StoreError(
            .otherProgramme, "This home belongs to another programme; name another home.")
        }
      } else {
        var generator = environment.surroundings.random
        try settings.set(SettingName.identity, bytes: DeviceIdentity(using: &generator).stored)
        try settings.set(SettingName.authority, bytes: invite.programme.authority.bytes)
      }
      guard try settings.bytes(SettingName.token) == nil else { return }
      try settings.set(SettingName.invite, bytes: invite.encoded)
      try settings.set(SettingName.url, invite.address.text)
      try settings.set(SettingName.tlsPin, bytes: invite.tlsPin.bytes)
      try settings.set(SettingName.hubKey, bytes: invite.hubLogKey.bytes)
      try settings.set(SettingName.programmeName, invite.programmeName)
    }
    return try Replica(opening: home, key: key, environment: environment)
  }

  /// Shows one state of the file.
  package func read<T>(_ body: (Database) throws -> T) throws -> T { try db.snapshot(body) }

  /// Runs one durable transaction.
  ///
  /// The caches learn inside of it what is true once it is committed; when it is undone they forget.
  func transaction<T>(_ body: (Database) throws -> T) throws -> T {
    do { return try db.write(body) } catch {
      cache.withLock { $0 = Cache() }
      throw error
    }
  }

  /// The statements, read again only when another process or a sync added some.
  func book(_ db: Database) throws -> StatementBook {
    let count = try Int.fetchOne(db.cachedStatement(sql: "SELECT count(*) FROM statement")) ?? 0
    if let book = cache.withLock({ $0.statementCount == count ? $0.book : nil }) { return book }
    let book = try StatementTable.book(
      programme: programme, verifier: environment.surroundings.signatures, in: db)
    cache.withLock {
      $0.book = book
      $0.catalog = FormCatalog(book)
      $0.statementCount = count
    }
    return book
  }

  /// What the authority has said, as far as it came here.
  public func statements() throws -> StatementBook { try read { try book($0) } }

  func catalog(_ db: Database) throws -> FormCatalog {
    let book = try book(db)
    return cache.withLock { $0.catalog } ?? FormCatalog(book)
  }

  /// The programme's forms.
  public func forms() throws -> FormCatalog { try read { try catalog($0) } }
}

/// Names of the settings of a device.
enum SettingName {
  static let identity = "identity"
  static let retiredIdentities = "retired_identities"
  static let successor = "successor"
  static let closing = "closing"
  static let authority = "authority"
  static let invite = "invite"
  static let url = "url"
  static let tlsPin = "tls_pin"
  static let hubKey = "hub_key"
  static let programmeName = "programme_name"
  static let token = "token"
  static let sayInFull = "say_in_full"
  static let hubEpoch = "hub_epoch"
  static let membershipVersion = "membership_version"
  static let role = "role"
  static let areas = "areas"
  static let programmeAreas = "programme_areas"
  static let acknowledgedSeq = "acknowledged_seq"
  static let acknowledgedHash = "acknowledged_hash"
  static let receivedSeq = "received_seq"
  static let offeredSeq = "offered_seq"
  static let walkedSize = "walked_size"
  static let ownSubtrees = "own_subtrees"
  static let checkpoint = "checkpoint"
  static let clockOffset = "clock_offset"
  static let labelledForms = "labelled_forms"
  static let indexedRecord = "indexed_record"
  static let bytesPerEntry = "bytes_per_entry"
  static let lineRate = "line_rate"
  static let leftToGather = "left_to_gather"
}
