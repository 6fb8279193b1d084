internal import Foundation
internal import Glibc

extension DeviceHome {
  /// Whether a home is here, or what a wipe that was cut short left of one.
  public var hasRemains: Bool {
    get throws {
      let own = [keyPath, keyPath + ".new", databasePath, journalPath, evidencePath]
      return try own.contains { try Presence.of($0) }
    }
  }

  /// Destroys the home: first the wrapped key, durably, then the files that the home is made of
  /// (at-rest §12).
  ///
  /// From the first step on nothing of it can be read, even if the rest is cut short; running it
  /// again finishes. Files that are not the home's own stay, and so does the directory then.
  ///
  /// - Returns: whether the directory itself is gone.
  @discardableResult
  public func wipe() throws -> Bool {
    keyring.drop()
    if try exists { try KeyFile.destroy(keyPath) }
    try remove(keyPath + ".new")
    for path in [databasePath, journalPath, databasePath + "-wal", syncLockPath] {
      try remove(path)
    }
    for name in try evidenceNames() {
      if name.hasSuffix(".cbor") { try remove(evidencePath + "/" + name) }
    }
    rmdir(evidencePath)
    return rmdir(path) == 0 || errno == ENOENT
  }

  /// What cannot be listed is there still, and must not be called wiped.
  private func evidenceNames() throws -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: evidencePath)
    } catch let error as CocoaError where error.code == .fileReadNoSuchFile {
      return []
    } catch {
      throw StoreError(
        .disk, "The directory \(evidencePath) cannot be read; its key is destroyed already.")
    }
  }

  private func remove(_ path: String) throws {
    guard unlink(path) == 0 || errno == ENOENT else {
      throw StoreError(
        .disk, "The file \(path) cannot be deleted; its key is destroyed already.")
    }
  }
}
