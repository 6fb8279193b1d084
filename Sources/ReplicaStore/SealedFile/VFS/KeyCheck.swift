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
  static func check(_ system: SystemFile, keys: FileKeys) -> Int32 {
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
    if journalOpens(keys, page) || logOpens(keys, page) { return SQLITE_OK }
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
  private static func journalOpens(_ keys: FileKeys, _ buffer: UnsafeMutableRawPointer) -> Bool {
    withFile(keys.path + "-journal") { descriptor in
      let start = SealedFormat.journalSaltOffset
      guard
        pread(descriptor, buffer, SealedFormat.journalSaltBytes, off_t(start))
          == SealedFormat.journalSaltBytes
      else { return false }
      let salt = Array(
        UnsafeRawBufferPointer(start: buffer, count: SealedFormat.journalSaltBytes))
      let record = SealedFormat.journalHeaderBytes
      guard
        pread(descriptor, buffer, SealedFormat.pageSize + 4, off_t(record))
          == SealedFormat.pageSize + 4
      else { return false }
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
  private static func logOpens(_ keys: FileKeys, _ buffer: UnsafeMutableRawPointer) -> Bool {
    withFile(keys.path + "-wal") { descriptor in
      let frame = SealedFormat.walHeaderBytes
      guard
        pread(descriptor, buffer, SealedFormat.walFrameBytes, off_t(frame))
          == SealedFormat.walFrameBytes
      else { return false }
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

  /// SQLite takes no locks on journals and logs, so opening and closing one here drops none.
  private static func withFile(_ path: String, _ body: (Int32) -> Bool) -> Bool {
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return body(descriptor)
  }
}
