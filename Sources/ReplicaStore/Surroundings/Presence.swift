internal import GRDBSQLite

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Whether something has a name. A disk that cannot say is neither: a home that cannot be looked at is
/// not a home that is gone, nor a journal one that nobody needs (faults §5).
package enum Presence {
  package static func of(_ path: String) throws(StoreError) -> Bool {
    if access(path, F_OK) == 0 { return true }
    return try absent(path, errno)
  }

  /// Whether it is there and this program may read it.
  package static func isReadable(_ path: String) throws(StoreError) -> Bool {
    if access(path, R_OK) == 0 { return true }
    let error = errno
    return try error == EACCES ? false : absent(path, error)
  }

  private static func absent(_ path: String, _ error: Int32) throws(StoreError) -> Bool {
    if isAbsence(error) { return false }
    throw StoreError(
      .disk, "\(path) cannot be looked for: \(String(cString: strerror(error))). Check the disk, and whose it is.")
  }

  static func isAbsence(_ error: Int32) -> Bool { error == ENOENT || error == ENOTDIR }

  /// What `xAccess` answers. SQLite's own layer says that there is no file when the system refuses to
  /// look, and its engine would then take a half-written transaction for a whole one.
  ///
  /// A file without bytes is none, as there.
  static func look(
    _ vfs: UnsafeMutablePointer<sqlite3_vfs>, _ path: UnsafePointer<CChar>?, _ flags: Int32,
    _ found: UnsafeMutablePointer<Int32>?
  ) -> Int32 {
    guard vfs == InnerVFS.system, flags == SQLITE_ACCESS_EXISTS, let path else {
      return vfs.pointee.xAccess(vfs, path, flags, found)
    }
    var status = stat()
    if stat(path, &status) == 0 {
      found?.pointee = status.st_mode & S_IFMT != S_IFREG || status.st_size > 0 ? 1 : 0
      return SQLITE_OK
    }
    found?.pointee = 0
    return isAbsence(errno) ? SQLITE_OK : sqliteAccessFailed
  }

  /// `SQLITE_IOERR_ACCESS`, a macro that Swift does not import.
  private static let sqliteAccessFailed: Int32 = SQLITE_IOERR | 13 << 8
}
