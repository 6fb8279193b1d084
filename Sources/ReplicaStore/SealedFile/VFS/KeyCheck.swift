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

  /// `SQLITE_OK`; `SQLITE_NOTADB` with a finding that says why; or what a read failed with, if no page
  /// opened and not all could be read: a disk that fails says nothing of the key.
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
    if size > 0 {
      let code = system.read(page, Self.magicBytes, at: 0)
      guard code == SQLITE_OK || code == sqliteShortRead else { return code }
      if isPlain(page) { return refuse(.plainDatabase, keys) }
    }
    guard size >= SealedFormat.pageSize else { return SQLITE_OK }

    let cipher = PageCipher(kind: .database, key: keys.databasePages)
    let pages = min(Self.pagesTried, Int(size) / SealedFormat.pageSize)
    var newerFormat = false
    var failure = SQLITE_OK
    for _ in 0..<attempts {
      for index in 0..<pages {
        let offset = Int64(index) * Int64(SealedFormat.pageSize)
        let code = system.read(page, SealedFormat.pageSize, at: offset)
        guard code == SQLITE_OK else {
          // Another process may just have cut the file shorter.
          if code != sqliteShortRead { failure = code }
          continue
        }
        let marker = UInt32(
          littleEndian: page.load(fromByteOffset: SealedFormat.versionOffset, as: UInt32.self))
        newerFormat = newerFormat || (2...255).contains(marker)
        if cipher.open(page, position: UInt64(index) + 1) { return SQLITE_OK }
      }
    }
    for opens in [journalOpens, logOpens] {
      switch opens(keys, page, vfs) {
      case .yes: return SQLITE_OK
      case .no: break
      case .unknown(let code): failure = code
      }
    }
    guard failure == SQLITE_OK else { return failure }
    return refuse(newerFormat ? .newerFormat : .noPageOpens, keys)
  }

  private static func refuse(_ reason: SealedFinding.Reason, _ keys: FileKeys) -> Int32 {
    keys.record(SealedFinding(.database, reason, position: 1))
    return SQLITE_NOTADB
  }

  private static let magicBytes = 16

  /// What a plain database begins with, its zero byte included.
  private static func isPlain(_ buffer: UnsafeRawPointer) -> Bool {
    let magic: StaticString = "SQLite format 3"
    return memcmp(buffer, magic.utf8Start, Self.magicBytes) == 0
  }

  private enum Verdict {
    case yes
    /// No such file, or it does not open.
    case no
    /// The disk failed with this code before that could be told.
    case unknown(Int32)
  }

  /// The first record of a hot journal.
  private static func journalOpens(
    _ keys: FileKeys, _ buffer: UnsafeMutableRawPointer, _ vfs: UnsafeMutablePointer<sqlite3_vfs>
  ) -> Verdict {
    withFile(keys.path + "-journal", SQLITE_OPEN_MAIN_JOURNAL, vfs) { read in
      var code = read(buffer, SealedFormat.journalSaltBytes, SealedFormat.journalSaltOffset)
      guard code == SQLITE_OK else { return verdict(code) }
      let salt = Array(
        UnsafeRawBufferPointer(start: buffer, count: SealedFormat.journalSaltBytes))
      let record = SealedFormat.journalHeaderBytes
      code = read(buffer, SealedFormat.pageSize + 4, record)
      guard code == SQLITE_OK else { return verdict(code) }
      var mask = JournalMask(key: keys.journalMask, salt: salt)
      mask.apply(
        to: UnsafeMutableRawBufferPointer(start: buffer, count: 4), offset: UInt64(record))
      let cipher = PageCipher(kind: .rollbackJournal, key: keys.journalPages)
      cipher.setContext { context in
        salt.withUnsafeBytes { context.copyMemory(from: $0) }
        context.storeBytes(
          of: buffer.loadUnaligned(as: UInt32.self), toByteOffset: salt.count, as: UInt32.self)
      }
      return cipher.open(buffer + 4, position: UInt64(record + 4)) ? .yes : .no
    }
  }

  /// The first frame of a write-ahead log.
  private static func logOpens(
    _ keys: FileKeys, _ buffer: UnsafeMutableRawPointer, _ vfs: UnsafeMutablePointer<sqlite3_vfs>
  ) -> Verdict {
    withFile(keys.path + "-wal", SQLITE_OPEN_WAL, vfs) { read in
      let frame = SealedFormat.walHeaderBytes
      let code = read(buffer, SealedFormat.walFrameBytes, frame)
      guard code == SQLITE_OK else { return verdict(code) }
      let mask = FrameMask(maskKey: keys.walMask, tweakKey: keys.walTweak)
      guard mask.apply(.reveal, to: buffer, offset: UInt64(frame)) else { return .no }
      let cipher = PageCipher(kind: .writeAheadLog, key: keys.walPages)
      cipher.setContext { context in
        context.copyMemory(from: UnsafeRawBufferPointer(start: buffer + 8, count: 8))
        context.storeBytes(
          of: buffer.loadUnaligned(as: UInt32.self), toByteOffset: 8, as: UInt32.self)
      }
      let header = SealedFormat.walFrameHeaderBytes
      return cipher.open(buffer + header, position: UInt64(frame + header)) ? .yes : .no
    }
  }

  private static func verdict(_ code: Int32) -> Verdict {
    code == sqliteShortRead ? .no : .unknown(code)
  }

  private typealias Read = (
    _ buffer: UnsafeMutableRawPointer, _ count: Int, _ offset: Int
  ) -> Int32

  /// SQLite takes no locks on journals and logs, so opening and closing one here drops none.
  private static func withFile(
    _ path: String, _ type: Int32, _ vfs: UnsafeMutablePointer<sqlite3_vfs>,
    _ body: (Read) -> Verdict
  ) -> Verdict {
    guard vfs == InnerVFS.system else { return withFile(path, type, inside: vfs, body) }
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { return errno == ENOENT ? .no : .unknown(SQLITE_CANTOPEN) }
    defer { close(descriptor) }
    return body { buffer, count, offset in
      switch WholeFile.read(descriptor, into: buffer, count, at: offset) {
      case count: SQLITE_OK
      case nil: sqliteReadFailed
      default: sqliteShortRead
      }
    }
  }

  private static func withFile(
    _ path: String, _ type: Int32, inside vfs: UnsafeMutablePointer<sqlite3_vfs>,
    _ body: (Read) -> Verdict
  ) -> Verdict {
    var found: Int32 = 0
    let looked = path.withCString {
      vfs.pointee.xAccess(vfs, $0, SQLITE_ACCESS_EXISTS, &found)
    }
    guard looked == SQLITE_OK else { return .unknown(looked) }
    guard found != 0 else { return .no }
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
    guard opened == SQLITE_OK else { return .unknown(opened) }
    return body { buffer, count, offset in file.read(buffer, count, at: Int64(offset)) }
  }
}
