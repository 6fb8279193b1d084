import GRDBSQLite

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The main database file: page n at byte (n - 1) * 4096, sealed under its number (at-rest §5).
final class DatabaseFile: SealedFile {
  /// Page 1 as the disk had it when it was opened last for its header, and that header (100 bytes, of
  /// which none is secret): with every transaction SQLite asks whether another process has written.
  private let seen: UnsafeMutableRawPointer
  private var header: [UInt8]?

  private static let headerBytes = 100

  init(system: SystemFile, keys: FileKeys) {
    seen = .allocate(byteCount: SealedFormat.pageSize, alignment: 16)
    super.init(
      system: system, kind: .database,
      cipher: PageCipher(kind: .database, key: keys.databasePages), keys: keys)
  }

  deinit { seen.deallocate() }

  override func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int64) -> Int32 {
    let pageSize = Int64(SealedFormat.pageSize)
    if buffer.count == SealedFormat.pageSize, offset % pageSize == 0 {
      return readPage(UInt64(offset / pageSize) + 1, into: buffer.baseAddress!)
    }
    // SQLite asks for 100 bytes at 0 before it has looked for a hot journal. Page 1 may then be torn,
    // and the journal about to mend it: answer as for an empty file.
    let tolerant = offset == 0 && buffer.count < SealedFormat.pageSize
    var done = 0
    while done < buffer.count {
      let position = offset + Int64(done)
      let within = Int(position % pageSize)
      let count = min(SealedFormat.pageSize - within, buffer.count - done)
      let isHeader = position + Int64(count) <= Int64(Self.headerBytes)
      let code =
        isHeader
        ? readHeader(recording: !tolerant)
        : readPage(UInt64(position / pageSize) + 1, into: scratch, recording: !tolerant)
      guard code == SQLITE_OK else {
        UnsafeMutableRawBufferPointer(rebasing: buffer[done...]).initializeMemory(
          as: UInt8.self, repeating: 0)
        // What the disk refused is not torn: an error, and no empty file.
        return tolerant && code == sqliteDamagedPage ? sqliteShortRead : code
      }
      (buffer.baseAddress! + done).copyMemory(from: scratch + within, byteCount: count)
      done += count
    }
    return SQLITE_OK
  }

  override func write(_ buffer: UnsafeRawBufferPointer, at offset: Int64) -> Int32 {
    let pageSize = Int64(SealedFormat.pageSize)
    if buffer.count == SealedFormat.pageSize, offset % pageSize == 0 {
      return writePage(UInt64(offset / pageSize) + 1, from: buffer.baseAddress!)
    }
    // SQLite writes whole pages; a caller of the backup API might not.
    let plain = UnsafeMutableRawPointer.allocate(byteCount: SealedFormat.pageSize, alignment: 16)
    defer {
      explicitlyZero(plain, SealedFormat.pageSize)
      plain.deallocate()
    }
    var done = 0
    while done < buffer.count {
      let position = offset + Int64(done)
      let within = Int(position % pageSize)
      let count = min(SealedFormat.pageSize - within, buffer.count - done)
      let page = UInt64(position / pageSize) + 1
      let code = readPage(page, into: plain)
      guard code == SQLITE_OK || code == sqliteShortRead else { return code }
      (plain + within).copyMemory(from: buffer.baseAddress! + done, byteCount: count)
      let written = writePage(page, from: plain)
      guard written == SQLITE_OK else { return written }
      done += count
    }
    return SQLITE_OK
  }

  /// Puts page 1, or at least its header, into `scratch`: the same bytes open to the same.
  private func readHeader(recording: Bool) -> Int32 {
    let code = system.read(scratch, SealedFormat.pageSize, at: 0)
    if code == SQLITE_OK, let header, memcmp(scratch, seen, SealedFormat.pageSize) == 0 {
      header.withUnsafeBytes { scratch.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
      return SQLITE_OK
    }
    header = nil
    if code == SQLITE_OK { seen.copyMemory(from: scratch, byteCount: SealedFormat.pageSize) }
    let opened = open(scratch, page: 1, read: code, recording: recording)
    if opened == SQLITE_OK {
      header = Array(UnsafeRawBufferPointer(start: scratch, count: Self.headerBytes))
    }
    return opened
  }

  private func readPage(
    _ page: UInt64, into buffer: UnsafeMutableRawPointer, recording: Bool = true
  ) -> Int32 {
    let code = system.read(
      buffer, SealedFormat.pageSize, at: Int64(page - 1) * Int64(SealedFormat.pageSize))
    return open(buffer, page: page, read: code, recording: recording)
  }

  /// Opens a page in place that was read with the result `code`.
  private func open(
    _ buffer: UnsafeMutableRawPointer, page: UInt64, read code: Int32, recording: Bool
  ) -> Int32 {
    if code == SQLITE_OK {
      if cipher.open(buffer, position: page) { return SQLITE_OK }
      if recording { record(.authenticationFailed, position: page) }
      return sqliteDamagedPage
    }
    guard code == sqliteShortRead else { return code }
    buffer.initializeMemory(as: UInt8.self, repeating: 0, count: SealedFormat.pageSize)
    // Beyond the end there is nothing to check. Part of a page is a cut, which SQLite, rounding the
    // size up, would not see.
    let offset = Int64(page - 1) * Int64(SealedFormat.pageSize)
    guard let size = system.size(), size > offset else { return code }
    if recording { record(.cutShort, position: page) }
    return sqliteDamagedPage
  }

  private func writePage(_ page: UInt64, from buffer: UnsafeRawPointer) -> Int32 {
    guard reservedBytesAreFree(buffer, isFirstPage: page == 1) else {
      record(.reservedBytesInUse, position: page)
      return sqliteWriteFailed
    }
    guard cipher.seal(buffer, into: scratch, position: page) else { return sqliteWriteFailed }
    return system.write(
      scratch, SealedFormat.pageSize, at: Int64(page - 1) * Int64(SealedFormat.pageSize))
  }
}
