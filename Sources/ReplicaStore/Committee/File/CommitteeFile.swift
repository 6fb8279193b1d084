public import TransparencyLog

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A committee's replica: an ordinary SQLite file with one release (committee §5).
public enum CommitteeFile {
  /// Largest file that is written or read, in bytes.
  public static let bytesMax = 1 << 30

  /// The bytes of the file for a release: the same for everybody with the same history.
  ///
  /// - Throws: ``CommitteeError``.
  public static func bytes(
    _ release: ReleasePackage, history: CheckpointHistory
  ) throws(CommitteeError) -> [UInt8] {
    guard let log = release.log, history.checkpoints.contains(log.checkpoint),
      history.hubStatements.contains(log.hubStatement)
    else {
      throw CommitteeError(
        .releaseUnusable, "the history lacks the release's checkpoint; fetch the release again")
    }
    guard history.links.count == history.proofs.count else {
      throw CommitteeError(
        .releaseUnusable, "a checkpoint is not connected with the one before; ask for the proof")
    }
    let bytes = try CommitteeTables(release, history: history).image().bytes
    guard bytes.count <= bytesMax else {
      throw CommitteeError(.releaseUnusable, "the release is too large for a file; ask the hub")
    }
    return bytes
  }

  /// Writes the file, readable by its owner only, whole or not at all.
  ///
  /// - Throws: ``CommitteeError`` with `fileExists` when there is a file of that name; nothing is
  ///   replaced.
  public static func write(
    _ release: ReleasePackage, history: CheckpointHistory, to path: String
  ) throws(CommitteeError) {
    let bytes = try bytes(release, history: history)
    let temporary = path + ".partial"
    unlink(temporary)
    let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw failure("make", errno) }
    do {
      defer { close(file) }
      guard fchmod(file, 0o600) == 0, store(bytes, in: file), fsync(file) == 0 else {
        let error = errno
        unlink(temporary)
        throw failure("write", error)
      }
    }
    defer { unlink(temporary) }
    // A link fails where a name is taken; a rename would replace what is there.
    if link(temporary, path) != 0 {
      let error = errno
      guard error != EEXIST else { throw exists }
      // File systems of removable disks have no links.
      guard access(path, F_OK) != 0 else { throw exists }
      guard Presence.isAbsence(errno) else { throw failure("look for", errno) }
      guard rename(temporary, path) == 0 else { throw failure("name", errno) }
    }
    guard WholeFile.syncName(of: path) else {
      let error = errno
      unlink(path)
      throw failure("name", error)
    }
  }

  private static var exists: CommitteeError {
    CommitteeError(.fileExists, "there is a file of that name; choose another or move it away")
  }

  private static func failure(_ what: String, _ error: Int32) -> CommitteeError {
    CommitteeError(
      .inputOutput, "cannot \(what) the file; check the disk and the folder", systemError: error)
  }

  private static func store(_ bytes: [UInt8], in file: Int32) -> Bool {
    bytes.withUnsafeBytes { raw in
      var done = 0
      while done < raw.count {
        let written = Self.write(file, raw.baseAddress! + done, raw.count - done)
        if written < 0, errno == EINTR { continue }
        guard written > 0 else { return false }
        done += written
      }
      return true
    }
  }

  private static func write(_ file: Int32, _ memory: UnsafeRawPointer, _ count: Int) -> Int {
    #if canImport(Glibc)
      Glibc.write(file, memory, count)
    #elseif canImport(Musl)
      Musl.write(file, memory, count)
    #else
      Darwin.write(file, memory, count)
    #endif
  }

  /// Reads a whole ordinary file.
  static func read(_ path: String) throws(CommitteeError) -> [UInt8] {
    // Without O_NONBLOCK a named pipe would wait for a writer for ever.
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else {
      guard errno == ENOENT else { throw failure("open", errno) }
      throw CommitteeError(.fileMissing, "there is no file of that name; check the path")
    }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw failure("read", errno) }
    guard status.st_mode & S_IFMT == S_IFREG, status.st_size <= bytesMax else {
      throw CommitteeError(.fileUnusable, "this is no committee file; check the path")
    }
    let size = Int(status.st_size)
    var failed: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let got = Self.read(file, buffer.baseAddress! + count, size - count)
        if got < 0, errno == EINTR { continue }
        if got < 0 { failed = errno }
        guard got > 0 else { return }
        count += got
      }
    }
    guard failed == 0 else { throw failure("read", failed) }
    return bytes
  }

  private static func read(_ file: Int32, _ memory: UnsafeMutableRawPointer, _ count: Int) -> Int {
    #if canImport(Glibc)
      Glibc.read(file, memory, count)
    #elseif canImport(Musl)
      Musl.read(file, memory, count)
    #else
      Darwin.read(file, memory, count)
    #endif
  }
}
