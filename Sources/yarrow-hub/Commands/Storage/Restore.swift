import ArgumentParser
import Console
import Crypto
import Glibc
import HubServer
import Identity
import ReplicaStore
import SyncCore

struct RestoreCommand: HubCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore", abstract: help("help.hub.restore"))

  @Argument(help: help("help.hub.argument.file", "file")) var file: String
  @Option(name: .long, help: help("help.hub.option.epoch", "number")) var epoch: UInt64?
  @OptionGroup var authority: AuthorityOption
  @OptionGroup var hub: HubOptions

  func perform(_ session: HubSession) async throws {
    guard try Presence.isReadable(file) else {
      throw CommandFailure(.notFound, "failure.file_missing", ["path": file])
    }
    guard HomePath.makeDirectory(session.home.path) else {
      throw CommandFailure(.storageFailed, "failure.file_unwritable", ["path": session.home.path])
    }
    let key = try session.storeKey.read(warn: session.output.note)
    // Opened before anything changes: a wrong passphrase leaves the hub as it was.
    let pair = try session.authority(authority)?.unlock(session)
    do {
      guard let lock = RestoreLock(session.home) else {
        throw CommandFailure(
          .hubUnavailable, "hub.restore_serving", ["path": session.home.path],
          next: "hub.restore_serving.next")
      }
      if try session.home.exists {
        try session.confirmOnTerminal("hub.restore_ask", ["path": session.home.path])
      }
      try replace(session, key: key)
      lock.release()
    }
    let recovery = Recovery(session, try session.control())
    guard let pair else { return try recovery.sayWaiting() }
    try recovery.sign(with: pair, epoch: epoch)
  }

  /// What is no backup is told from a backup under another key.
  private func replace(_ session: HubSession, key: SymmetricKey) throws {
    do {
      try HubStore.restore(backup: file, home: session.home, key: key)
    } catch let error as AtRestError where error.code == .damaged || error.code == .notSealed {
      throw CommandFailure(
        .checkFailed, "hub.backup_damaged", ["path": file], next: "hub.backup_damaged.next")
    }
  }
}

/// Signs what lets a restored hub serve again, when `restore` ran without the authority's key.
struct RecoverCommand: HubCommand {
  static let configuration = CommandConfiguration(
    commandName: "recover", abstract: help("help.hub.recover"))

  @Option(name: .long, help: help("help.hub.option.epoch", "number")) var epoch: UInt64?
  @OptionGroup var authority: AuthorityOption
  @OptionGroup var hub: HubOptions

  func perform(_ session: HubSession) async throws {
    let recovery = Recovery(session, try session.control())
    guard try recovery.isRecovering else {
      return try recovery.say("hub.recover_nothing")
    }
    let key = try session.requireAuthority(authority)
    try session.confirmOnTerminal("hub.recover_ask")
    try recovery.sign(with: key.unlock(session), epoch: epoch)
  }
}

/// The end of a recovery: the authority signs the hub's next epoch (hub-log §8).
private struct Recovery {
  let session: HubSession
  let control: HubControl

  init(_ session: HubSession, _ control: HubControl) {
    self.session = session
    self.control = control
  }

  var isRecovering: Bool { get throws { try session.status(control).isRecovering } }

  func sign(with pair: SigningKeyPair, epoch: UInt64?) throws {
    let report = try session.status(control)
    guard ProgrammeIdentity(authority: pair.publicKey).words.description == report.words else {
      throw CommandFailure(
        .refused, "hub.authority_other_restored", next: "hub.authority_other.next")
    }
    let answer = try session.ask(.nextHubStatement, control)
    guard case .unsigned(let hex, let version) = answer, let payload = [UInt8](hex: hex) else {
      throw session.unexpectedAnswer
    }
    let proposed = try Identity.Statement(payload: payload)
    guard case .hub = proposed.body else { throw session.unexpectedAnswer }
    // Devices may know a later epoch than the backup does: then the operator says so.
    if let epoch, epoch < version {
      throw CommandFailure(.usage, "hub.epoch_low", ["minimum": "\(version)"])
    }
    try session.submit(
      Identity.Statement(proposed.body, version: epoch ?? version), signedBy: pair, to: control)
    try say("hub.restored")
  }

  func sayWaiting() throws {
    try say("hub.restored_waiting")
    session.output.note("hub.restored_waiting.next")
  }

  func say(_ key: String) throws {
    let report = try session.status(control)
    try session.output.result(
      [
        "state": .string(report.isRecovering ? "recovering" : "recovered"),
        "hub_epoch": .integer(report.hubEpoch), "entries": .integer(report.entries),
      ],
      text: [
        session.catalog.text(
          key, ["epoch": "\(report.hubEpoch)", "entries": "\(report.entries)"])
      ])
  }
}

/// The lock that every process holds while it has a hub's store open, taken before there is one.
private final class RestoreLock {
  private var descriptor: Int32

  /// Nil when another process holds it for longer than two seconds.
  init?(_ home: HubHome) {
    descriptor = open(home.lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return nil }
    for _ in 0..<40 {
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return }
      usleep(50_000)
    }
    close(descriptor)
    descriptor = -1
    return nil
  }

  func release() {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
  }

  deinit { release() }
}
