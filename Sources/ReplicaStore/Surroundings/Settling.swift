internal import GRDBSQLite

extension StoreDisk {
  /// Writes a file again as it reads now, and syncs it with its name; nothing if there is none.
  ///
  /// A process that was killed may have left what only the system's memory holds. And after a sync
  /// that failed the system calls written what is not on the disk: syncing alone would not help. Who
  /// writes the same bytes in the same places can be cut at any of them.
  ///
  /// - Precondition: nobody has the file open.
  func settle(_ path: String) throws {
    guard try exists(path) else { return }
    guard let inner = InnerVFS.named(vfs), rewrite(path, inner),
      vfs != nil || WholeFile.syncName(of: path)
    else {
      throw StoreError(.disk, "\(path) could not be made durable; check the disk and start again.")
    }
  }

  private func rewrite(_ path: String, _ inner: UnsafeMutablePointer<sqlite3_vfs>) -> Bool {
    let byteCount = Int(inner.pointee.szOsFile)
    let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 16)
    defer { memory.deallocate() }
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    let file = SystemFile(pointer: memory.assumingMemoryBound(to: sqlite3_file.self))
    var flags: Int32 = 0
    let opened = path.withCString {
      inner.pointee.xOpen(
        inner, $0, file.pointer, SQLITE_OPEN_READWRITE | SQLITE_OPEN_WAL, &flags)
    }
    defer { if file.isOpen { _ = file.close() } }
    return opened == SQLITE_OK && file.rewrite(SQLITE_SYNC_NORMAL) == SQLITE_OK
  }
}
