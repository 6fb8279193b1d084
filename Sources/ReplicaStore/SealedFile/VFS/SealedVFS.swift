import GRDBSQLite
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The SQLite VFS "yarrow-sealed": the system's own, with every page sealed (at-rest §1).
enum SealedVFS {
  static let name: StaticString = "yarrow-sealed"

  /// Registers the VFS once per process. Throws where SQLite cannot host it.
  static func register() throws(AtRestError) {
    guard registration == SQLITE_OK else {
      throw AtRestError(
        .engineUnavailable,
        "The system's SQLite refused the encryption layer (code \(registration)); "
          + "install SQLite 3.40 or later.")
    }
  }

  private static let registration: Int32 = {
    guard let system = SystemVFS.pointer else { return SQLITE_ERROR }
    let vfs = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
    var methods = sqlite3_vfs()
    methods.iVersion = min(system.pointee.iVersion, 2)
    methods.szOsFile = Int32(SealedSlot.byteCount) + system.pointee.szOsFile
    methods.mxPathname = system.pointee.mxPathname
    methods.zName = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
    methods.xOpen = open
    methods.xDelete = { SystemVFS.pointer!.pointee.xDelete(SystemVFS.pointer, $1, $2) }
    methods.xAccess = { SystemVFS.pointer!.pointee.xAccess(SystemVFS.pointer, $1, $2, $3) }
    methods.xFullPathname = {
      SystemVFS.pointer!.pointee.xFullPathname(SystemVFS.pointer, $1, $2, $3)
    }
    // No extensions are loaded into a process that holds the key.
    methods.xDlOpen = { _, _ in nil }
    methods.xDlError = { _, count, text in if count > 0 { text?.pointee = 0 } }
    methods.xDlSym = { _, _, _ in nil }
    methods.xDlClose = { _, _ in }
    methods.xRandomness = { SystemVFS.pointer!.pointee.xRandomness(SystemVFS.pointer, $1, $2) }
    methods.xSleep = { SystemVFS.pointer!.pointee.xSleep(SystemVFS.pointer, $1) }
    methods.xCurrentTime = { SystemVFS.pointer!.pointee.xCurrentTime(SystemVFS.pointer, $1) }
    methods.xGetLastError = {
      SystemVFS.pointer!.pointee.xGetLastError(SystemVFS.pointer, $1, $2)
    }
    methods.xCurrentTimeInt64 = {
      SystemVFS.pointer!.pointee.xCurrentTimeInt64(SystemVFS.pointer, $1)
    }
    vfs.initialize(to: methods)
    return sqlite3_vfs_register(vfs, 0)
  }()

  private static let creation = Mutex<Void>(())

  private static let open:
    @convention(c) (
      UnsafeMutablePointer<sqlite3_vfs>?, sqlite3_filename?, UnsafeMutablePointer<sqlite3_file>?,
      Int32, UnsafeMutablePointer<Int32>?
    ) -> Int32 = { _, name, file, flags, outFlags in
      guard let file, let vfs = SystemVFS.pointer else { return SQLITE_CANTOPEN }
      let slot = SealedSlot.of(file)
      slot.initialize(to: SealedSlot(methods: nil, state: nil))
      let system = SealedSlot.systemFile(behind: file)
      system.pointer.initialize(to: sqlite3_file())

      // Temporary and super-journal files are refused: nothing needs them with
      // temp_store = MEMORY and one database per connection.
      guard let kind = kind(of: flags) else { return SQLITE_CANTOPEN }
      var keys: FileKeys?
      if kind != .statementJournal {
        guard let name, let found = KeyRegistry.keys(for: databasePath(name, kind)) else {
          return SQLITE_AUTH
        }
        keys = found
      }
      if kind == .database, flags & SQLITE_OPEN_CREATE != 0, let name {
        createPrivately(name)
      }
      let code = vfs.pointee.xOpen(vfs, name, system.pointer, flags, outFlags)
      guard code == SQLITE_OK else { return abandon(system, code) }
      let characteristics = system.methods.pointee.xDeviceCharacteristics(system.pointer)
      guard characteristics & SQLITE_IOCAP_POWERSAFE_OVERWRITE != 0 else {
        return abandon(system, SQLITE_CANTOPEN)
      }
      let opened: SealedFile
      switch (kind, keys) {
      case (.database, let keys?):
        // A wrong key must end here: recovery would find nothing in a journal or log that it
        // cannot open, and delete it.
        let verdict = KeyCheck.check(system, keys: keys)
        guard verdict == SQLITE_OK else { return abandon(system, verdict) }
        opened = DatabaseFile(system: system, keys: keys)
      case (.rollbackJournal, let keys?):
        opened = JournalFile.rollback(system: system, keys: keys)
      case (.writeAheadLog, let keys?):
        opened = WriteAheadLogFile(system: system, keys: keys)
      default:
        opened = JournalFile.statement(system: system)
      }
      slot.pointee = SealedSlot(
        methods: SealedFileMethods.pointer, state: Unmanaged.passRetained(opened).toOpaque())
      return SQLITE_OK
    }

  private static func abandon(_ system: SystemFile, _ code: Int32) -> Int32 {
    if system.isOpen { _ = system.close() }
    return code
  }

  private static func kind(of flags: Int32) -> SealedKind? {
    if flags & SQLITE_OPEN_MAIN_DB != 0 { return .database }
    if flags & SQLITE_OPEN_MAIN_JOURNAL != 0 { return .rollbackJournal }
    if flags & SQLITE_OPEN_WAL != 0 { return .writeAheadLog }
    if flags & SQLITE_OPEN_SUBJOURNAL != 0 { return .statementJournal }
    return nil
  }

  private static func databasePath(_ name: sqlite3_filename, _ kind: SealedKind) -> String {
    let path = String(cString: name)
    let suffix: String
    switch kind {
    case .rollbackJournal: suffix = "-journal"
    case .writeAheadLog: suffix = "-wal"
    case .database, .statementJournal: return path
    }
    return path.hasSuffix(suffix) ? String(path.dropLast(suffix.count)) : path
  }

  /// Creates a missing database file for its owner only; SQLite gives the journals the same mode.
  private static func createPrivately(_ name: sqlite3_filename) {
    // Closing any descriptor of a file drops this process's locks on it. With O_EXCL the file is
    // new, and the mutex keeps another thread from opening and locking it in between.
    creation.withLock { _ in
      let descriptor = systemOpen(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
      if descriptor >= 0 { _ = systemClose(descriptor) }
    }
  }
}

// Inside an enum that has `open` of its own, the system's need names.
private func systemOpen(_ path: UnsafePointer<CChar>, _ flags: Int32, _ mode: mode_t) -> Int32 {
  open(path, flags, mode)
}

private func systemClose(_ descriptor: Int32) -> Int32 { close(descriptor) }
