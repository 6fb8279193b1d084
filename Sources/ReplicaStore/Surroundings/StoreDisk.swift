internal import GRDBSQLite

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Where a store's files lie: on the machine's disk, or on one that a simulation keeps in memory
/// and breaks.
package struct StoreDisk: Sendable {
  /// The SQLite VFS below the sealing of pages, by name; nil for the system's.
  package let vfs: String?
  /// Opens or creates a small file of fixed slots, for its owner only.
  package let slots: @Sendable (_ path: String) throws -> any SlotFile

  package init(vfs: String?, slots: @escaping @Sendable (_ path: String) throws -> any SlotFile) {
    self.vfs = vfs
    self.slots = slots
  }

  package static let system = StoreDisk(vfs: nil) { try SystemSlotFile($0) }

  /// - Throws: ``StoreError`` with `disk` where the disk does not answer.
  func exists(_ path: String) throws -> Bool {
    guard let vfs else { return try Presence.of(path) }
    var found: Int32 = 0
    guard let inner = InnerVFS.named(vfs),
      inner.pointee.xAccess(inner, path, SQLITE_ACCESS_EXISTS, &found) == SQLITE_OK
    else { throw StoreError(.disk, "\(path) cannot be looked for; check the disk and start again.") }
    return found != 0
  }
}

/// A small file that is written in place, without a database around it.
package protocol SlotFile: AnyObject, Sendable {
  /// Nil when the file has not so many bytes there; throws when the disk fails, which is not the same.
  func read(_ count: Int, at offset: Int) throws -> [UInt8]?
  /// False when not all was written.
  func write(_ bytes: [UInt8], at offset: Int) -> Bool
  /// Whether everything written is durable.
  func sync() -> Bool
  /// Whether the file's name is durable too.
  func syncName() -> Bool
}

private final class SystemSlotFile: SlotFile {
  private let path: String
  private let descriptor: Int32

  init(_ path: String) throws {
    self.path = path
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw StoreError(.disk, "The checkpoint store \(path) cannot be opened.")
    }
  }

  deinit { close(descriptor) }

  func read(_ count: Int, at offset: Int) throws -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    let got = bytes.withUnsafeMutableBytes {
      WholeFile.read(descriptor, into: $0.baseAddress, count, at: offset)
    }
    guard let got else {
      throw StoreError(.disk, "The checkpoint store \(path) cannot be read; check the disk.")
    }
    return got == count ? bytes : nil
  }

  func write(_ bytes: [UInt8], at offset: Int) -> Bool {
    WholeFile.write(descriptor, bytes, at: offset)
  }

  func sync() -> Bool { fdatasync(descriptor) == 0 }

  func syncName() -> Bool { WholeFile.syncName(of: path) }
}
