import GRDBSQLite

/// What lies at the front of the memory that SQLite gives each file. The system's own file follows.
struct SealedSlot {
  var methods: UnsafePointer<sqlite3_io_methods>?
  /// A retained `SealedFile`, released by xClose.
  var state: UnsafeMutableRawPointer?

  static let byteCount = MemoryLayout<SealedSlot>.stride

  static func systemFile(behind file: UnsafeMutablePointer<sqlite3_file>) -> SystemFile {
    SystemFile(
      pointer: (UnsafeMutableRawPointer(file) + byteCount)
        .assumingMemoryBound(to: sqlite3_file.self))
  }

  static func of(_ file: UnsafeMutablePointer<sqlite3_file>) -> UnsafeMutablePointer<SealedSlot> {
    UnsafeMutableRawPointer(file).assumingMemoryBound(to: SealedSlot.self)
  }
}

private typealias FilePointer = UnsafeMutablePointer<sqlite3_file>

/// The open file behind SQLite's pointer, borrowed for one call.
@inline(__always)
private func withSealed(
  _ file: FilePointer?, _ body: (SealedFile) -> Int32
) -> Int32 {
  guard let file, let state = SealedSlot.of(file).pointee.state else { return SQLITE_MISUSE }
  return Unmanaged<SealedFile>.fromOpaque(state)._withUnsafeGuaranteedRef(body)
}

@inline(__always)
private func system(_ file: FilePointer?) -> SystemFile {
  // SQLite calls a method only on a file that xOpen has set up.
  SealedSlot.systemFile(behind: file!)
}

enum SealedFileMethods {
  /// Version 2: shared memory, no memory mapping, since a mapped page would be a sealed one.
  // Written once here, then only read, by SQLite.
  nonisolated(unsafe) static let pointer: UnsafePointer<sqlite3_io_methods> = {
    let table = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
    var methods = sqlite3_io_methods()
    methods.iVersion = 2
    methods.xClose = close
    methods.xRead = read
    methods.xWrite = write
    methods.xTruncate = { system($0).methods.pointee.xTruncate(system($0).pointer, $1) }
    methods.xSync = { file, flags in withSealed(file) { $0.sync(flags) } }
    methods.xFileSize = { system($0).methods.pointee.xFileSize(system($0).pointer, $1) }
    methods.xLock = { system($0).methods.pointee.xLock(system($0).pointer, $1) }
    methods.xUnlock = { system($0).methods.pointee.xUnlock(system($0).pointer, $1) }
    methods.xCheckReservedLock = {
      system($0).methods.pointee.xCheckReservedLock(system($0).pointer, $1)
    }
    methods.xFileControl = fileControl
    // With 512 SQLite's journal header is the one sector that the format describes; it asks only
    // where a write can damage its neighbours, and xOpen refuses such a device.
    methods.xSectorSize = { _ in Int32(SealedFormat.journalHeaderBytes) }
    methods.xDeviceCharacteristics = { _ in SQLITE_IOCAP_POWERSAFE_OVERWRITE }
    methods.xShmMap = { file, region, size, extend, out in
      let inner = system(file)
      guard let map = inner.methods.pointee.xShmMap else { return SQLITE_IOERR }
      return map(inner.pointer, region, size, extend, out)
    }
    methods.xShmLock = { file, offset, count, flags in
      let inner = system(file)
      guard let lock = inner.methods.pointee.xShmLock else { return SQLITE_IOERR }
      return lock(inner.pointer, offset, count, flags)
    }
    methods.xShmBarrier = { system($0).methods.pointee.xShmBarrier?(system($0).pointer) }
    methods.xShmUnmap = { file, delete in
      let inner = system(file)
      guard let unmap = inner.methods.pointee.xShmUnmap else { return SQLITE_OK }
      return unmap(inner.pointer, delete)
    }
    table.initialize(to: methods)
    return UnsafePointer(table)
  }()

  private static let close: @convention(c) (FilePointer?) -> Int32 = { file in
    guard let file else { return SQLITE_MISUSE }
    let slot = SealedSlot.of(file)
    let code = SealedSlot.systemFile(behind: file).close()
    if let state = slot.pointee.state { Unmanaged<SealedFile>.fromOpaque(state).release() }
    slot.pointee = SealedSlot(methods: nil, state: nil)
    return code
  }

  private static let read:
    @convention(c) (FilePointer?, UnsafeMutableRawPointer?, Int32, sqlite3_int64) -> Int32 = {
      file, buffer, count, offset in
      guard count > 0, offset >= 0, let buffer else { return count == 0 ? SQLITE_OK : SQLITE_IOERR }
      return withSealed(file) {
        let code = $0.read(
          UnsafeMutableRawBufferPointer(start: buffer, count: Int(count)), at: offset)
        if code != SQLITE_OK, code != sqliteShortRead, code != sqliteDamagedPage {
          $0.keys?.recordFailedRead(code)
        }
        return code
      }
    }

  private static let write:
    @convention(c) (FilePointer?, UnsafeRawPointer?, Int32, sqlite3_int64) -> Int32 = {
      file, buffer, count, offset in
      guard count > 0, offset >= 0, let buffer else { return count == 0 ? SQLITE_OK : SQLITE_IOERR }
      return withSealed(file) {
        $0.write(UnsafeRawBufferPointer(start: buffer, count: Int(count)), at: offset)
      }
    }

  private static let fileControl:
    @convention(c) (FilePointer?, Int32, UnsafeMutableRawPointer?) -> Int32 = {
      file, operation, argument in
      let inner = system(file)
      switch operation {
      case SQLITE_FCNTL_MMAP_SIZE:
        // No mapping, and no mapping under us either.
        argument?.storeBytes(of: 0, as: sqlite3_int64.self)
        return SQLITE_OK
      case SQLITE_FCNTL_VFSNAME:
        guard let argument, let name = sqliteString(SealedVFS.name) else { return SQLITE_NOMEM }
        argument.storeBytes(of: name, as: UnsafeMutablePointer<CChar>.self)
        return SQLITE_OK
      // Only what is known to leave the content alone; chunk sizes, batch-atomic writes and
      // whatever is invented later are not.
      case SQLITE_FCNTL_LOCKSTATE, SQLITE_FCNTL_LAST_ERRNO, SQLITE_FCNTL_SIZE_HINT,
        SQLITE_FCNTL_SYNC, SQLITE_FCNTL_COMMIT_PHASETWO, SQLITE_FCNTL_PERSIST_WAL,
        SQLITE_FCNTL_HAS_MOVED, SQLITE_FCNTL_LOCK_TIMEOUT, SQLITE_FCNTL_EXTERNAL_READER,
        SQLITE_FCNTL_BUSYHANDLER, SQLITE_FCNTL_CKPT_START, SQLITE_FCNTL_CKPT_DONE:
        return inner.methods.pointee.xFileControl(inner.pointer, operation, argument)
      default:
        return SQLITE_NOTFOUND
      }
    }

  /// A copy that SQLite frees.
  private static func sqliteString(_ string: StaticString) -> UnsafeMutablePointer<CChar>? {
    string.withUTF8Buffer { bytes in
      guard let copy = sqlite3_malloc(Int32(bytes.count + 1)) else { return nil }
      copy.copyMemory(from: bytes.baseAddress!, byteCount: bytes.count)
      copy.storeBytes(of: 0, toByteOffset: bytes.count, as: UInt8.self)
      return copy.assumingMemoryBound(to: CChar.self)
    }
  }
}
