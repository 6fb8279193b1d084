internal import Glibc

/// A folder that a person named, for new files: opened once, so that nothing put in its place later
/// is written to.
public final class OutputFolder {
  private let path: String
  private let folder: Int32

  /// - Throws: 66 when there is no such folder.
  public init(_ path: String) throws(CommandFailure) {
    let opened = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard opened >= 0 else {
      throw CommandFailure(.notFound, "failure.folder_missing", ["path": path])
    }
    self.path = path
    folder = opened
  }

  deinit { close(folder) }

  /// Writes a new file for its owner only, durable on return; gives its path.
  ///
  /// - Parameters:
  ///   - bytes: what it holds.
  ///   - name: of the file itself. One that leads anywhere else is refused, whoever checked it before.
  /// - Throws: 73 when there is something of that name, a link too; 74 when the disk fails.
  public func write(_ bytes: [UInt8], as name: String) throws(CommandFailure) -> String {
    let whole = path.hasSuffix("/") ? path + name : path + "/" + name
    guard !name.isEmpty, name != ".", name != "..", !name.utf8.contains(0x2F),
      !name.utf8.contains(0)
    else { throw CommandFailure(.inputInvalid, "failure.file_unwritable", ["path": whole]) }
    let file = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else {
      throw CommandFailure(
        errno == EEXIST ? .alreadyExists : .storageFailed,
        errno == EEXIST ? "failure.file_exists" : "failure.file_unwritable", ["path": whole])
    }
    defer { close(file) }
    guard bytes.writeWhole(to: file), fsync(file) == 0, fsync(folder) == 0 else {
      unlinkat(folder, name, 0)
      throw CommandFailure(.storageFailed, "failure.disk_full", ["path": whole])
    }
    return whole
  }
}
