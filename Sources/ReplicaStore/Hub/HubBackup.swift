package import Crypto
internal import Foundation
internal import Glibc
internal import GRDB
internal import Synchronization

/// Backups and their restoring (cli `backup`, `restore`; hub-log §8).
extension HubStore {
  /// Writes a consistent copy, sealed with the same key, while the hub serves. The checkpoint store
  /// is never part of it. Durable on return.
  package func backup(to path: String) throws {
    guard try !Presence.of(path) else {
      throw StoreError(.fileExists, "The file \(path) exists already; name another.")
    }
    let temporary = path + ".partial"
    unlink(temporary)
    let copy = try SealedDatabase.open(path: temporary, key: fileKey, profile: .laptop)
    try db.backup(to: copy)
    let isWhole = try copy.read { try QuickCheck.finds(nothingIn: $0) }
    try copy.close()
    guard isWhole else {
      throw StoreError(.damaged, "The copy could not be read back; nothing was kept.")
    }
    try Self.sync(temporary)
    guard rename(temporary, path) == 0 else {
      throw StoreError(.disk, "The backup could not be put in its place at \(path).")
    }
    guard WholeFile.syncName(of: path) else {
      throw StoreError(.disk, "The name \(path) could not be made durable; nothing was acknowledged.")
    }
  }

  /// Puts a backup in the place of a hub's data and marks it as recovering: it takes pushes and
  /// signs nothing until the authority has signed a new epoch.
  package static func restore(backup path: String, home: HubHome, key: SymmetricKey) throws {
    guard try Presence.of(path) else {
      throw StoreError(.notFound, "There is no backup at \(path).")
    }
    let incoming = home.path + "/restore.db"
    for suffix in ["", "-wal", "-shm", "-journal"] { unlink(incoming + suffix) }
    try FileManager.default.copyItem(atPath: path, toPath: incoming)
    chmod(incoming, 0o600)
    let db = try SealedDatabase.open(path: incoming, key: key, profile: .laptop)
    try HubSchema.migrate(db)
    try db.write { db in
      guard try QuickCheck.finds(nothingIn: db) else {
        throw StoreError(.damaged, "The backup is damaged; nothing was changed.")
      }
      try SettingTable(db: db).set(HubSetting.recovering, 1)
    }
    try db.close()
    try sync(incoming)
    try setAside(home, key: key)
    guard rename(incoming, home.databasePath) == 0 else {
      throw StoreError(.disk, "The backup could not be put in its place; the old data is where it was.")
    }
    try sync(home.path)
  }

  /// Gives what is replaced a second name, so that at every moment there is a database in its place.
  private static func setAside(_ home: HubHome, key: SymmetricKey) throws {
    guard try home.exists else { return }
    // What a killed hub left in its log goes into the file. If that fails, the log is set aside too.
    let log = home.databasePath + "-wal"
    if try Presence.of(log) {
      try? SealedDatabase.open(path: home.databasePath, key: key, profile: .hub).close()
    }
    let old = home.path + "/replaced.db"
    for suffix in ["", "-wal"] { unlink(old + suffix) }
    var moved = link(home.databasePath, old) == 0
    if try Presence.of(log) { moved = rename(log, old + "-wal") == 0 && moved }
    unlink(home.databasePath + "-shm")
    guard moved else {
      throw StoreError(.disk, "The old data could not be set aside as \(old); nothing was replaced.")
    }
    try sync(home.path)
  }

  private static func sync(_ path: String) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw StoreError(.disk, "\(path) cannot be opened.") }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else {
      throw StoreError(.disk, "\(path) could not be made durable; nothing was acknowledged.")
    }
  }
}
