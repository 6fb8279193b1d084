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
///
/// Over another VFS it is registered a second time, under a name of its own.
enum SealedVFS {
  static let name: StaticString = "yarrow-sealed"

  /// Registers the VFS once per process and inner VFS, and returns its name. Throws where SQLite
  /// cannot host it.
  static func register(over inner: String? = nil) throws(AtRestError) -> String {
    let code: Int32
    var registered = "\(name)"
    if let inner {
      registered += "-" + inner
      code = others.withLock { $0[inner] ?? Self.add(registered, over: inner, to: &$0) }
    } else {
      code = systemRegistration
    }
    guard code == SQLITE_OK else {
      throw AtRestError(
        .engineUnavailable,
        "The system's SQLite refused the encryption layer (code \(code)); "
          + "install SQLite 3.40 or later.")
    }
    return registered
  }

  private static let systemRegistration: Int32 = add(
    UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self), over: InnerVFS.system)

  private static let others = Mutex<[String: Int32]>([:])

  private static func add(
    _ name: String, over inner: String, to known: inout [String: Int32]
  ) -> Int32 {
    // Never freed: SQLite keeps the pointer for as long as the process lives.
    let kept = UnsafeMutablePointer<CChar>.allocate(capacity: name.utf8.count + 1)
    for (index, byte) in (Array(name.utf8) + [0]).enumerated() {
      (kept + index).initialize(to: CChar(bitPattern: byte))
    }
    let code = add(kept, over: InnerVFS.named(inner))
    known[inner] = code
    return code
  }

  private static func add(
    _ name: UnsafePointer<CChar>, over inner: UnsafeMutablePointer<sqlite3_vfs>?
  ) -> Int32 {
    guard let inner else { return SQLITE_ERROR }
    let vfs = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
    var methods = sqlite3_vfs()
    methods.iVersion = min(inner.pointee.iVersion, 2)
    methods.szOsFile = Int32(SealedSlot.byteCount) + inner.pointee.szOsFile
    methods.mxPathname = inner.pointee.mxPathname
    methods.zName = name
    methods.pAppData = UnsafeMutableRawPointer(inner)
    methods.xOpen = open
    methods.xDelete = { SealedVFS.delete(below($0), $1, syncsDirectory: $2 & 1 != 0) }
    methods.xAccess = { Presence.look(below($0), $1, $2, $3) }
    methods.xFullPathname = { below($0).pointee.xFullPathname(below($0), $1, $2, $3) }
    // No extensions are loaded into a process that holds the key.
    methods.xDlOpen = { _, _ in nil }
    methods.xDlError = { _, count, text in if count > 0 { text?.pointee = 0 } }
    methods.xDlSym = { _, _, _ in nil }
    methods.xDlClose = { _, _ in }
    methods.xRandomness = { below($0).pointee.xRandomness(below($0), $1, $2) }
    methods.xSleep = { below($0).pointee.xSleep(below($0), $1) }
    methods.xCurrentTime = { below($0).pointee.xCurrentTime(below($0), $1) }
    methods.xGetLastError = { below($0).pointee.xGetLastError(below($0), $1, $2) }
    methods.xCurrentTimeInt64 = { below($0).pointee.xCurrentTimeInt64(below($0), $1) }
    vfs.initialize(to: methods)
    return sqlite3_vfs_register(vfs, 0)
  }

  private static let creation = Mutex<Void>(())

  private static let open:
    @convention(c) (
      UnsafeMutablePointer<sqlite3_vfs>?, sqlite3_filename?, UnsafeMutablePointer<sqlite3_file>?,
      Int32, UnsafeMutablePointer<Int32>?
    ) -> Int32 = { sealed, name, file, flags, outFlags in
      guard let file, let sealed else { return SQLITE_CANTOPEN }
      let vfs = below(sealed)
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
      let creates = vfs == InnerVFS.system && flags & SQLITE_OPEN_CREATE != 0
      let isNamed = kind == .rollbackJournal || kind == .writeAheadLog
      var flagsBelow = flags
      if creates, kind == .database || isNamed, let name {
        createPrivately(name)
        // Of a journal that it made itself SQLite would sync the directory, and not say that it could
        // not: the next sync, which is ours, would pass over what that one lost.
        if isNamed { flagsBelow &= ~SQLITE_OPEN_CREATE }
      }
      let code = vfs.pointee.xOpen(vfs, name, system.pointer, flagsBelow, outFlags)
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
        let verdict = KeyCheck.check(system, keys: keys, beside: vfs)
        guard verdict == SQLITE_OK else { return abandon(system, verdict) }
        opened = DatabaseFile(system: system, keys: keys)
      case (.rollbackJournal, let keys?):
        opened = JournalFile.rollback(system: system, keys: keys)
      case (.writeAheadLog, let keys?):
        opened = WriteAheadLogFile(system: system, keys: keys)
      default:
        opened = JournalFile.statement(system: system)
      }
      if creates, isNamed, let name { opened.unsyncedName = String(cString: name) }
      slot.pointee = SealedSlot(
        methods: SealedFileMethods.pointer, state: Unmanaged.passRetained(opened).toOpaque())
      return SQLITE_OK
    }

  /// SQLite takes a directory that it cannot open for one that is synced. The end of a journal is what
  /// a commit rests on, so whether it is durable has to be known.
  private static func delete(
    _ vfs: UnsafeMutablePointer<sqlite3_vfs>, _ name: UnsafePointer<CChar>?, syncsDirectory: Bool
  ) -> Int32 {
    guard syncsDirectory, vfs == InnerVFS.system, let name else {
      return vfs.pointee.xDelete(vfs, name, syncsDirectory ? 1 : 0)
    }
    let code = vfs.pointee.xDelete(vfs, name, 0)
    guard code == SQLITE_OK else { return code }
    return WholeFile.syncName(of: String(cString: name)) ? SQLITE_OK : sqliteDirectorySyncFailed
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

  /// Creates a missing file for its owner only.
  private static func createPrivately(_ name: sqlite3_filename) {
    // Closing any descriptor of a file drops this process's locks on it. With O_EXCL the file is
    // new, and the mutex keeps another thread from opening and locking it in between.
    creation.withLock { _ in
      let descriptor = systemOpen(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
      if descriptor >= 0 { _ = systemClose(descriptor) }
    }
  }
}

/// The VFS that one of ours was registered over.
private func below(
  _ vfs: UnsafeMutablePointer<sqlite3_vfs>?
) -> UnsafeMutablePointer<sqlite3_vfs> {
  // SQLite calls a method with the VFS that it belongs to, and `add` has set this.
  vfs!.pointee.pAppData.assumingMemoryBound(to: sqlite3_vfs.self)
}

// Inside an enum that has `open` of its own, the system's need names.
private func systemOpen(_ path: UnsafePointer<CChar>, _ flags: Int32, _ mode: mode_t) -> Int32 {
  open(path, flags, mode)
}

private func systemClose(_ descriptor: Int32) -> Int32 { close(descriptor) }
