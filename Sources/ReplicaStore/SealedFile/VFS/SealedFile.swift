import GRDBSQLite

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// One open sealed file: what turns SQLite's reads and writes into sealed ones.
///
/// Subclasses know the layout of their file. Not thread-safe; SQLite serialises calls per handle.
class SealedFile {
  let system: SystemFile
  let kind: SealedKind
  let cipher: PageCipher
  /// Where findings go; nil for a statement journal, which belongs to no path.
  let keys: FileKeys?
  /// One page, or one frame, of plain text or of what is about to be written.
  let scratch: UnsafeMutableRawPointer

  /// The path of a file that its directory may not durably have; nil once it has.
  final var unsyncedName: String?

  static let scratchBytes = SealedFormat.walFrameBytes

  init(system: SystemFile, kind: SealedKind, cipher: PageCipher, keys: FileKeys?) {
    self.system = system
    self.kind = kind
    self.cipher = cipher
    self.keys = keys
    scratch = .allocate(byteCount: Self.scratchBytes, alignment: 16)
  }

  deinit {
    explicitlyZero(scratch, Self.scratchBytes)
    scratch.deallocate()
  }

  /// Fills all of `buffer`, zeros where nothing is stored, and returns an SQLite result code.
  func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int64) -> Int32 {
    preconditionFailure("each kind of file reads its own layout")
  }

  func write(_ buffer: UnsafeRawBufferPointer, at offset: Int64) -> Int32 {
    preconditionFailure("each kind of file writes its own layout")
  }

  /// What was written, and that there is such a file, is on the disk on return.
  ///
  /// A journal without a name protects nothing (at-rest §10).
  func sync(_ flags: Int32) -> Int32 {
    let code = system.sync(flags)
    guard code == SQLITE_OK, let path = unsyncedName else { return code }
    guard WholeFile.syncName(of: path) else { return sqliteDirectorySyncFailed }
    unsyncedName = nil
    return SQLITE_OK
  }

  final func record(_ reason: SealedFinding.Reason, position: UInt64) {
    keys?.record(SealedFinding(kind, reason, position: position))
  }

  /// Whether SQLite left our 32 bytes alone. If not, its content would be lost: the file was made
  /// without `SQLITE_FCNTL_RESERVE_BYTES`, or copied from one that was.
  final func reservedBytesAreFree(_ page: UnsafeRawPointer, isFirstPage: Bool) -> Bool {
    var used: UInt64 = 0
    for word in stride(from: SealedFormat.contentBytes, to: SealedFormat.pageSize, by: 8) {
      used |= page.loadUnaligned(fromByteOffset: word, as: UInt64.self)
    }
    guard used == 0 else { return false }
    guard isFirstPage else { return true }
    // The database header: page size, big-endian, at 16; reserved bytes at 20.
    let size = UInt16(bigEndian: page.loadUnaligned(fromByteOffset: 16, as: UInt16.self))
    let reserved = page.load(fromByteOffset: 20, as: UInt8.self)
    return size == SealedFormat.pageSize && reserved == SealedFormat.reservedBytes
  }
}

func explicitlyZero(_ pointer: UnsafeMutableRawPointer, _ count: Int) {
  #if canImport(Darwin)
    memset_s(pointer, count, 0, count)
  #else
    explicit_bzero(pointer, count)
  #endif
}

/// `SQLITE_IOERR_DATA`: "a checksum of a page is wrong". A macro that Swift does not import.
let sqliteDamagedPage = SQLITE_IOERR | (32 << 8)
/// `SQLITE_IOERR_CORRUPTFS`.
let sqliteBrokenFileSystem = SQLITE_IOERR | (33 << 8)
let sqliteReadFailed = SQLITE_IOERR | (1 << 8)
let sqliteShortRead = SQLITE_IOERR | (2 << 8)
let sqliteDirectorySyncFailed = SQLITE_IOERR | (5 << 8)
let sqliteWriteFailed = SQLITE_IOERR | (3 << 8)
