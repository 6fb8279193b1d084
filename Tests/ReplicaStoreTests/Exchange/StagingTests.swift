import Crypto
import Foundation
import Identity
import SyncCore
import GRDB
import Testing

@testable import ReplicaStore

/// The making of a hub, cut short (at-rest §13).
@Suite struct StagingTests {
  private let home: HubHome

  init() throws {
    home = HubHome(NSTemporaryDirectory() + "staging-" + UUID().uuidString)
    try FileManager.default.createDirectory(atPath: home.path, withIntermediateDirectories: true)
  }

  private func found(in home: HubHome) throws {
    var generator: any RandomNumberGenerator = SystemRandomNumberGenerator()
    let authority = SigningKeyPair(using: &generator)
    try KeyFile.create(
      at: home.authorityKeyPath, wrapping: SymmetricKey(data: authority.seed),
      passphrase: Array("correct horse".utf8), purpose: .authority, cost: .tiny)
    _ = try HubStore.found(
      home: home, key: Village.hubKey,
      HubStore.Founding(
        programmeName: "delta", url: "https://127.0.0.1:8443", areas: ["north"],
        authority: authority, beginning: .programme(recovery: OpeningKeyPair(using: &generator).publicKey),
        signing: SigningKeyPair(using: &generator), tlsCertificate: [1], tlsKey: [2],
        tlsPin: Hash.sha256(Array("pin".utf8))), now: { 1_772_000_000 })
  }

  private func names() throws -> Set<String> {
    try Set(FileManager.default.contentsOfDirectory(atPath: home.path))
  }

  @Test func `a founding that was cut short half made is taken away by the next`() throws {
    do {
      let staging = try HubStaging(home)
      try found(in: staging.hub)
      #expect(try !home.exists && !staging.isWhole)
      // A key file that was not whole yet (at-rest §11.3).
      _ = FileManager.default.createFile(atPath: staging.hub.recoveryKeyPath + ".new", contents: Data([1]))
    }
    let again = try HubStaging(home)
    #expect(try FileManager.default.contentsOfDirectory(atPath: again.hub.path) == [])
    try found(in: again.hub)
    try again.settle()
    #expect(try names() == ["hub.db", "checkpoint.store", "authority.key", "lock"])
    let hub = try HubStore(home: home, key: Village.hubKey, now: { 1_772_000_000 })
    #expect(try hub.verify().problems == [] && !hub.isRecovering)
  }

  @Test func `a founding that was cut short while it moved is ended by the next`() throws {
    do {
      let staging = try HubStaging(home)
      try found(in: staging.hub)
    }
    // As after the rename and the first move.
    let files = FileManager.default
    try files.moveItem(atPath: home.path + "/founding", toPath: home.path + "/founded")
    try files.moveItem(
      atPath: home.path + "/founded/checkpoint.store", toPath: home.checkpointPath)
    let again = try HubStaging(home)
    #expect(try again.isWhole && !home.exists)
    try again.settle()
    // The command that ended it goes on with the hub, which takes the same lock.
    let lock = open(home.lockPath, O_RDWR | O_CLOEXEC)
    #expect(withExtendedLifetime(again) { flock(lock, LOCK_EX | LOCK_NB) } == 0)
    close(lock)
    #expect(try names() == ["hub.db", "checkpoint.store", "authority.key", "lock"])
    let hub = try HubStore(home: home, key: Village.hubKey, now: { 1_772_000_000 })
    #expect(try hub.verify().problems == [] && !hub.isRecovering)
  }

  @Test func `what an ended founding left empty is not taken for one that goes on`() throws {
    try FileManager.default.createDirectory(
      atPath: home.path + "/founded", withIntermediateDirectories: false)
    let staging = try HubStaging(home)
    #expect(try !staging.isWhole)
    try found(in: staging.hub)
    try staging.settle()
    #expect(try names() == ["hub.db", "checkpoint.store", "authority.key", "lock"])
  }

  @Test func `the authority's key of a founding is found on either side of its move`() throws {
    do {
      let staging = try HubStaging(home)
      try found(in: staging.hub)
    }
    try FileManager.default.moveItem(
      atPath: home.path + "/founding", toPath: home.path + "/founded")
    let again = try HubStaging(home)
    #expect(try again.authorityKeyPath == home.path + "/founded/authority.key")
    try FileManager.default.moveItem(
      atPath: home.path + "/founded/authority.key", toPath: home.authorityKeyPath)
    #expect(try again.authorityKeyPath == home.authorityKeyPath)
  }

  @Test func `no key of a home is replaced, and one founding runs at a time`() throws {
    let running = try HubStaging(home)
    #expect(throws: StoreError.self) { try HubStaging(home) }
    withExtendedLifetime(running) {}
    let other = HubHome(home.path + "/other")
    try FileManager.default.createDirectory(atPath: other.path, withIntermediateDirectories: true)
    _ = FileManager.default.createFile(atPath: other.authorityKeyPath, contents: Data([1]))
    #expect(throws: StoreError.self) { try HubStaging(other) }
    #expect(FileManager.default.contents(atPath: other.authorityKeyPath) == Data([1]))
  }

  @Test func `data of another history than its checkpoint store is not signed over`() throws {
    let village = try Village()
    let slot = try #require(village.hub.checkpoints.current)
    try village.hub.db.close()
    let clock = village.clock
    func open() throws -> HubStore {
      try HubStore(home: village.hub.home, key: Village.hubKey, now: { clock.now })
    }
    let same = try open()
    #expect(!same.isRecovering)
    // A leaf of the past turns into another, and its parents with it.
    try same.db.write { try $0.execute(sql: "UPDATE tree_node SET hash = zeroblob(32)") }
    try same.db.close()
    let other = try open()
    #expect(other.isRecovering && other.checkpoints.current == slot)
  }
}
