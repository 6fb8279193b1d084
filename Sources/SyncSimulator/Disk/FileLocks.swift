internal import GRDBSQLite

/// SQLite's locks on one file, as its own file-locking documentation defines them: any number share,
/// one reserves, one waits, one has it alone.
struct FileLocks {
  private var sharing: [ObjectIdentifier] = []
  private var reserved: ObjectIdentifier?
  private var pending: ObjectIdentifier?
  private var exclusive: ObjectIdentifier?

  var isReserved: Bool { reserved != nil || exclusive != nil }

  mutating func lock(_ level: Int32, for holder: ObjectIdentifier) -> Int32 {
    func others(_ one: ObjectIdentifier?) -> Bool { one.map { $0 != holder } ?? false }
    if level >= SQLITE_LOCK_SHARED, !sharing.contains(holder) {
      guard !others(pending), !others(exclusive) else { return SQLITE_BUSY }
      sharing.append(holder)
    }
    if level >= SQLITE_LOCK_RESERVED {
      guard !others(reserved), !others(exclusive) else { return SQLITE_BUSY }
      reserved = holder
    }
    if level >= SQLITE_LOCK_EXCLUSIVE {
      guard !others(pending) else { return SQLITE_BUSY }
      pending = holder
      guard sharing.allSatisfy({ $0 == holder }) else { return SQLITE_BUSY }
      exclusive = holder
    }
    return SQLITE_OK
  }

  mutating func unlock(_ level: Int32, for holder: ObjectIdentifier) {
    if level < SQLITE_LOCK_RESERVED {
      if reserved == holder { reserved = nil }
      if pending == holder { pending = nil }
      if exclusive == holder { exclusive = nil }
    }
    if level < SQLITE_LOCK_SHARED { sharing.removeAll { $0 == holder } }
  }
}

/// The memory and the locks that connections to one write-ahead log share.
struct SharedMemory {
  private var regions: [UnsafeMutableRawPointer] = []
  private var holders: Set<ObjectIdentifier> = []
  private var shared: [Int32: [ObjectIdentifier]] = [:]
  private var exclusive: [Int32: ObjectIdentifier] = [:]

  /// A region of zeros when it is new; nil when it is missing and not to be made.
  mutating func region(
    _ index: Int, byteCount: Int, extend: Bool, for holder: ObjectIdentifier
  ) -> UnsafeMutableRawPointer? {
    holders.insert(holder)
    while regions.count <= index {
      guard extend else { return nil }
      let region = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 16)
      region.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
      regions.append(region)
    }
    return regions[index]
  }

  mutating func lock(
    _ slots: Range<Int32>, exclusively: Bool, for holder: ObjectIdentifier
  ) -> Int32 {
    for slot in slots {
      if let owner = exclusive[slot], owner != holder { return SQLITE_BUSY }
      if exclusively, (shared[slot] ?? []).contains(where: { $0 != holder }) { return SQLITE_BUSY }
    }
    for slot in slots {
      if exclusively { exclusive[slot] = holder } else { shared[slot, default: []].append(holder) }
    }
    return SQLITE_OK
  }

  mutating func unlock(_ slots: Range<Int32>, exclusively: Bool, for holder: ObjectIdentifier) {
    for slot in slots {
      if exclusively {
        if exclusive[slot] == holder { exclusive[slot] = nil }
      } else if let index = shared[slot]?.firstIndex(of: holder) {
        shared[slot]?.remove(at: index)
      }
    }
  }

  /// Who lets go of it last takes it along: whoever comes next reads the log anew, as SQLite's own
  /// layer sees to.
  mutating func letGo(_ holder: ObjectIdentifier) {
    guard holders.remove(holder) != nil, holders.isEmpty else { return }
    discard()
    shared = [:]
    exclusive = [:]
  }

  mutating func discard() {
    for region in regions { region.deallocate() }
    regions = []
  }
}
