internal import Glibc

/// A sealed file between two programs: whole or not there, and never in place of another (bundle §6).
public enum CarriedFile {
  /// A whole regular file.
  ///
  /// - Throws: ``StoreError`` with `notFound`, `disk`; `bundleRefused` for a file that is longer.
  public static func read(_ path: String, bytesMax: Int) throws -> [UInt8] {
    // Not blocking, so that a pipe put in its place cannot hang us.
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else {
      throw StoreError(.notFound, "The file \(path) cannot be opened; check its name and rights.")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw StoreError(.notFound, "\(path) is not a file.")
    }
    guard status.st_size <= bytesMax else {
      throw StoreError(.bundleRefused, "The file \(path) is longer than a bundle can be.")
    }
    guard let bytes = WholeFile.read(descriptor, count: Int(status.st_size)) else {
      throw StoreError(.disk, "The file \(path) cannot be read to its end; copy it again.")
    }
    return bytes
  }

  /// Says so before anything is done when the place is taken.
  public static func requireFree(_ path: String) throws {
    var status = stat()
    guard lstat(path, &status) != 0 else { throw exists(path) }
  }

  /// Durable on return. Only whoever wrote it may read it, where the file system knows of rights.
  ///
  /// - Throws: ``StoreError`` with `fileExists`, `disk`; then nothing is left behind.
  public static func write(_ bytes: [UInt8], to path: String) throws {
    try requireFree(path)
    var system = SystemRandomNumberGenerator()
    let temporary = path + "." + String(system.next() as UInt64, radix: 36) + ".part"
    let descriptor = open(
      temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw unwritable(path) }
    var isOpen = true
    defer {
      if isOpen { close(descriptor) }
      unlink(temporary)
    }
    guard WholeFile.write(descriptor, bytes), fsync(descriptor) == 0 else { throw unwritable(path) }
    isOpen = false
    guard close(descriptor) == 0 else { throw unwritable(path) }
    try name(temporary, path)
    guard WholeFile.syncName(of: path) else { throw unwritable(path) }
  }

  /// Gives the whole file its name at once, unless another has it.
  private static func name(_ temporary: String, _ path: String) throws {
    if link(temporary, path) == 0 { return }
    if errno == EEXIST { throw exists(path) }
    // A stick's file system may know no second names: an empty file holds the place, and is replaced.
    let held = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard held >= 0 else { throw errno == EEXIST ? exists(path) : unwritable(path) }
    close(held)
    guard rename(temporary, path) == 0 else {
      unlink(path)
      throw unwritable(path)
    }
  }

  private static func exists(_ path: String) -> StoreError {
    StoreError(.fileExists, "The file \(path) exists already; name another.")
  }

  private static func unwritable(_ path: String) -> StoreError {
    StoreError(.disk, "The file \(path) could not be written; check the disk and its rights.")
  }
}
