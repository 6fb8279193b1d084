import GRDBSQLite

/// The VFS below ours. Everything that reaches the disk goes through it.
enum InnerVFS {
  /// The VFS that SQLite would use without us.
  // SQLite never frees or moves a VFS that is the default, and its methods are thread-safe.
  nonisolated(unsafe) static let system: UnsafeMutablePointer<sqlite3_vfs>? = {
    guard sqlite3_initialize() == SQLITE_OK else { return nil }
    return sqlite3_vfs_find(nil)
  }()

  /// A VFS that was registered under this name and stays so; the system's for nil.
  static func named(_ name: String?) -> UnsafeMutablePointer<sqlite3_vfs>? {
    guard let name else { return system }
    return sqlite3_vfs_find(name)
  }
}

/// The system's own object for one open file, which lies behind ours in the memory that SQLite gave.
struct SystemFile {
  let pointer: UnsafeMutablePointer<sqlite3_file>

  var isOpen: Bool { pointer.pointee.pMethods != nil }

  var methods: UnsafePointer<sqlite3_io_methods> { pointer.pointee.pMethods }

  /// SQLite's own layer calls a read that failed with EIO a broken file system, and its engine makes
  /// of that a malformed database; a disk that fails says nothing of what lies on it.
  func read(_ buffer: UnsafeMutableRawPointer, _ count: Int, at offset: Int64) -> Int32 {
    let code = methods.pointee.xRead(pointer, buffer, Int32(count), offset)
    return code == sqliteBrokenFileSystem ? sqliteReadFailed : code
  }

  func write(_ buffer: UnsafeRawPointer, _ count: Int, at offset: Int64) -> Int32 {
    methods.pointee.xWrite(pointer, buffer, Int32(count), offset)
  }

  func sync(_ flags: Int32) -> Int32 { methods.pointee.xSync(pointer, flags) }

  /// Bytes in the file, or nil if the system does not say.
  func size() -> Int64? {
    var size: Int64 = 0
    return methods.pointee.xFileSize(pointer, &size) == SQLITE_OK ? size : nil
  }

  private static let chunkBytes = 1 << 16

  /// Writes everything again as it reads now and syncs it, all of it or with an error: after a sync
  /// that failed, the system takes for written what is not on the disk, and the next passes over it.
  ///
  /// - Precondition: nobody else writes to the file.
  func rewrite(_ flags: Int32) -> Int32 {
    guard let size = size() else { return SQLITE_IOERR }
    let buffer = UnsafeMutableRawPointer.allocate(byteCount: Self.chunkBytes, alignment: 16)
    defer { buffer.deallocate() }
    for offset in stride(from: 0, to: size, by: Self.chunkBytes) {
      let count = Int(min(Int64(Self.chunkBytes), size - offset))
      var code = read(buffer, count, at: offset)
      if code == SQLITE_OK { code = write(buffer, count, at: offset) }
      guard code == SQLITE_OK else { return code }
    }
    return sync(flags)
  }

  func close() -> Int32 { methods.pointee.xClose(pointer) }
}
