public import Crypto
public import GRDB
import GRDBSQLite

/// Opens the one SQLite file of a home, encrypted whole (at-rest §1).
public enum SealedDatabase {
  /// Who opens the file, and so how it keeps its promises (at-rest §10).
  public enum Profile: Sendable, Hashable {
    /// Rollback journal, `synchronous=EXTRA`, several processes, one connection in each.
    case laptop
    /// Write-ahead log, `synchronous=FULL`, one connection that writes and checkpoints, readers
    /// that do neither.
    case hub
  }

  /// Opens or creates the database at `path` with its 32-byte file key.
  ///
  /// Returns a `DatabaseQueue` for a laptop and a `DatabasePool` for a hub. Every setting that
  /// durability or secrecy depends on has been read back, on every connection.
  ///
  /// - Throws: ``AtRestError`` with `wrongKey`, `notSealed`, `unsupportedFormat`, `damaged`,
  ///   `settingRefused`, `keyConflict`, `pathInvalid`, `engineUnavailable` or `database`.
  public static func open(
    path: String, key: SymmetricKey, profile: Profile
  ) throws -> any DatabaseWriter {
    try open(path: path, key: key, profile: profile, disk: .system)
  }

  /// The same on another disk than the machine's.
  package static func open(
    path: String, key: SymmetricKey, profile: Profile, disk: StoreDisk
  ) throws -> any DatabaseWriter {
    guard key.bitCount == SealedFormat.keyBytes * 8 else {
      throw AtRestError(.wrongKey, "A file key has 32 bytes; unlock the key file and try again.")
    }
    let vfs = try SealedVFS.register(over: disk.vfs)
    let fullPath = try SealedPath.resolve(path, on: disk.vfs)
    let keys = try KeyRegistry.register(path: fullPath, fileKey: key)
    do {
      // From then on the open files hold the keys, to the last one that closes.
      return try withExtendedLifetime(keys) {
        try connect(SealedPath.uri(fullPath, vfs: vfs), profile: profile)
      }
    } catch let error as AtRestError {
      throw error
    } catch {
      throw explain(error, keys: keys)
    }
  }

  /// What could not be authenticated in the file since it was opened in this process, oldest first.
  ///
  /// SQLite reports such a page as `SQLITE_IOERR_DATA` (8202), without its number.
  public static func findings(path: String) throws -> [SealedFinding] {
    KeyRegistry.keys(for: try SealedPath.resolve(path))?.findings ?? []
  }

  private static func connect(
    _ uri: String, profile: Profile
  ) throws -> any DatabaseWriter {
    var configuration = Configuration()
    configuration.busyMode = .timeout(SealedSettings.busySeconds)
    configuration.foreignKeysEnabled = true
    configuration.prepareDatabase { database in
      let role = SealedSettings.Role(profile, isReader: database.configuration.readonly)
      try reserveBytes(database)
      try SealedSettings.apply(role, to: database)
      try SealedSettings.verify(role, in: database, stage: .connecting)
    }
    switch profile {
    case .laptop:
      let queue = try DatabaseQueue(path: uri, configuration: configuration)
      try queue.writeWithoutTransaction {
        try SealedSettings.verify(.laptop, in: $0, stage: .ready)
      }
      return queue
    case .hub:
      let pool = try DatabasePool(path: uri, configuration: configuration)
      try pool.writeWithoutTransaction { database in
        // Opening a log, GRDB sets NORMAL after `prepareDatabase`; NORMAL loses commits.
        try SealedSettings.apply(.hubWriter, to: database)
        try SealedSettings.verify(.hubWriter, in: database, stage: .ready)
      }
      try pool.read { try SealedSettings.verify(.hubReader, in: $0, stage: .ready) }
      return pool
    }
  }

  /// Sets the reserved bytes before the first page is written. A file that exists keeps its own,
  /// and the VFS refuses to write one that keeps others.
  private static func reserveBytes(_ database: Database) throws {
    var count = Int32(SealedFormat.reservedBytes)
    let code = sqlite3_file_control(
      database.sqliteConnection, "main", SQLITE_FCNTL_RESERVE_BYTES, &count)
    guard code == SQLITE_OK else {
      throw AtRestError(
        .settingRefused, "SQLite refused to reserve room for authentication; use SQLite 3.40.")
    }
  }

  private static func explain(_ error: any Error, keys: FileKeys) -> AtRestError {
    // A disk that failed says nothing of the pages, whatever was found in them earlier.
    for finding in StorageFault(error) == .disk ? [] : keys.findings {
      switch finding.reason {
      case .noPageOpens:
        return AtRestError(
          .wrongKey,
          "No page of \(keys.path) opens with this key; check that key file and database belong "
            + "together.", underlying: error)
      case .plainDatabase:
        return AtRestError(
          .notSealed, "\(keys.path) is not encrypted; refuse it, or import it by other means.",
          underlying: error)
      case .newerFormat:
        return AtRestError(
          .unsupportedFormat, "\(keys.path) was written by a newer program; update this one.",
          underlying: error)
      case .authenticationFailed where finding.file == .rollbackJournal,
        .cutShort where finding.file == .rollbackJournal:
        return AtRestError(
          .damaged,
          "The journal beside \(keys.path) was damaged or cut, so a change that was cut short cannot "
            + "be undone; keep both files, and restore a copy or fetch again.", underlying: error)
      case .authenticationFailed, .cutShort:
        return AtRestError(
          .damaged,
          "Page \(finding.position) of \(keys.path) was damaged or altered; keep the file, and "
            + "restore a copy or fetch again.", underlying: error)
      case .reservedBytesInUse:
        return AtRestError(
          .settingRefused,
          "\(keys.path) was laid out without room for authentication; make it anew.",
          underlying: error)
      }
    }
    return AtRestError(
      .database, "\(keys.path) could not be opened; see the cause.", underlying: error)
  }
}
