import GRDBSQLite

/// The write-ahead log: a 32-byte header in the clear, then frames of `header (24) | page (4096)`
/// with a masked header and a sealed page (at-rest §7).
///
/// Any transfer is cut into those parts, so it does not matter how SQLite groups them.
final class WriteAheadLogFile: SealedFile {
  private let mask: FrameMask
  /// The frame header last written or read, in the clear: a page is sealed to it.
  private let header: UnsafeMutableRawPointer
  private var headerOffset: Int64 = -1
  private let plain: UnsafeMutableRawPointer
  /// Whether what stands in the log may be missing on the disk, though the system shows it.
  private var isDoubtful = false

  init(system: SystemFile, keys: FileKeys) {
    mask = FrameMask(maskKey: keys.walMask, tweakKey: keys.walTweak)
    header = .allocate(byteCount: SealedFormat.walFrameHeaderBytes, alignment: 8)
    plain = .allocate(byteCount: SealedFormat.walFrameBytes, alignment: 16)
    super.init(
      system: system, kind: .writeAheadLog,
      cipher: PageCipher(kind: .writeAheadLog, key: keys.walPages), keys: keys)
  }

  deinit {
    explicitlyZero(header, SealedFormat.walFrameHeaderBytes)
    explicitlyZero(plain, SealedFormat.walFrameBytes)
    header.deallocate()
    plain.deallocate()
  }

  private enum Part {
    case fileHeader
    case frameHeader
    case page
  }

  /// The part that holds byte `position`, and where it begins and ends.
  private func part(at position: Int64) -> (part: Part, start: Int64, end: Int64) {
    let first = Int64(SealedFormat.walHeaderBytes)
    guard position >= first else { return (.fileHeader, 0, first) }
    let within = (position - first) % Int64(SealedFormat.walFrameBytes)
    let frame = position - within
    let page = frame + Int64(SealedFormat.walFrameHeaderBytes)
    return position < page
      ? (.frameHeader, frame, page) : (.page, page, frame + Int64(SealedFormat.walFrameBytes))
  }

  // MARK: Reading

  override func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int64) -> Int32 {
    // A whole frame is read only in recovery, which checks it: what does not open must look like a
    // torn frame. A page alone is one that the index vouches for: what does not open is damage.
    let recovering = buffer.count > SealedFormat.pageSize
    var done = 0
    while done < buffer.count {
      let position = offset + Int64(done)
      let (part, start, end) = part(at: position)
      let count = min(Int(end - position), buffer.count - done)
      let within = Int(position - start)
      let target = buffer.baseAddress! + done
      var code: Int32
      switch part {
      case .fileHeader:
        code = system.read(target, count, at: position)
      case .frameHeader:
        code = loadHeader(at: start)
        if code == SQLITE_OK { target.copyMemory(from: header + within, byteCount: count) }
      case .page:
        code = loadPage(at: start)
        if code == SQLITE_OK {
          target.copyMemory(
            from: plain + SealedFormat.walFrameHeaderBytes + within, byteCount: count)
        } else if code == sqliteDamagedPage, recovering {
          Self.spoil(target, count)
          code = SQLITE_OK
        }
      }
      guard code == SQLITE_OK else {
        UnsafeMutableRawBufferPointer(rebasing: buffer[done...]).initializeMemory(
          as: UInt8.self, repeating: 0)
        if code == sqliteDamagedPage { record(.authenticationFailed, position: UInt64(start)) }
        return code
      }
      done += count
    }
    return SQLITE_OK
  }

  /// Puts a page there that has any checksum but the frame's. Zeros would not do: a page that was
  /// deleted is of zeros, and a torn one would pass for whole.
  private static func spoil(_ page: UnsafeMutableRawPointer, _ count: Int) {
    page.initializeMemory(as: UInt8.self, repeating: 0, count: count)
    var system = SystemRandomNumberGenerator()
    page.storeBytes(of: system.next(), as: UInt64.self)
  }

  private func loadHeader(at offset: Int64) -> Int32 {
    headerOffset = -1
    let code = system.read(header, SealedFormat.walFrameHeaderBytes, at: offset)
    guard code == SQLITE_OK else { return code }
    guard mask.apply(.reveal, to: header, offset: UInt64(offset)) else { return sqliteDamagedPage }
    headerOffset = offset
    return SQLITE_OK
  }

  /// Reads the frame's header and page in one transfer and opens the page in `plain`.
  private func loadPage(at offset: Int64) -> Int32 {
    let frame = offset - Int64(SealedFormat.walFrameHeaderBytes)
    headerOffset = -1
    let code = system.read(plain, SealedFormat.walFrameBytes, at: frame)
    guard code == SQLITE_OK else { return code }
    header.copyMemory(from: plain, byteCount: SealedFormat.walFrameHeaderBytes)
    guard mask.apply(.reveal, to: header, offset: UInt64(frame)) else { return sqliteDamagedPage }
    headerOffset = frame
    bind()
    return cipher.open(plain + SealedFormat.walFrameHeaderBytes, position: UInt64(offset))
      ? SQLITE_OK : sqliteDamagedPage
  }

  // MARK: Writing

  /// SQLite writes the frames of the commit that failed again, and not those before it that no sync
  /// had yet reached: such as GRDB's, which it commits under `synchronous=NORMAL` while it opens.
  override func sync(_ flags: Int32) -> Int32 {
    if isDoubtful {
      let code = system.rewrite(flags)
      guard code == SQLITE_OK else { return code }
    }
    let code = super.sync(flags)
    isDoubtful = code != SQLITE_OK
    return code
  }

  override func write(_ buffer: UnsafeRawBufferPointer, at offset: Int64) -> Int32 {
    var done = 0
    while done < buffer.count {
      let position = offset + Int64(done)
      let (part, start, end) = part(at: position)
      let count = min(Int(end - position), buffer.count - done)
      let within = Int(position - start)
      let source = buffer.baseAddress! + done
      let whole = within == 0 && position + Int64(count) == end
      let code: Int32 =
        switch part {
        case .fileHeader: system.write(source, count, at: position)
        // SQLite writes these two whole; half of one would mean reading back what may be torn.
        case .frameHeader: whole ? storeHeader(source, at: start) : sqliteWriteFailed
        case .page: whole ? storePage(source, at: start) : sqliteWriteFailed
        }
      guard code == SQLITE_OK else { return code }
      done += count
    }
    return SQLITE_OK
  }

  private func storeHeader(_ source: UnsafeRawPointer, at offset: Int64) -> Int32 {
    header.copyMemory(from: source, byteCount: SealedFormat.walFrameHeaderBytes)
    headerOffset = offset
    scratch.copyMemory(from: source, byteCount: SealedFormat.walFrameHeaderBytes)
    guard mask.apply(.conceal, to: scratch, offset: UInt64(offset)) else {
      return sqliteWriteFailed
    }
    return system.write(scratch, SealedFormat.walFrameHeaderBytes, at: offset)
  }

  private func storePage(_ source: UnsafeRawPointer, at offset: Int64) -> Int32 {
    let frame = offset - Int64(SealedFormat.walFrameHeaderBytes)
    // A page that changes again before its commit is written without its header.
    if headerOffset != frame {
      guard loadHeader(at: frame) == SQLITE_OK else { return sqliteWriteFailed }
    }
    let number = UInt32(bigEndian: header.loadUnaligned(as: UInt32.self))
    guard reservedBytesAreFree(source, isFirstPage: number == 1) else {
      record(.reservedBytesInUse, position: UInt64(offset))
      return sqliteWriteFailed
    }
    bind()
    guard cipher.seal(source, into: scratch, position: UInt64(offset)) else {
      return sqliteWriteFailed
    }
    return system.write(scratch, SealedFormat.pageSize, at: offset)
  }

  /// Context: salts of the log (8) | page number (4), both as in the frame header | zeros (12).
  private func bind() {
    cipher.setContext { context in
      context.copyMemory(from: UnsafeRawBufferPointer(start: header + 8, count: 8))
      context.storeBytes(
        of: header.loadUnaligned(as: UInt32.self), toByteOffset: 8, as: UInt32.self)
    }
  }
}
