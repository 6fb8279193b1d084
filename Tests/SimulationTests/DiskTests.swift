import Crypto
import GRDB
import Testing

@testable import ReplicaStore
@testable import SyncSimulator

@Suite struct DiskTests {
  private static let key = SymmetricKey(data: [UInt8](repeating: 3, count: 32))

  private static func open(
    _ disk: SimulatedDisk, _ profile: SealedDatabase.Profile = .laptop
  ) throws -> any DatabaseWriter {
    try SealedDatabase.open(
      path: disk.mount + "/a.db", key: key, profile: profile, disk: DiskVFS.disk)
  }

  private static func disk(_ seed: UInt64) -> SimulatedDisk {
    SimulatedDisk(mount: DiskMounts.newWorld() + "/disk", seed: seed, purpose: 0)
  }

  /// Commits numbers until the power fails; returns the last whose commit returned.
  private static func fill(_ disk: SimulatedDisk, _ profile: SealedDatabase.Profile) -> Int {
    guard let db = try? open(disk, profile) else { return 0 }
    var committed = 0
    for number in 1...40 {
      do {
        try db.write {
          try $0.execute(sql: "CREATE TABLE IF NOT EXISTS t(n INTEGER PRIMARY KEY, filler)")
          try $0.execute(sql: "INSERT INTO t VALUES (?, zeroblob(3000))", arguments: [number])
        }
      } catch { break }
      guard !disk.isDead else { break }
      committed = number
    }
    try? db.close()
    return committed
  }

  private static func survivors(
    _ disk: SimulatedDisk, _ profile: SealedDatabase.Profile
  ) throws -> Int {
    let db = try open(disk, profile)
    defer { try? db.close() }
    return try db.read { db in
      guard try db.tableExists("t") else { return 0 }
      try #require(String.fetchAll(db, sql: "PRAGMA integrity_check") == ["ok"])
      return try Int.fetchOne(db, sql: "SELECT max(n) FROM t") ?? 0
    }
  }

  @Test(arguments: [SealedDatabase.Profile.laptop, .hub])
  func `a commit that returned survives a power failure at any operation`(
    _ profile: SealedDatabase.Profile
  ) throws {
    var crashes = 0
    for seed in 1...150 as ClosedRange<UInt64> {
      let disk = Self.disk(seed)
      disk.faults.canCrash = true
      disk.crashesAfter = Int(seed) * 3
      let committed = Self.fill(disk, profile)
      if disk.isDead { crashes += 1 }
      disk.crash()
      disk.reboot()
      // One more may have become durable before its commit could return.
      let found = try Self.survivors(disk, profile)
      #expect(found == committed || found == committed + 1, "seed \(seed): \(committed), \(found)")
    }
    #expect(crashes > 100)
  }

  /// The system takes what a sync failed to write for written, and the next sync passes over it.
  @Test(arguments: [SealedDatabase.Profile.laptop, .hub])
  func `a commit that returned survives a power failure after a sync that failed`(
    _ profile: SealedDatabase.Profile
  ) throws {
    var failed = 0
    for seed in 1...60 as ClosedRange<UInt64> {
      let disk = Self.disk(seed)
      _ = Self.fill(disk, profile)
      disk.faults.canCrash = true
      let db = try Self.open(disk, profile)
      var last = 40
      for number in 41...46 {
        disk.faults.failingSyncs = number == 41 || seed % 3 == 0 && number == 44 ? 1 : 0
        for _ in 0..<3 {
          do {
            try db.write { try $0.execute(sql: "INSERT INTO t VALUES (?, 1)", arguments: [number]) }
            last = number
            break
          } catch is DatabaseError { failed += 1 }
        }
      }
      disk.crash()
      try? db.close()
      disk.reboot()
      #expect(try Self.survivors(disk, profile) == last, "seed \(seed)")
    }
    #expect(failed >= 60)
  }

  /// A file as a device or a hub left it, or as a power failure did: with a hot journal or a log.
  private static func image(
    _ profile: SealedDatabase.Profile, crashesAfter operations: Int?
  ) throws -> (disk: SimulatedDisk, image: DiskImage, last: Int) {
    let disk = Self.disk(9)
    _ = fill(disk, profile)
    disk.faults.canCrash = true
    disk.crashesAfter = operations
    if let db = try? open(disk, profile) {
      try? db.write {
        try $0.execute(sql: "UPDATE t SET filler = zeroblob(2900)")
        try $0.execute(sql: "INSERT INTO t VALUES (41, 1)")
      }
      disk.crash()
      try? db.close()
    }
    disk.reboot()
    disk.faults.canCrash = false
    let image = disk.snapshot()
    return (disk, image, try survivors(disk, profile))
  }

  /// Of every read in turn: it fails alone, or with all that come after it.
  @Test(
    arguments: [SealedDatabase.Profile.laptop, .hub], [nil, 60, 120, 180] as [Int?])
  func `a read that the disk refuses is told as that and costs nothing`(
    _ profile: SealedDatabase.Profile, crashesAfter operations: Int?
  ) throws {
    let (disk, image, last) = try Self.image(profile, crashesAfter: operations)
    var refused = 0
    for count in [1, 10_000] {
      for good in 0..<10_000 {
        disk.restore(image)
        disk.faults.goodReads = good
        disk.faults.failingReads = count
        do {
          let db = try Self.open(disk, profile)
          defer { try? db.close() }
          let found = try db.read { db in
            let isSound = try QuickCheck.finds(nothingIn: db)
            #expect(isSound, "read \(good): quick_check")
            return try Int.fetchOne(db, sql: "SELECT max(n) FROM t")
          }
          #expect(found == last, "read \(good)")
        } catch {
          #expect(StorageFault(error) == .disk, "read \(good): \(error)")
          refused += 1
        }
        let hasFailed = disk.faults.failingReads < count
        disk.faults.failingReads = 0
        #expect(try Self.survivors(disk, profile) == last, "read \(good)")
        guard hasFailed else { break }
      }
    }
    #expect(refused > 20)
  }

  @Test func `a disk that ignores syncs loses a commit that returned`() throws {
    let lost = try (1...20 as ClosedRange<UInt64>).filter { seed in
      let disk = Self.disk(seed)
      _ = Self.fill(disk, .laptop)
      disk.faults.canCrash = true
      disk.faults.ignoresSync = true
      let db = try Self.open(disk)
      try db.write { try $0.execute(sql: "INSERT INTO t VALUES (99, 1)") }
      disk.crash()
      try? db.close()
      disk.reboot()
      return try Self.survivors(disk, .laptop) != 99
    }
    #expect(lost.count == 20)
  }

  @Test func `a full disk and a failing one are errors, and the file is whole afterwards`() throws {
    let disk = Self.disk(1)
    #expect(Self.fill(disk, .laptop) == 40)
    let db = try Self.open(disk)
    disk.faults.isFull = true
    #expect(throws: DatabaseError.self) {
      try db.write { try $0.execute(sql: "INSERT INTO t VALUES (50, zeroblob(9000))") }
    }
    disk.faults.isFull = false
    disk.faults.errorsPerTenThousand = 10_000
    #expect(throws: DatabaseError.self) {
      try db.write { try $0.execute(sql: "INSERT INTO t VALUES (51, 1)") }
    }
    disk.faults.errorsPerTenThousand = 0
    try db.write { try $0.execute(sql: "INSERT INTO t VALUES (52, 1)") }
    try db.close()
    #expect(try Self.survivors(disk, .laptop) == 52)
  }

  @Test func `a flipped bit of a page that is read is an error`() throws {
    let disk = Self.disk(2)
    _ = Self.fill(disk, .laptop)
    var chance = SeededGenerator(seed: 4)
    for _ in 0..<200 { #expect(disk.flipBit(&chance) != nil) }
    #expect(throws: (any Error).self) { try Self.survivors(disk, .laptop) }
  }
}
