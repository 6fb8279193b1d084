package import Crypto
internal import Foundation
internal import Glibc
package import GRDB
package import Identity
package import SyncCore
internal import Synchronization
package import TransparencyLog

/// The directory of a hub (at-rest §1).
public struct HubHome: Sendable {
  public let path: String
  public init(_ path: String) { self.path = path }

  public var databasePath: String { path + "/hub.db" }
  public var storeKeyPath: String { path + "/store.key" }
  public var checkpointPath: String { path + "/checkpoint.store" }
  public var authorityKeyPath: String { path + "/authority.key" }
  public var recoveryKeyPath: String { path + "/recovery.key" }
  public var controlPath: String { path + "/control" }
  public var lockPath: String { path + "/lock" }
  public var exists: Bool { get throws(StoreError) { try Presence.of(databasePath) } }
}

/// Everything a hub holds: entries, streams, the log, members (hub-log §5).
///
/// One connection writes; whoever writes goes through `commit(_:)`, so that a batch of work costs
/// one fsync and one signature.
public final class HubStore: Sendable {
  package let home: HubHome
  package let db: any DatabaseWriter
  package let limits: Limits
  let fileKey: SymmetricKey
  let checkpoints: CheckpointStore
  package let now: @Sendable () -> Int64
  let surroundings: Surroundings
  let signer: any Signer
  let logSigner: NoteSigner

  /// What the hub signs with, and who it is.
  package struct Keys: Sendable {
    package let signing: SigningKeyPair
    /// Opens bundles (bundle §2).
    package let opening: OpeningKeyPair
    package let tokens: HubToken.Secret
    package let programme: ProgrammeIdentity
    package let programmeName: String
    package let tlsCertificate: [UInt8]
    package let tlsKey: [UInt8]
    package let tlsPin: Digest32
  }
  package let keys: Keys

  struct Live {
    var frontier: CompactRange
    /// Leaves before this one were read back from the disk; nothing beyond it is signed.
    var readBack: UInt64
    var slot: CheckpointStore.Slot?
    /// How often files changed (attachments §8.3).
    var fileChanges: UInt64
    var hubEpoch: UInt64
    var isRecovering: Bool
    var book: StatementBook
    var catalog: FormCatalog

    /// The newest checkpoint of this epoch. There is none while its first signature failed to reach the
    /// disk: what an earlier epoch signed is of another history (hub-log §8).
    var checkpoint: CheckpointSeal? { slot?.hubEpoch == hubEpoch ? slot?.seal : nil }
  }
  let live: Mutex<Live>
  /// Pages that the writer had written when the log last went into the file.
  let pagesWritten = Atomic<Int32>(0)
  /// A test brings a smaller one.
  let quota = Mutex(AttachmentQuota())
  var attachmentQuota: AttachmentQuota { quota.withLock { $0 } }

  package init(
    home: HubHome, key: SymmetricKey, limits: Limits = .specified,
    now: @escaping @Sendable () -> Int64, surroundings: Surroundings = .system
  ) throws {
    self.home = home
    self.limits = limits
    fileKey = key
    self.now = now
    self.surroundings = surroundings
    guard try surroundings.disk.exists(home.databasePath) else {
      throw StoreError(.noHome, "There is no hub at \(home.path); run init first.")
    }
    // Nothing is signed over a commit that the disk does not have (hub-log §5.2).
    let disk = surroundings.disk
    try disk.settle(try SealedPath.resolve(home.databasePath, on: disk.vfs) + "-wal")
    db = try SealedDatabase.open(
      path: home.databasePath, key: key, profile: .hub, disk: disk)
    try HubSchema.migrate(db)
    try Self.drawOpeningKey(db, surroundings)
    checkpoints = try CheckpointStore(path: home.checkpointPath, disk: surroundings.disk)
    let slot = checkpoints.current
    let (keys, state) = try db.snapshot { db -> (Keys, Live) in
      let keys = try Self.readKeys(db)
      let settings = SettingTable(db: db)
      let size = UInt64(try settings.integer(HubSetting.treeSize) ?? 0)
      let frontier = try CompactRange(begin: 0, end: size, from: TreeNodeTable(db: db))
      let book = try StatementTable.book(
        programme: keys.programme, verifier: surroundings.signatures, in: db)
      let epoch = UInt64(try settings.integer(HubSetting.hubEpoch) ?? 1)
      // Data that is behind its checkpoint store, or has none, was put back from a copy.
      let restored = try settings.integer(HubSetting.recovering) == 1
      let fileChanges = UInt64(try settings.integer(HubSetting.fileChanges) ?? 0)
      let behind = try slot.map { slot in
        guard slot.hubEpoch == epoch, slot.seal.size <= size else { return slot.hubEpoch >= epoch }
        // Files are no leaves: a copy may have all of the tree, and lack what it was given since.
        guard slot.fileChanges <= fileChanges else { return true }
        // Nothing is signed on top of what another history signed (hub-log §5.2).
        return try CompactRange(begin: 0, end: slot.seal.size, from: TreeNodeTable(db: db)).root
          != slot.seal.root
      }
      let isRecovering = restored || behind ?? (size > 0)
      // Put back a second time from an old copy, it must not seem to go back to that copy's epoch.
      let newest = isRecovering ? max(epoch, slot?.hubEpoch ?? 0) : epoch
      return (
        keys,
        Live(
          frontier: frontier, readBack: slot?.hubEpoch == newest ? min(size, slot?.seal.size ?? 0) : 0,
          slot: slot, fileChanges: fileChanges, hubEpoch: newest, isRecovering: isRecovering, book: book,
          catalog: FormCatalog(book))
      )
    }
    self.keys = keys
    signer = surroundings.signatures.signer(keys.signing)
    logSigner = try surroundings.signatures.noteSigner(keys.signing)
    live = Mutex(state)
    if state.isRecovering {
      // What it takes in meanwhile may make it longer than its checkpoints: that it was put back
      // must be known by then.
      try db.write { try SettingTable(db: $0).set(HubSetting.recovering, 1) }
    } else {
      try sealIfBehind()
    }
  }

  /// For a hub of before there were bundles. Devices use it once the authority names it, with the next
  /// epoch.
  private static func drawOpeningKey(
    _ db: any DatabaseWriter, _ surroundings: Surroundings
  ) throws {
    let isMissing = try db.snapshot { db in
      let settings = SettingTable(db: db)
      return try settings.bytes(HubSetting.signingSeed) != nil
        && settings.bytes(HubSetting.openingSeed) == nil
    }
    guard isMissing else { return }
    var generator = surroundings.random
    let pair = OpeningKeyPair(using: &generator)
    try db.write { try SettingTable(db: $0).set(HubSetting.openingSeed, bytes: pair.seed) }
  }

  private static func readKeys(_ db: Database) throws -> Keys {
    let settings = SettingTable(db: db)
    guard let seed = try settings.bytes(HubSetting.signingSeed),
      let signing = SigningKeyPair(seed: seed),
      let opening = try settings.bytes(HubSetting.openingSeed).flatMap({ OpeningKeyPair(seed: $0) }),
      let secret = try settings.bytes(HubSetting.tokenSecret).flatMap({ HubToken.Secret($0) }),
      let authority = try settings.bytes(HubSetting.authority).flatMap({ SigningPublicKey($0) }),
      let certificate = try settings.bytes(HubSetting.tlsCertificate),
      let tlsKey = try settings.bytes(HubSetting.tlsKey),
      let pin = try settings.bytes(HubSetting.tlsPin).flatMap({ Digest32($0) })
    else { throw StoreError(.damaged, "This hub was not finished by init; make it anew.") }
    return Keys(
      signing: signing, opening: opening, tokens: secret, programme: ProgrammeIdentity(authority: authority),
      programmeName: try settings.text(HubSetting.programmeName) ?? "", tlsCertificate: certificate,
      tlsKey: tlsKey, tlsPin: pin)
  }

  package var hubEpoch: UInt64 { live.withLock { $0.hubEpoch } }
  package var isRecovering: Bool { live.withLock { $0.isRecovering } }
  package var checkpoint: CheckpointSeal? { live.withLock { $0.checkpoint } }
  package var book: StatementBook { live.withLock { $0.book } }
  var catalog: FormCatalog { live.withLock { $0.catalog } }
  package var logOrigin: LogOrigin { LogOrigin(programme: keys.programme.id, epoch: hubEpoch) }

  /// The authority's statement for the hub's present epoch, as signed.
  package var hubStatement: [UInt8]? {
    let (book, epoch) = live.withLock { ($0.book, $0.hubEpoch) }
    return book.statements.last {
      $0.statement.type == .hub && $0.statement.version == epoch
    }?.encoded
  }

  /// Signs the tree as it is, if the newest checkpoint is behind it: after a crash between the
  /// commit and the signature.
  private func sealIfBehind() throws {
    let (size, slot, files) = live.withLock { ($0.frontier.end, $0.slot, $0.fileChanges) }
    let isBehind =
      slot?.seal.size ?? 0 < size || slot?.hubEpoch != hubEpoch || slot?.fileChanges ?? 0 < files
    guard size > 0, isBehind else { return }
    // The first checkpoint of an epoch covers what came before it, which may have been longer once.
    let signed = slot?.hubEpoch == hubEpoch ? slot?.seal.size ?? 0 : 0
    try verifyLeaves(from: signed, to: size)
    live.withLock { $0.readBack = size }
    try seal()
  }

  /// Signs and stores the checkpoint of the present tree; durable on return.
  func seal() throws {
    let (frontier, slot, epoch, recovering, files) = live.withLock {
      ($0.frontier, $0.slot, $0.hubEpoch, $0.isRecovering, $0.fileChanges)
    }
    guard !recovering, let root = frontier.root else { return }
    if let slot, slot.hubEpoch == epoch, slot.seal.size == frontier.end {
      if slot.fileChanges != files { try store(slot.seal, after: slot, epoch, files) }
      return
    }
    let origin = LogOrigin(programme: keys.programme.id, epoch: epoch)
    let signed = try SignedCheckpoint(
      signing: Checkpoint(origin: origin, size: frontier.end, root: root), with: logSigner,
      at: UInt64(max(0, now())))
    guard let seal = CheckpointSeal(bytes: signed.bytes) else {
      throw StoreError(.damaged, "The checkpoint could not be laid out.")
    }
    try store(seal, after: slot, epoch, files)
  }

  private func store(
    _ seal: CheckpointSeal, after slot: CheckpointStore.Slot?, _ epoch: UInt64, _ files: UInt64
  ) throws {
    guard try checkpoints.swap(slot, for: seal, hubEpoch: epoch, fileChanges: files) else {
      throw StoreError(.damaged, "Another hub has signed in the meantime; stop one of them.")
    }
    live.withLock { $0.slot = checkpoints.current }
  }

  /// Reads leaves back from the disk and hashes them: nothing is signed that was not kept.
  func verifyLeaves(from: UInt64, to: UInt64) throws {
    var begin = from
    while begin < to {
      let end = min(to, begin + Self.leavesAtOnce)
      try verify(from: begin, to: end)
      begin = end
    }
  }

  /// Their hashes are held meanwhile.
  private static let leavesAtOnce: UInt64 = 10_000

  private func verify(from: UInt64, to: UInt64) throws {
    try db.snapshot { db in
      let nodes = try TreeNodeTable(db: db).leaves(from..<to)
      var count: UInt64 = 0
      let rows = try Row.fetchCursor(
        db.cachedStatement(sql: "SELECT \(EntryTable.columns), leaf FROM entry WHERE leaf >= ? AND leaf < ?"),
        arguments: [Int64(from), Int64(to)])
      while let row = try rows.next() {
        let entry = try EntryTable.entry(row, coded: nil, limits: limits)
        try check(MerkleTree.leafHash(entry.hash), at: row["leaf"], nodes)
        count += 1
      }
      for (table, column) in [("statement", "leaf_hash"), ("release", "leaf_hash")] {
        let rows = try Row.fetchCursor(
          db.cachedStatement(sql: "SELECT \(column) AS hash, leaf FROM \(table) WHERE leaf >= ? AND leaf < ?"),
          arguments: [Int64(from), Int64(to)])
        while let row = try rows.next() {
          guard let hash = Digest32(Array(row["hash"] as Data)) else { continue }
          try check(MerkleTree.leafHash(hash), at: row["leaf"], nodes)
          count += 1
        }
      }
      guard count == to - from else {
        throw StoreError(.damaged, "The hub log has \(to - from) leaves and the store \(count).")
      }
    }
  }

  private func check(_ hash: Digest32, at leaf: Int64, _ nodes: [UInt64: Digest32]) throws {
    guard nodes[UInt64(leaf)] == hash else {
      throw StoreError(.damaged, "Leaf \(leaf) of the hub log does not match what is stored.")
    }
  }
}

enum HubSetting {
  static let signingSeed = "signing_seed"
  static let openingSeed = "opening_seed"
  static let tokenSecret = "token_secret"
  static let authority = "authority"
  static let programmeName = "programme_name"
  static let tlsCertificate = "tls_certificate"
  static let tlsKey = "tls_key"
  static let tlsPin = "tls_pin"
  static let url = "url"
  static let areas = "areas"
  static let treeSize = "tree_size"
  static let hubEpoch = "hub_epoch"
  static let recovering = "recovering"
  static let membershipVersion = "membership_version"
  static let fileChanges = "file_changes"
}
