internal import GRDBSQLite

/// One open file of a simulated disk, behind SQLite's pointer.
final class DiskHandle {
  private let disk: SimulatedDisk
  private let file: SimulatedFile
  private let name: String
  private let deletesOnClose: Bool
  private var id: ObjectIdentifier { ObjectIdentifier(self) }

  struct Slot {
    var methods: UnsafePointer<sqlite3_io_methods>?
    /// A retained `DiskHandle`, released by xClose.
    var handle: UnsafeMutableRawPointer?
  }

  private typealias FilePointer = UnsafeMutablePointer<sqlite3_file>

  init(_ disk: SimulatedDisk, _ file: SimulatedFile, name: String, deletesOnClose: Bool) {
    self.disk = disk
    self.file = file
    self.name = name
    self.deletesOnClose = deletesOnClose
  }

  static func place(_ handle: DiskHandle, in file: UnsafeMutablePointer<sqlite3_file>) {
    UnsafeMutableRawPointer(file).assumingMemoryBound(to: Slot.self).initialize(
      to: Slot(methods: methods, handle: Unmanaged.passRetained(handle).toOpaque()))
  }

  @inline(__always)
  private static func with(_ file: FilePointer?, _ body: (DiskHandle) -> Int32) -> Int32 {
    guard let file,
      let handle = UnsafeMutableRawPointer(file).assumingMemoryBound(to: Slot.self).pointee.handle
    else { return SQLITE_MISUSE }
    return Unmanaged<DiskHandle>.fromOpaque(handle)._withUnsafeGuaranteedRef(body)
  }

  private func close() {
    file.locks.unlock(SQLITE_LOCK_NONE, for: id)
    file.shared.letGo(id)
    if deletesOnClose, !disk.isDead { _ = disk.delete(name, syncsDirectory: false) }
  }

  // Written once here, then only read, by SQLite.
  private nonisolated(unsafe) static let methods: UnsafePointer<sqlite3_io_methods> = {
    let table = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
    var methods = sqlite3_io_methods()
    methods.iVersion = 2
    methods.xClose = { file in
      guard let file else { return SQLITE_MISUSE }
      let slot = UnsafeMutableRawPointer(file).assumingMemoryBound(to: Slot.self)
      if let handle = slot.pointee.handle {
        let opened = Unmanaged<DiskHandle>.fromOpaque(handle)
        opened.takeUnretainedValue().close()
        opened.release()
      }
      slot.pointee = Slot(methods: nil, handle: nil)
      return SQLITE_OK
    }
    methods.xRead = { file, buffer, count, offset in
      with(file) {
        $0.disk.read(
          $0.file, UnsafeMutableRawBufferPointer(start: buffer, count: Int(count)), at: Int(offset))
      }
    }
    methods.xWrite = { file, buffer, count, offset in
      with(file) {
        $0.disk.write(
          $0.file, UnsafeRawBufferPointer(start: buffer, count: Int(count)), at: Int(offset))
      }
    }
    methods.xTruncate = { file, count in with(file) { $0.disk.truncate($0.file, to: Int(count)) } }
    methods.xSync = { file, _ in with(file) { $0.disk.sync($0.file) } }
    methods.xFileSize = { file, out in
      with(file) {
        out?.pointee = sqlite3_int64($0.file.count)
        return $0.disk.isDead ? SQLITE_IOERR : SQLITE_OK
      }
    }
    methods.xLock = { file, level in with(file) { $0.file.locks.lock(level, for: $0.id) } }
    methods.xUnlock = { file, level in
      with(file) {
        $0.file.locks.unlock(level, for: $0.id)
        return SQLITE_OK
      }
    }
    methods.xCheckReservedLock = { file, out in
      with(file) {
        out?.pointee = $0.file.locks.isReserved ? 1 : 0
        return SQLITE_OK
      }
    }
    methods.xFileControl = { _, _, _ in SQLITE_NOTFOUND }
    methods.xSectorSize = { _ in Int32(SimulatedFile.sectorBytes) }
    methods.xDeviceCharacteristics = { _ in SQLITE_IOCAP_POWERSAFE_OVERWRITE }
    methods.xShmMap = { file, region, size, extend, out in
      with(file) {
        out?.pointee = nil
        if let found = $0.file.shared.region(
          Int(region), byteCount: Int(size), extend: extend != 0, for: $0.id)
        {
          // SQLite's declaration says volatile; the pointer is plain memory here.
          out?.pointee = found
        }
        return SQLITE_OK
      }
    }
    methods.xShmLock = { file, offset, count, flags in
      with(file) {
        let exclusively = flags & SQLITE_SHM_EXCLUSIVE != 0
        let slots = offset..<(offset + count)
        if flags & SQLITE_SHM_LOCK != 0 {
          return $0.file.shared.lock(slots, exclusively: exclusively, for: $0.id)
        }
        $0.file.shared.unlock(slots, exclusively: exclusively, for: $0.id)
        return SQLITE_OK
      }
    }
    methods.xShmBarrier = { _ in }
    methods.xShmUnmap = { file, _ in
      with(file) {
        $0.file.shared.letGo($0.id)
        return SQLITE_OK
      }
    }
    table.initialize(to: methods)
    return UnsafePointer(table)
  }()
}
