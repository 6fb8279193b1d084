internal import Glibc

/// The place where `init` makes a hub, so that a crash leaves all of it or none (at-rest §13).
///
/// Everything is made in the directory `founding` of the home. Once it is whole, that directory
/// becomes `founded`, and from there its files move into the home, the database last. A founding that
/// was cut short before is taken away by the next one; after it, the next one ends it. No file of the
/// home itself is replaced or deleted.
package final class HubStaging {
  private let home: HubHome
  private let lock: Int32

  /// The hub that is being made.
  package var hub: HubHome { HubHome(home.path + "/founding") }
  private var whole: HubHome { HubHome(home.path + "/founded") }

  /// - Throws: ``StoreError`` with `homeExists`, `fileExists`, `busy` or `disk`.
  package init(_ home: HubHome) throws(StoreError) {
    self.home = home
    lock = open(home.lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard lock >= 0 else {
      throw StoreError(.disk, "The lock file \(home.lockPath) cannot be opened.")
    }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      throw StoreError(.busy, "Another init runs in \(home.path); wait for it to end.")
    }
    guard try !home.exists else {
      throw StoreError(.homeExists, "There is a hub at \(home.path) already; use it or name another.")
    }
    // What is empty is left of a founding that was ended, whose hub is gone since.
    rmdir(whole.path)
    guard try !isWhole else { return }
    for path in Self.files(home) where try Presence.of(path) {
      throw StoreError(.fileExists, "\(path) exists and is not replaced; choose another home.")
    }
    try Self.remove(hub)
    guard mkdir(hub.path, 0o700) == 0 else {
      throw StoreError(.disk, "The directory \(hub.path) cannot be made.")
    }
  }

  deinit { close(lock) }

  /// Whether an earlier founding was whole when it was cut short; ``settle()`` ends it.
  package var isWhole: Bool {
    get throws(StoreError) { try Presence.of(whole.path) }
  }

  /// Where the authority's key of a founding that is whole lies: it may have moved already.
  package var authorityKeyPath: String {
    get throws(StoreError) {
      try Presence.of(whole.authorityKeyPath) ? whole.authorityKeyPath : home.authorityKeyPath
    }
  }

  /// Puts the hub in its place, durable on return, and lets go of the home, so that the hub can be
  /// opened. Its store must be closed.
  package func settle() throws(StoreError) {
    // Whoever may not open the directory above the home did not make it.
    guard WholeFile.syncName(of: home.path) || errno == EACCES else { throw Self.unmoved(home) }
    if try !isWhole {
      try Self.sync(hub.path)
      guard rename(hub.path, whole.path) == 0 else { throw Self.unmoved(home) }
      try Self.sync(home.path)
    }
    for (from, to) in zip(Self.files(whole), Self.files(home)) where try Presence.of(from) {
      guard try !Presence.of(to) else {
        throw StoreError(.fileExists, "\(to) exists and is not replaced; move it, then try again.")
      }
      guard rename(from, to) == 0 else { throw Self.unmoved(home) }
    }
    try Self.sync(home.path)
    // The hub is in its place; a directory that stays is empty.
    rmdir(whole.path)
    flock(lock, LOCK_UN)
  }

  /// Takes away what was made, when the founding failed.
  package func discard() { try? Self.remove(hub) }

  /// What a hub is made of, the file that says there is one last.
  private static func files(_ home: HubHome) -> [String] {
    [
      home.storeKeyPath, home.checkpointPath, home.recoveryKeyPath, home.authorityKeyPath,
      home.databasePath + "-wal", home.databasePath,
    ]
  }

  private static func remove(_ hub: HubHome) throws(StoreError) {
    let more =
      ["-shm", "-journal"].map { hub.databasePath + $0 }
      + [hub.authorityKeyPath, hub.recoveryKeyPath].map { $0 + ".new" }
    for path in files(hub) + more where unlink(path) != 0 && errno != ENOENT && errno != ENOTDIR {
      throw StoreError(.disk, "\(path), of an init that was cut short, cannot be deleted.")
    }
    guard rmdir(hub.path) == 0 || errno == ENOENT else {
      throw StoreError(
        .fileExists, "\(hub.path) holds files that no init made; move them, then try again.")
    }
  }

  private static func sync(_ path: String) throws(StoreError) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw unmoved(HubHome(path)) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw unmoved(HubHome(path)) }
  }

  private static func unmoved(_ home: HubHome) -> StoreError {
    StoreError(
      .disk, "The new hub could not be put in its place in \(home.path); run init again.")
  }
}
