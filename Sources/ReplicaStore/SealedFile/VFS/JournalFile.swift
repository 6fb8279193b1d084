import Crypto
import GRDBSQLite

/// A rollback journal or a statement journal (at-rest §6).
///
/// Both are lists of `page number (4) | page (4096) | …`; the rollback journal has a checksum behind
/// each page and a header sector in front. SQLite transfers pages with exactly 4096 bytes and
/// everything else in pieces of at most 512, so the length of a transfer says what it is.
final class JournalFile: SealedFile {
  let maskKey: SymmetricKey
  private let headerBytes: Int64
  private var salt: [UInt8]?
  private var mask: JournalMask?
  /// The first sector as this handle wrote it last.
  private var header: JournalHeader?
  /// Where the records end that a later header counts, from its writing to the sync after it.
  private var countedEnd: Int64?

  /// The page number last written, and where: it is bound to the page that follows it.
  private var lastNumber: (offset: Int64, bytes: UInt32)?
  /// The beginning of a record, sealed, in `scratch`. SQLite writes a record of a rollback journal in
  /// three pieces; they go to the file with the last of them, in one system call.
  private var pending: (offset: Int64, count: Int)?
  /// A handle that wrote the journal must be able to read it. One that only reads is recovering,
  /// and takes a page that does not open for the torn end that SQLite expects.
  private var hasWritten = false
  /// The first count of records was only begun: nobody can have relied on it, and it reads as none.
  var countIsTorn = false
  /// Where the checksum of a page that did not open lies: it must not match.
  private var spoiledChecksum: Int64?

  static func rollback(system: SystemFile, keys: FileKeys) -> JournalFile {
    JournalFile(
      system: system, kind: .rollbackJournal, pageKey: keys.journalPages,
      maskKey: keys.journalMask, keys: keys, headerBytes: Int64(SealedFormat.journalHeaderBytes))
  }

  /// A statement journal lives in a deleted file and as long as its handle: so do its keys.
  static func statement(system: SystemFile) -> JournalFile {
    let journal = JournalFile(
      system: system, kind: .statementJournal, pageKey: SymmetricKey(size: .bits256),
      maskKey: SymmetricKey(size: .bits256), keys: nil, headerBytes: 0)
    journal.adopt(salt: Self.freshSalt())
    return journal
  }

  private init(
    system: SystemFile, kind: SealedKind, pageKey: SymmetricKey, maskKey: SymmetricKey,
    keys: FileKeys?, headerBytes: Int64
  ) {
    self.maskKey = maskKey
    self.headerBytes = headerBytes
    super.init(
      system: system, kind: kind, cipher: PageCipher(kind: kind, key: pageKey), keys: keys)
  }

  // MARK: Reading

  override func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int64) -> Int32 {
    let flushed = flush()
    guard flushed == SQLITE_OK else { return flushed }
    if offset < headerBytes {
      let inside = Int(min(Int64(buffer.count), headerBytes - offset))
      let code = readHeader(UnsafeMutableRawBufferPointer(rebasing: buffer[..<inside]), at: offset)
      guard inside < buffer.count else { return code }
      // Looking for the name of a super-journal, SQLite reads back from the end of a short file.
      let rest = read(
        UnsafeMutableRawBufferPointer(rebasing: buffer[inside...]), at: headerBytes)
      return code == SQLITE_OK ? rest : code
    }
    if buffer.count == SealedFormat.pageSize {
      return readPage(buffer.baseAddress!, at: offset)
    }
    let code = system.read(buffer.baseAddress!, buffer.count, at: offset)
    guard code == SQLITE_OK else {
      buffer.initializeMemory(as: UInt8.self, repeating: 0)
      return code
    }
    let loaded = loadSalt()
    guard loaded == SQLITE_OK, salt != nil else {
      buffer.initializeMemory(as: UInt8.self, repeating: 0)
      return loaded
    }
    mask?.apply(to: buffer, offset: UInt64(offset))
    if offset == spoiledChecksum {
      // Nobody who can write the file can foresee this value, so no crafted record is accepted.
      var system = SystemRandomNumberGenerator()
      for index in buffer.indices { buffer[index] = system.next() }
    }
    return SQLITE_OK
  }

  private func readHeader(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int64) -> Int32 {
    if !hasWritten, offset == 0 {
      let verdict = checkBeforeRecovery(reading: buffer.count)
      guard verdict == SQLITE_OK else { return verdict }
    }
    let code = system.read(buffer.baseAddress!, buffer.count, at: offset)
    // What lies behind SQLite's own fields is ours and reads as the zeros that SQLite wrote.
    let used = countIsTorn ? 0 : max(0, Int64(SealedFormat.journalHeaderUsedBytes) - offset)
    if used < buffer.count {
      UnsafeMutableRawBufferPointer(rebasing: buffer[Int(used)...]).initializeMemory(
        as: UInt8.self, repeating: 0)
    }
    return code
  }

  private func readPage(_ page: UnsafeMutableRawPointer, at offset: Int64) -> Int32 {
    spoiledChecksum = nil
    // The page number in front is part of what the page is sealed to.
    let numbered = SealedFormat.pageSize + 4
    guard offset >= headerBytes + 4 else { return sqliteDamagedPage }
    let code = system.read(scratch, numbered, at: offset - 4)
    guard code == SQLITE_OK else {
      page.initializeMemory(as: UInt8.self, repeating: 0, count: SealedFormat.pageSize)
      return code
    }
    page.copyMemory(from: scratch + 4, byteCount: SealedFormat.pageSize)
    let loaded = loadSalt()
    guard loaded == SQLITE_OK else { return loaded }
    if salt != nil {
      mask?.apply(
        to: UnsafeMutableRawBufferPointer(start: scratch, count: 4), offset: UInt64(offset - 4))
      bind(number: scratch.loadUnaligned(as: UInt32.self))
      if cipher.open(page, position: UInt64(offset)) { return SQLITE_OK }
    } else {
      page.initializeMemory(as: UInt8.self, repeating: 0, count: SealedFormat.pageSize)
    }
    if hasWritten || kind == .statementJournal {
      // A write that failed may have left half a record behind the last sync.
      if let header, offset < Int64(clamping: header.vouchedEnd) {
        record(.authenticationFailed, position: UInt64(offset))
      }
      return sqliteDamagedPage
    }
    // What a sync vouched for was read before; this is beyond it, and torn.
    spoiledChecksum = offset + Int64(SealedFormat.pageSize)
    return SQLITE_OK
  }

  // MARK: Writing

  override func write(_ buffer: UnsafeRawBufferPointer, at offset: Int64) -> Int32 {
    hasWritten = true
    if let pending, continues(pending, buffer.count, at: offset) {
      return buffer.count == SealedFormat.pageSize
        ? writePage(buffer.baseAddress!, at: offset)
        : endRecord(buffer, after: pending)
    }
    let flushed = flush()
    guard flushed == SQLITE_OK else { return flushed }
    if offset < headerBytes { return writeHeader(buffer, at: offset) }
    guard loadSalt() == SQLITE_OK, salt != nil else { return sqliteWriteFailed }
    if buffer.count == SealedFormat.pageSize {
      return writePage(buffer.baseAddress!, at: offset)
    }
    guard buffer.count <= SealedFormat.journalHeaderBytes else { return sqliteWriteFailed }
    if buffer.count == 4 {
      lastNumber = (offset, buffer.loadUnaligned(as: UInt32.self))
    }
    if buffer.count == JournalHeader.countedBytes {
      countedEnd = JournalHeader.end(of: buffer, at: offset)
    }
    scratch.copyMemory(from: buffer.baseAddress!, byteCount: buffer.count)
    mask?.apply(
      to: UnsafeMutableRawBufferPointer(start: scratch, count: buffer.count),
      offset: UInt64(offset))
    if buffer.count == 4, kind == .rollbackJournal {
      pending = (offset, 4)
      return SQLITE_OK
    }
    return system.write(scratch, buffer.count, at: offset)
  }

  // MARK: Records

  /// Whether a write is the next piece of the record that was begun: its page, then its checksum.
  private func continues(_ begun: (offset: Int64, count: Int), _ count: Int, at offset: Int64) -> Bool {
    offset == begun.offset + Int64(begun.count)
      && count == (begun.count == 4 ? SealedFormat.pageSize : 4)
  }

  private func endRecord(
    _ checksum: UnsafeRawBufferPointer, after begun: (offset: Int64, count: Int)
  ) -> Int32 {
    let end = UnsafeMutableRawBufferPointer(start: scratch + begun.count, count: checksum.count)
    end.copyMemory(from: checksum)
    mask?.apply(to: end, offset: UInt64(begun.offset) + UInt64(begun.count))
    pending = (begun.offset, begun.count + checksum.count)
    return flush()
  }

  /// Writes what was begun: whatever comes next does not go on from it.
  private func flush() -> Int32 {
    guard let begun = pending else { return SQLITE_OK }
    pending = nil
    return system.write(scratch, begun.count, at: begun.offset)
  }

  // MARK: The header

  private func writeHeader(_ buffer: UnsafeRawBufferPointer, at offset: Int64) -> Int32 {
    if offset == 0, buffer.count == SealedFormat.journalHeaderBytes {
      // A new journal: a salt of its own, in the part of the sector that SQLite leaves zero.
      let fresh = Self.freshSalt()
      adopt(salt: fresh)
      header = JournalHeader(UnsafeRawBufferPointer(rebasing: buffer[..<28]), salt: fresh)
      scratch.initializeMemory(as: UInt8.self, repeating: 0, count: buffer.count)
      return store(buffer.count)
    }
    guard offset + Int64(buffer.count) <= Int64(SealedFormat.journalHeaderUsedBytes),
      header != nil
    else { return sqliteWriteFailed }
    header?.replace(buffer, at: Int(offset))
    return store(JournalHeader.byteCount)
  }

  /// Writes the first sector, or what is used of it.
  private func store(_ count: Int) -> Int32 {
    guard let header else { return sqliteWriteFailed }
    header.authenticated(by: maskKey).withUnsafeBytes {
      scratch.copyMemory(from: $0.baseAddress!, byteCount: $0.count)
    }
    return system.write(scratch, count, at: 0)
  }

  /// SQLite counts the records of a header only when they are synced, and syncs the count before it
  /// touches the database. The first sector must know of a later header too, and not before that one
  /// is on the disk: else a crash in between would look like damage.
  override func sync(_ flags: Int32) -> Int32 {
    let flushed = flush()
    guard flushed == SQLITE_OK else { return flushed }
    let code = super.sync(flags)
    guard code == SQLITE_OK, let end = countedEnd else { return code }
    header?.vouchedEnd = UInt64(end)
    let stored = store(JournalHeader.byteCount)
    guard stored == SQLITE_OK else { return stored }
    countedEnd = nil
    return super.sync(flags)
  }

  private func writePage(_ page: UnsafeRawPointer, at offset: Int64) -> Int32 {
    guard let lastNumber, lastNumber.offset == offset - 4 else { return sqliteWriteFailed }
    // Old content of page 1 may be from before the database had a header, so only the last bytes
    // are looked at here.
    guard reservedBytesAreFree(page, isFirstPage: false) else {
      record(.reservedBytesInUse, position: UInt64(offset))
      return sqliteWriteFailed
    }
    bind(number: lastNumber.bytes)
    if let begun = pending {
      guard cipher.seal(page, into: scratch + begun.count, position: UInt64(offset)) else {
        return sqliteWriteFailed
      }
      pending = (begun.offset, begun.count + SealedFormat.pageSize)
      return SQLITE_OK
    }
    guard cipher.seal(page, into: scratch, position: UInt64(offset)) else {
      return sqliteWriteFailed
    }
    return system.write(scratch, SealedFormat.pageSize, at: offset)
  }

  // MARK: Salt and context

  private static func freshSalt() -> [UInt8] {
    var system = SystemRandomNumberGenerator()
    let words = [system.next(), system.next()] as [UInt64]
    return words.withUnsafeBytes { Array($0) }
  }

  func adopt(salt: [UInt8]) {
    self.salt = salt
    mask = JournalMask(key: maskKey, salt: salt)
  }

  /// Reads the salt of a journal that another handle wrote, and leaves it nil if there is none.
  ///
  /// A read that the disk refused says nothing of that: taken for a journal without a salt it would
  /// end the rollback, and SQLite would delete what it had not rolled back.
  private func loadSalt() -> Int32 {
    if salt != nil { return SQLITE_OK }
    let start = SealedFormat.journalHeaderUsedBytes
    let end = SealedFormat.journalSaltOffset + SealedFormat.journalSaltBytes
    return withUnsafeTemporaryAllocation(byteCount: end - start, alignment: 8) { bytes in
      let code = system.read(bytes.baseAddress!, end - start, at: Int64(start))
      guard code == SQLITE_OK else { return code == sqliteShortRead ? SQLITE_OK : code }
      if bytes[0] == SealedFormat.version {
        adopt(salt: Array(bytes[(SealedFormat.journalSaltOffset - start)...]))
      }
      return SQLITE_OK
    }
  }

  /// The page number in front of a page, in the clear, and whether the page opens in place.
  func open(record: UnsafeMutableRawPointer, at offset: Int64) -> Bool {
    unmask(UnsafeMutableRawBufferPointer(start: record, count: 4), at: offset)
    bind(number: record.loadUnaligned(as: UInt32.self))
    return cipher.open(record + 4, position: UInt64(offset + 4))
  }

  func unmask(_ bytes: UnsafeMutableRawBufferPointer, at offset: Int64) {
    mask?.apply(to: bytes, offset: UInt64(offset))
  }

  /// Context: journal salt (16) | page number as SQLite stores it (4) | zeros (4).
  private func bind(number: UInt32) {
    cipher.setContext { context in
      salt?.withUnsafeBytes { context.copyMemory(from: $0) }
      context.storeBytes(
        of: number, toByteOffset: SealedFormat.journalSaltBytes, as: UInt32.self)
    }
  }
}
