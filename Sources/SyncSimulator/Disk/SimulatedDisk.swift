internal import GRDBSQLite
internal import Synchronization

/// The disk of one node, in memory: it can lose, tear and reorder what was not synced, refuse,
/// fill up and rot (simulation §3.2).
///
/// Not thread-safe: a simulation runs on one thread, and SQLite calls back on it.
package final class SimulatedDisk {
  /// The directory under which all of its files lie, without a slash at the end.
  package let mount: String
  package var faults = DiskFaults() {
    didSet {
      guard faults.canCrash, !oldValue.canCrash else { return }
      for name in names { files[name]?.settle() }
    }
  }
  /// Operations until the power fails, in the middle of one; nil for never.
  package var crashesAfter: Int?
  /// The power has failed: nothing works until ``reboot()``.
  package private(set) var isDead = false
  package private(set) var operations = 0

  private var files: [String: SimulatedFile] = [:]
  /// Deleted without the directory being synced: a power failure may bring them back.
  private var unlinked: [String: SimulatedFile] = [:]
  private var generator: SeededGenerator
  private var image: [(name: String, bytes: [UInt8])] = []

  package init(mount: String, seed: UInt64, purpose: UInt64) {
    self.mount = mount
    generator = SeededGenerator(seed: seed, purpose: purpose)
    DiskMounts.add(self)
  }

  deinit { DiskMounts.remove(mount) }

  private var names: [String] { files.keys.sorted() }

  // MARK: Images

  /// What processes see at this moment. Taken between transactions it is what a copy of the files
  /// would hold.
  package func snapshot(without suffix: String? = nil) -> DiskImage {
    DiskImage(
      files: names.filter { name in suffix.map { !name.hasSuffix($0) } ?? true }
        .map { ($0, files[$0]!.bytes) })
  }

  /// Puts an image in the place of all files, or of all but those that end so. Nothing may be open.
  package func restore(_ image: DiskImage, keeping suffix: String? = nil) {
    let kept = names.filter { name in suffix.map { name.hasSuffix($0) } ?? false }
      .map { ($0, files[$0]!) }
    files = [:]
    unlinked = [:]
    isDead = false
    for (name, bytes) in image.files { files[name] = SimulatedFile(bytes, isNamedDurably: true) }
    for (name, file) in kept { files[name] = file }
  }

  /// Flips one bit of one file, and gives the file's name; nil when there is none.
  package func flipBit(_ generator: inout SeededGenerator) -> String? {
    guard let name = generator.pickIfAny(names.filter { files[$0]!.count > 0 && !$0.hasSuffix("-shm") })
    else { return nil }
    let file = files[name]!
    file.flip(bit: generator.below(file.count * 8))
    return name
  }

  // MARK: Power

  /// The power fails now.
  package func crash() {
    guard !isDead else { return }
    isDead = true
    crashesAfter = nil
    let drawn = generator.pick(CrashLoss.allCases)
    let loss = faults.ignoresSync ? .losesAll : drawn
    image = []
    for name in names {
      let file = files[name]!
      guard file.isNamedDurably || generator.happens(500) else { continue }
      image.append((name, file.crash(loss, &generator)))
    }
    for name in unlinked.keys.sorted() where files[name] == nil && generator.happens(500) {
      image.append((name, unlinked[name]!.crash(loss, &generator)))
    }
  }

  /// The power is back. What was open stays closed for ever.
  package func reboot() {
    guard isDead else { return }
    restore(DiskImage(files: image))
    image = []
  }

  // MARK: Operations

  enum Operation { case read, write(grows: Bool), sync, name }

  /// What an operation comes to, before it is done; `SQLITE_OK` to go on.
  func begin(_ operation: Operation) -> Int32 {
    guard !isDead else { return Self.failure(of: operation) }
    operations += 1
    if let left = crashesAfter {
      crashesAfter = left - 1
      if left <= 0 {
        crash()
        return Self.failure(of: operation)
      }
    }
    if case .write(grows: true) = operation, faults.isFull { return SQLITE_FULL }
    if case .sync = operation, faults.failingSyncs > 0 {
      guard faults.goodSyncs == 0 else {
        faults.goodSyncs -= 1
        return SQLITE_OK
      }
      faults.failingSyncs -= 1
      return Self.failure(of: operation)
    }
    if case .read = operation, faults.failingReads > 0 {
      guard faults.goodReads == 0 else {
        faults.goodReads -= 1
        return SQLITE_OK
      }
      faults.failingReads -= 1
      return Self.failure(of: operation)
    }
    if faults.errorsPerTenThousand > 0, generator.below(10_000) < faults.errorsPerTenThousand {
      return Self.failure(of: operation)
    }
    return SQLITE_OK
  }

  func read(_ file: SimulatedFile, _ buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Int32 {
    let verdict = begin(.read)
    guard verdict == SQLITE_OK else { return verdict }
    let got = file.read(into: buffer, at: offset)
    guard got < buffer.count else { return SQLITE_OK }
    UnsafeMutableRawBufferPointer(rebasing: buffer[got...]).initializeMemory(
      as: UInt8.self, repeating: 0)
    return SQLITE_IOERR | (2 << 8)
  }

  func write(_ file: SimulatedFile, _ bytes: UnsafeRawBufferPointer, at offset: Int) -> Int32 {
    // The write that the power fails in may have reached the disk in part.
    if crashesAfter == 0, !isDead, faults.canCrash {
      file.write(bytes, at: offset, remembering: true)
    }
    let verdict = begin(.write(grows: offset + bytes.count > file.count))
    guard verdict == SQLITE_OK else { return verdict }
    file.write(bytes, at: offset, remembering: faults.canCrash)
    return SQLITE_OK
  }

  func truncate(_ file: SimulatedFile, to count: Int) -> Int32 {
    let verdict = begin(.write(grows: false))
    guard verdict == SQLITE_OK else { return verdict }
    file.truncate(to: count, remembering: faults.canCrash)
    return SQLITE_OK
  }

  func sync(_ file: SimulatedFile) -> Int32 {
    let verdict = begin(.sync)
    guard verdict == SQLITE_OK else {
      if !isDead { file.failSync(&generator) }
      return verdict
    }
    guard !faults.ignoresSync else { return SQLITE_OK }
    let isNew = !file.isNamedDurably
    file.sync()
    // As SQLite's own layer does at the first sync of a file that it made.
    if isNew { unlinked = [:] }
    return SQLITE_OK
  }

  func open(_ name: String, create: Bool, exclusive: Bool) -> SimulatedFile? {
    if let file = files[name] { return exclusive ? nil : file }
    guard create, begin(.name) == SQLITE_OK else { return nil }
    let file = SimulatedFile(isNamedDurably: false)
    files[name] = file
    return file
  }

  func delete(_ name: String, syncsDirectory: Bool) -> Int32 {
    let verdict = begin(.name)
    guard verdict == SQLITE_OK else { return verdict }
    guard let file = files.removeValue(forKey: name) else { return SQLITE_IOERR | (23 << 8) }
    if syncsDirectory, !faults.ignoresSync {
      unlinked = [:]
      for file in files.values { file.isNamedDurably = true }
    } else if faults.canCrash, file.isNamedDurably {
      unlinked[name] = file
    }
    return SQLITE_OK
  }

  /// As SQLite's own layer answers: an empty file is none.
  func exists(_ name: String) -> Bool { !isDead && files[name].map { $0.count > 0 } ?? false }

  private static func failure(of operation: Operation) -> Int32 {
    switch operation {
    // SQLITE_IOERR_CORRUPTFS, as SQLite's own layer answers to EIO.
    case .read: SQLITE_IOERR | (33 << 8)
    case .write: SQLITE_IOERR | (3 << 8)
    case .sync: SQLITE_IOERR | (4 << 8)
    case .name: SQLITE_IOERR | (10 << 8)
    }
  }
}

/// Which disk holds which path, for a VFS to which SQLite gives nothing but a path.
enum DiskMounts {
  private struct Mounted: @unchecked Sendable {
    // Only the thread that runs the disk's own simulation follows the reference.
    unowned let disk: SimulatedDisk
  }

  private static let mounts = Mutex<[String: Mounted]>([:])
  private static let worlds = Mutex(0)

  /// A name for the directory of a new world, unlike all others of this process.
  static func newWorld() -> String {
    let number = worlds.withLock { worlds in
      worlds += 1
      return worlds
    }
    return "/simulated\(number)"
  }

  static func add(_ disk: SimulatedDisk) {
    let mounted = Mounted(disk: disk)
    mounts.withLock { $0[disk.mount] = mounted }
  }

  static func remove(_ mount: String) { mounts.withLock { $0[mount] = nil } }

  static func locate(_ path: String) -> (disk: SimulatedDisk, name: String)? {
    guard let slash = path.lastIndex(of: "/") else { return nil }
    let mount = String(path[..<slash])
    guard let mounted = mounts.withLock({ $0[mount] }) else { return nil }
    return (mounted.disk, String(path[path.index(after: slash)...]))
  }
}
