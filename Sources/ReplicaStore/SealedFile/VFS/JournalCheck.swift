import GRDBSQLite

/// What is read of a hot journal before SQLite rolls anything back (at-rest §6.4).
extension JournalFile {
  /// SQLite takes whatever it can't read for the end of a journal, rolls back up to there and deletes
  /// it. That is right behind the last sync and leaves a mixture before it.
  ///
  /// - Parameter count: bytes that SQLite asks for at 0. With one it asks whether the journal is hot,
  ///   and nobody holds a lock; with the magic it begins to roll back, alone.
  func checkBeforeRecovery(reading count: Int) -> Int32 {
    switch count {
    case 1: checkLength()
    case JournalHeader.magic.count: checkVouched()
    default: SQLITE_OK
    }
  }

  /// The first byte is zero until the first sector and the records are synced.
  private func checkLength() -> Int32 {
    var first: UInt8 = 0
    let code = system.read(&first, 1, at: 0)
    guard code == SQLITE_OK else { return code == sqliteShortRead ? SQLITE_OK : code }
    guard first != 0 else { return SQLITE_OK }
    guard let size = system.size() else { return SQLITE_IOERR }
    return size < SealedFormat.journalHeaderBytes ? damaged(.cutShort, at: 0) : SQLITE_OK
  }

  private func checkVouched() -> Int32 {
    let sector = UnsafeMutableRawBufferPointer(
      start: scratch, count: SealedFormat.journalHeaderBytes)
    let code = system.read(scratch, sector.count, at: 0)
    guard code == SQLITE_OK else { return code == sqliteShortRead ? SQLITE_OK : code }
    guard sector[0] != 0, !JournalHeader.isNoise(UnsafeRawBufferPointer(sector)) else {
      return SQLITE_OK
    }
    guard let header = JournalHeader(UnsafeRawBufferPointer(sector), authenticatedBy: maskKey) else {
      countIsTorn = JournalHeader.isUncounted(UnsafeRawBufferPointer(sector), key: maskKey)
      return countIsTorn ? SQLITE_OK : damaged(.authenticationFailed, at: 0)
    }
    adopt(salt: header.salt)
    let end = Int64(clamping: header.vouchedEnd)
    var position: Int64 = 0
    while position < end {
      let verdict = checkSection(&position, until: end)
      guard verdict == SQLITE_OK else { return verdict }
    }
    return SQLITE_OK
  }

  /// One header and its records; `position` goes on to the next header.
  private func checkSection(_ position: inout Int64, until end: Int64) -> Int32 {
    let fields = UnsafeMutableRawBufferPointer(
      start: scratch, count: SealedFormat.journalHeaderUsedBytes)
    let code = system.read(scratch, fields.count, at: position)
    guard code == SQLITE_OK else { return verdict(code, at: position) }
    if position > 0 { unmask(fields, at: position) }
    guard let sectionEnd = JournalHeader.end(of: UnsafeRawBufferPointer(fields), at: position),
      sectionEnd <= end
    else { return damaged(.authenticationFailed, at: position) }
    let initial = UInt32(bigEndian: fields.loadUnaligned(fromByteOffset: 12, as: UInt32.self))
    var record = position + Int64(SealedFormat.journalHeaderBytes)
    while record < sectionEnd {
      let verdict = checkRecord(at: record, initial)
      guard verdict == SQLITE_OK else { return verdict }
      record += Int64(SealedFormat.journalRecordBytes)
    }
    let sector = Int64(SealedFormat.journalHeaderBytes)
    position = (sectionEnd + sector - 1) / sector * sector
    return SQLITE_OK
  }

  private func checkRecord(at offset: Int64, _ initial: UInt32) -> Int32 {
    let count = SealedFormat.journalRecordBytes
    let code = system.read(scratch, count, at: offset)
    guard code == SQLITE_OK else { return verdict(code, at: offset + 4) }
    let tail = UnsafeMutableRawBufferPointer(start: scratch + count - 4, count: 4)
    unmask(tail, at: offset + Int64(count) - 4)
    guard open(record: scratch, at: offset),
      Self.checksum(scratch + 4, initial) == UInt32(bigEndian: tail.loadUnaligned(as: UInt32.self))
    else { return damaged(.authenticationFailed, at: offset + 4) }
    return SQLITE_OK
  }

  /// SQLite's own: every 200th byte from the end, on top of a number from the header.
  private static func checksum(_ page: UnsafeRawPointer, _ initial: UInt32) -> UInt32 {
    stride(from: SealedFormat.pageSize - 200, to: 0, by: -200).reduce(initial) {
      $0 &+ UInt32(page.load(fromByteOffset: $1, as: UInt8.self))
    }
  }

  private func verdict(_ code: Int32, at offset: Int64) -> Int32 {
    code == sqliteShortRead ? damaged(.cutShort, at: offset) : code
  }

  private func damaged(_ reason: SealedFinding.Reason, at offset: Int64) -> Int32 {
    record(reason, position: UInt64(offset))
    return sqliteDamagedPage
  }
}
