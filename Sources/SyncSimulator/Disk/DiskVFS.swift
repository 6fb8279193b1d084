internal import GRDBSQLite
package import ReplicaStore

/// The SQLite VFS "simulated-disk": files of ``SimulatedDisk``s, found by their path.
package enum DiskVFS {
  static let name: StaticString = "simulated-disk"

  /// What a store needs to lie on simulated disks.
  package static let disk: StoreDisk = {
    precondition(registration == SQLITE_OK, "SQLite takes any number of VFSs")
    return StoreDisk(vfs: "\(name)") { path in
      guard let (disk, name) = DiskMounts.locate(path),
        let file = disk.open(name, create: true, exclusive: false)
      else { throw SimulatedDiskFailure() }
      return SimulatedSlotFile(disk, file)
    }
  }()

  private static let registration: Int32 = {
    guard sqlite3_initialize() == SQLITE_OK else { return SQLITE_ERROR }
    let vfs = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
    var methods = sqlite3_vfs()
    methods.iVersion = 2
    methods.szOsFile = Int32(MemoryLayout<DiskHandle.Slot>.stride)
    methods.mxPathname = 512
    methods.zName = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
    methods.xOpen = { _, name, file, flags, outFlags in
      guard let name, let file else { return SQLITE_CANTOPEN }
      file.pointee.pMethods = nil
      guard let (disk, leaf) = DiskMounts.locate(String(cString: name)), !disk.isDead,
        let found = disk.open(
          leaf, create: flags & SQLITE_OPEN_CREATE != 0,
          exclusive: flags & SQLITE_OPEN_EXCLUSIVE != 0)
      else { return SQLITE_CANTOPEN }
      outFlags?.pointee = flags
      DiskHandle.place(
        DiskHandle(disk, found, name: leaf, deletesOnClose: flags & SQLITE_OPEN_DELETEONCLOSE != 0),
        in: file)
      return SQLITE_OK
    }
    methods.xDelete = { _, name, syncs in
      guard let name, let (disk, leaf) = DiskMounts.locate(String(cString: name)) else {
        return SQLITE_IOERR
      }
      return disk.delete(leaf, syncsDirectory: syncs != 0)
    }
    methods.xAccess = { _, name, _, out in
      guard let name, let (disk, leaf) = DiskMounts.locate(String(cString: name)) else {
        out?.pointee = 0
        return SQLITE_OK
      }
      let verdict = disk.begin(.read)
      guard verdict == SQLITE_OK else { return SQLITE_IOERR | (13 << 8) }
      out?.pointee = disk.exists(leaf) ? 1 : 0
      return SQLITE_OK
    }
    methods.xFullPathname = { _, name, capacity, out in
      guard let name, let out else { return SQLITE_CANTOPEN }
      var index = 0
      while index < Int(capacity) {
        out[index] = name[index]
        if name[index] == 0 { return SQLITE_OK }
        index += 1
      }
      return SQLITE_CANTOPEN
    }
    methods.xRandomness = { _, _, _ in 0 }
    methods.xSleep = { _, microseconds in microseconds }
    methods.xCurrentTime = { _, out in
      out?.pointee = 2_461_000.5
      return SQLITE_OK
    }
    methods.xGetLastError = { _, _, _ in 0 }
    methods.xCurrentTimeInt64 = { _, out in
      out?.pointee = 2_461_000 * 86_400_000
      return SQLITE_OK
    }
    vfs.initialize(to: methods)
    return sqlite3_vfs_register(vfs, 0)
  }()
}

struct SimulatedDiskFailure: Error {}

/// The checkpoint store's file on a simulated disk.
private final class SimulatedSlotFile: SlotFile, @unchecked Sendable {
  // Used by the thread that runs the simulation, and by no other.
  private let disk: SimulatedDisk
  private let file: SimulatedFile

  init(_ disk: SimulatedDisk, _ file: SimulatedFile) {
    self.disk = disk
    self.file = file
  }

  func read(_ count: Int, at offset: Int) throws -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    let code = bytes.withUnsafeMutableBytes { disk.read(file, $0, at: offset) }
    // SQLITE_IOERR_SHORT_READ is the end of the file; anything else is the disk.
    guard code == SQLITE_OK || code == SQLITE_IOERR | (2 << 8) else {
      throw StoreError(.disk, "The simulated checkpoint store cannot be read.")
    }
    return code == SQLITE_OK ? bytes : nil
  }

  func write(_ bytes: [UInt8], at offset: Int) -> Bool {
    bytes.withUnsafeBytes { disk.write(file, $0, at: offset) } == SQLITE_OK
  }

  func sync() -> Bool { disk.sync(file) == SQLITE_OK }
  // A file of this disk has its name from the moment it is made.
  func syncName() -> Bool { true }
}
