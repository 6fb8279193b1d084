public import Crypto
internal import Foundation
internal import Glibc

/// The directory of one installation: the wrapped key, the sealed database, evidence (at-rest §1).
public struct DeviceHome: Sendable {
  public let path: String

  public init(_ path: String) { self.path = path }

  public var keyPath: String { path + "/key" }
  public var databasePath: String { path + "/replica.db" }
  public var journalPath: String { databasePath + "-journal" }
  public var evidencePath: String { path + "/evidence" }
  public var syncLockPath: String { path + "/sync.lock" }

  /// Whether a home was made here.
  public var exists: Bool { get throws(StoreError) { try Presence.of(keyPath) } }

  /// Whether a transaction was cut short, or is under way, that only its journal can take back.
  public var hasJournal: Bool { get throws { try Presence.of(journalPath) } }

  /// The kernel keyring slot of this home.
  public var keyring: KernelKeyring { KernelKeyring(home: path) }

  /// Makes the directory and a new file key wrapped by the passphrase; durable on return.
  public func create(passphrase: [UInt8]) throws -> SymmetricKey {
    try create(passphrase: passphrase, cost: .specified)
  }

  package func create(passphrase: [UInt8], cost: KeyFile.Cost) throws -> SymmetricKey {
    guard try !exists else {
      throw StoreError(.homeExists, "There is a home at \(path) already; use it or name another.")
    }
    umask(0o077)
    // Held for a home that stood here: an empty database takes any key, and this one is in no file.
    keyring.drop()
    try makeDirectories()
    let key = SymmetricKey(size: .bits256)
    try KeyFile.create(
      at: keyPath, wrapping: key, passphrase: passphrase, purpose: .database, cost: cost)
    return key
  }

  /// The home is as durable as its name, and as those of the directories above it that were missing.
  ///
  /// A home that was there may be one of ours whose making was cut short before its name was synced.
  /// Who may not open the directory above it did not make it.
  private func makeDirectories() throws {
    var made: [String] = []
    var above = path
    while !above.isEmpty, above != "/", try !Presence.of(above) {
      made.append(above)
      above = (above as NSString).deletingLastPathComponent
    }
    for directory in [path, evidencePath] {
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])
    }
    if made.isEmpty, !WholeFile.syncName(of: path), errno != EACCES { throw undurable(path) }
    for directory in made.reversed() where !WholeFile.syncName(of: directory) {
      throw undurable(directory)
    }
  }

  private func undurable(_ directory: String) -> StoreError {
    StoreError(.disk, "The directory \(directory) could not be made durable; try again.")
  }

  /// The file key, by passphrase.
  public func unlock(passphrase: [UInt8]) throws -> SymmetricKey {
    guard try exists else {
      throw StoreError(.noHome, "There is no home at \(path); join a programme first.")
    }
    return try KeyFile.unlock(keyPath, passphrase: passphrase, purpose: .database)
  }
}

/// Held while one process syncs a home; released when the process ends, however it ends.
public final class SyncLock: Sendable {
  private let descriptor: Int32

  /// Takes the lock or throws ``StoreError`` with `busy`.
  public init(_ home: DeviceHome) throws {
    let opened = open(home.syncLockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard opened >= 0 else {
      throw StoreError(.disk, "The lock file \(home.syncLockPath) cannot be opened.")
    }
    guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
      close(opened)
      throw StoreError(
        .busy, "Another sync of this home is running; wait for it to end. Recording goes on.")
    }
    descriptor = opened
  }

  deinit { close(descriptor) }
}
