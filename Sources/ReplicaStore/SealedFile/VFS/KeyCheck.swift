import GRDBSQLite

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Whether a key belongs to a database file, asked before SQLite may touch its journals
/// (at-rest §5.4).
enum KeyCheck {
  /// Any one of the first pages will do: a crash may have torn some of them.
  private static let pagesTried = 16
  /// Nobody holds a lock here, so another process may be writing the only page just now.
  private static let attempts = 3

  /// `SQLITE_OK`, or `SQLITE_NOTADB` with a finding that says why.
  ///
  /// - Parameter vfs: where the journal and the log lie.
  static func check(
    _ system: SystemFile, keys: FileKeys, beside vfs: UnsafeMutablePointer<sqlite3_vfs>
  ) -> Int32 {
    guard let size = system.size() else { return SQLITE_IOERR }
    // Less than a page: a database whose creation was cut short. Nothing to lose, nothing to check,
    // unless it is a plain database of small pages.
    let page = UnsafeMutableRawPointer.allocate(
      byteCount: SealedFormat.walFrameBytes, alignment: 16)
    defer {
      explicitlyZero(page, SealedFormat.walFrameBytes)
      page.deallocate()
    }
    if size > 0, isPlain(system, page) { return refuse(.plainDatabase, keys) }
    guard size >= SealedFormat.pageSize else { return SQLITE_OK }

    let cipher = PageCipher(kind: .database, key: keys.databasePages)
    let pages = min(Self.pagesTried, Int(size) / SealedFormat.pageSize)
    var newerFormat = false
    for _ in 0..<attempts {
      for index in 0..<pages {
        let offset = Int64(index) * Int64(SealedFormat.pageSize)
        guard system.read(page, SealedFormat.pageSize, at: offset) == SQLITE_OK else { continue }
        let marker = UInt32(
          littleEndian: page.load(fromByteOffset: SealedFormat.versionOffset, as: UInt32.self))
        newerFormat = newerFormat || (2...255).contains(marker)
        if cipher.open(page, position: UInt64(index) + 1) { return SQLITE_OK }
      }
    }
    if journalOpens(keys, page, vfs) || logOpens(keys, page, vfs) { return SQLITE_OK }
    return refuse(newerFormat ? .newerFormat : .noPageOpens, keys)
  }

  private static func refuse(_ reason: SealedFinding.Reason, _ keys: FileKeys) -> Int32 {
    keys.record(SealedFinding(.database, reason, position: 1))
    return SQLITE_NOTADB
  }

  private static func isPlain(_ system: SystemFile, _ buffer: UnsafeMutableRawPointer) -> Bool {
    let magic: StaticString = "SQLite format 3"
    _ = system.read(buffer, 16, at: 0)
    return memcmp(buffer, magic.utf8Start, 16) == 0
  }

  /// The first record of a hot journal.
  private static func journalOpens(
    _ keys: FileKeys, _ buffer: UnsafeMutableRawPointer, _ vfs: UnsafeMutablePointer<sqlite3_vfs>
  ) -> Bool {
    withFile(keys.path + "-journal", SQLITE_OPEN_MAIN_JOURNAL, vfs) { read in
      let start = SealedFormat.journalSaltOffset
      guard read(buffer, SealedFormat.journalSaltBytes, start) else { return false }
      let salt = Array(
        UnsafeRawBufferPointer(start: buffer, count: SealedFormat.journalSaltBytes))
      let record = SealedFormat.journalHeaderBytes
      guard read(buffer, SealedFormat.pageSize + 4, record) else { return false }
      var mask = JournalMask(key: keys.journalMask, salt: salt)
      mask.apply(
        to: UnsafeMutableRawBufferPointer(start: buffer, count: 4), offset: UInt64(record))
      let cipher = PageCipher(kind: .rollbackJournal, key: keys.journalPages)
      cipher.setContext { context in
        salt.withUnsafeBytes { context.copyMemory(from: $0) }
        context.storeBytes(
          of: buffer.loadUnaligned(as: UInt32.self), toByteOffset: salt.count, as: UInt32.self)
      }
      return cipher.open(buffer + 4, position: UInt64(record + 4))
    }
  }

  /// The first frame of a write-ahead log.
  private static func logOpens(
    _ keys: FileKeys, _ buffer: UnsafeMutableRawPointer, _ vfs: UnsafeMutablePointer<sqlite3_vfs>
  ) -> Bool {
    withFile(keys.path + "-wal", SQLITE_OPEN_WAL, vfs) { read in
      let frame = SealedFormat.walHeaderBytes
      guard read(buffer, SealedFormat.walFrameBytes, frame) else { return false }
      let mask = FrameMask(maskKey: keys.walMask, tweakKey: keys.walTweak)
      guard mask.apply(.reveal, to: buffer, offset: UInt64(frame)) else { return false }
      let cipher = PageCipher(kind: .writeAheadLog, key: keys.walPages)
      cipher.setContext { context in
        context.copyMemory(from: UnsafeRawBufferPointer(start: buffer + 8, count: 8))
        context.storeBytes(
          of: buffer.loadUnaligned(as: UInt32.self), toByteOffset: 8, as: UInt32.self)
      }
      let header = SealedFormat.walFrameHeaderBytes
      return cipher.open(buffer + header, position: UInt64(frame + header))
    }
  }

  private typealias Read = (
    _ buffer: UnsafeMutableRawPointer, _ count: Int, _ offset: Int
  ) -> Bool

  /// SQLite takes no locks on journals and logs, so opening and closing one here drops none.
  private static func withFile(
    _ path: String, _ type: Int32, _ vfs: UnsafeMutablePointer<sqlite3_vfs>, _ body: (Read) -> Bool
  ) -> Bool {
    guard vfs == InnerVFS.system else { return withFile(path, type, inside: vfs, body) }
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return body { buffer, count, offset in pread(descriptor, buffer, count, off_t(offset)) == count }
  }

  private static func withFile(
    _ path: String, _ type: Int32, inside vfs: UnsafeMutablePointer<sqlite3_vfs>,
    _ body: (Read) -> Bool
  ) -> Bool {
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: Int(vfs.pointee.szOsFile), alignment: 16)
    defer { memory.deallocate() }
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: Int(vfs.pointee.szOsFile))
    let file = SystemFile(pointer: memory.assumingMemoryBound(to: sqlite3_file.self))
    var flags: Int32 = 0
    let opened = path.withCString {
      vfs.pointee.xOpen(vfs, $0, file.pointer, SQLITE_OPEN_READONLY | type, &flags)
    }
    defer { if file.isOpen { _ = file.close() } }
    guard opened == SQLITE_OK else { return false }
    return body { buffer, count, offset in
      file.read(buffer, count, at: Int64(offset)) == SQLITE_OK
    }
  }
}
