#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Small files that only their owner may read, written so that a crash leaves the old or the new one.
enum PrivateFile {
  /// The name comes last: a file that a crash left half written would be taken for a key that was
  /// altered. What lies under the name beside it is nobody's until then, and is written over.
  static func create(_ path: String, _ bytes: [UInt8]) throws(AtRestError) {
    try check(path)
    try requireAbsent(path)
    let temporary = path + ".new"
    let descriptor = open(
      temporary, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure("created", path) }
    defer { close(descriptor) }
    // Of two that create the same file one fills it and gives it its name; the other comes too late.
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      if errno == EWOULDBLOCK { errno = EEXIST }
      throw failure("created", path)
    }
    try requireName(temporary, descriptor, of: path)
    try requireAbsent(path)
    do throws(AtRestError) {
      guard fchmod(descriptor, 0o600) == 0, ftruncate(descriptor, 0) == 0 else {
        throw failure("written", path)
      }
      try fill(descriptor, bytes, path)
      guard rename(temporary, path) == 0 else { throw failure("created", path) }
    } catch {
      unlink(temporary)
      throw error
    }
    try syncDirectory(of: path)
  }

  /// Whoever had the lock before may have renamed what was opened here, or taken it away.
  private static func requireName(
    _ temporary: String, _ descriptor: Int32, of path: String
  ) throws(AtRestError) {
    var opened = stat()
    var named = stat()
    let isThere = fstat(descriptor, &opened) == 0 && lstat(temporary, &named) == 0
    guard isThere || errno == ENOENT else { throw failure("created", path) }
    guard isThere, opened.st_ino == named.st_ino, opened.st_dev == named.st_dev else {
      errno = EEXIST
      throw failure("created", path)
    }
  }

  private static func requireAbsent(_ path: String) throws(AtRestError) {
    var status = stat()
    guard lstat(path, &status) != 0 else {
      errno = EEXIST
      throw failure("created", path)
    }
    guard errno == ENOENT else { throw failure("created", path) }
  }

  static func read(_ path: String, bytesMax: Int) throws(AtRestError) -> [UInt8] {
    try check(path)
    // Not blocking, so that a pipe put in its place cannot hang us.
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("opened", path) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure("read", path) }
    guard status.st_mode & S_IFMT == S_IFREG, status.st_size <= bytesMax else {
      throw KeyFileFormat.malformed()
    }
    guard let bytes = WholeFile.read(descriptor, count: Int(status.st_size)) else {
      throw failure("read", path)
    }
    return bytes
  }

  static func replace(_ path: String, _ bytes: [UInt8]) throws(AtRestError) {
    try check(path)
    let temporary = path + ".new"
    // One of ours, from a change that was cut short: `path` still holds the old wrapping.
    guard unlink(temporary) == 0 || errno == ENOENT else { throw failure("replaced", path) }
    let old = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC)
    guard old >= 0 else { throw failure("opened", path) }
    defer { close(old) }
    try write(temporary, bytes)
    guard rename(temporary, path) == 0 else {
      let error = failure("replaced", path)
      unlink(temporary)
      throw error
    }
    try syncDirectory(of: path)
    var status = stat()
    // Under another hard link it is somebody's copy.
    guard fstat(old, &status) == 0, status.st_nlink == 0 else { return }
    try overwrite(old, count: Int(status.st_size), path)
  }

  static func destroy(_ path: String) throws(AtRestError) {
    try check(path)
    let descriptor = open(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("opened", path) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure("read", path) }
    // Refuses to wipe what cannot be a key file.
    guard status.st_mode & S_IFMT == S_IFREG, status.st_size <= KeyFileFormat.fileBytesMax else {
      throw KeyFileFormat.malformed()
    }
    try overwrite(descriptor, count: Int(status.st_size), path)
    // An unfinished change of the passphrase wraps the same secret.
    guard unlink(path + ".new") == 0 || errno == ENOENT, unlink(path) == 0 else {
      throw failure("removed", path)
    }
    try syncDirectory(of: path)
  }

  /// A new file that no one reads until it is renamed, and so without the sync of its name.
  private static func write(_ path: String, _ bytes: [UInt8]) throws(AtRestError) {
    let descriptor = open(
      path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure("created", path) }
    defer { close(descriptor) }
    do {
      try fill(descriptor, bytes, path)
    } catch {
      unlink(path)
      throw error
    }
  }

  private static func overwrite(
    _ descriptor: Int32, count: Int, _ path: String
  ) throws(AtRestError) {
    var system = SystemRandomNumberGenerator()
    try fill(descriptor, (0..<count).map { _ in system.next() }, path)
  }

  private static func fill(
    _ descriptor: Int32, _ bytes: [UInt8], _ path: String
  ) throws(AtRestError) {
    guard WholeFile.write(descriptor, bytes) else { throw failure("written", path) }
    guard fsync(descriptor) == 0 else { throw failure("made durable", path) }
  }

  private static func syncDirectory(of path: String) throws(AtRestError) {
    guard WholeFile.syncName(of: path) else { throw failure("made durable", path) }
  }

  private static func check(_ path: String) throws(AtRestError) {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw AtRestError(.pathInvalid, "A key file has a path; give one.")
    }
  }

  private static func failure(_ verb: String, _ path: String) -> AtRestError {
    let code = errno
    switch code {
    case ENOENT, ENOTDIR:
      return AtRestError(
        .keyFileMissing, "There is no \(path); check the path.", systemError: code)
    case EEXIST:
      return AtRestError(
        .keyFileExists, "\(path) exists and is not replaced; choose another path.",
        systemError: code)
    default:
      return AtRestError(
        .inputOutput, "\(path) could not be \(verb); check the disk and its permissions.",
        systemError: code)
    }
  }
}
