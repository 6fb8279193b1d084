internal import Glibc
internal import ReplicaStore

/// Held by whoever has a hub's store open; released when the process ends, however it ends.
final class HomeLock: Sendable {
  private let descriptor: Int32

  /// Nil when another process holds it.
  init?(_ home: HubHome) throws {
    guard try home.exists else {
      throw StoreError(.noHome, "There is no hub at \(home.path); run init first.")
    }
    let opened = open(home.lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard opened >= 0 else {
      throw StoreError(.disk, "The lock file \(home.lockPath) cannot be opened.")
    }
    guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
      close(opened)
      return nil
    }
    descriptor = opened
  }

  deinit { close(descriptor) }
}
