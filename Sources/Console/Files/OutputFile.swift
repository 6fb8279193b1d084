internal import Glibc

/// A new file, readable by its owner only. What is not finished is taken away again.
public final class OutputFile {
  public let path: String
  private let file: Int32
  private var buffer: [UInt8] = []
  private var isFinished = false

  /// - Throws: 73 when there is a file of that name.
  public init(_ path: String) throws(CommandFailure) {
    let opened = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    // Before anything is stored here: `deinit` runs for an object that is whole, and would take
    // somebody else's file away.
    guard opened >= 0 else {
      throw CommandFailure(
        errno == EEXIST ? .alreadyExists : .storageFailed,
        errno == EEXIST ? "failure.file_exists" : "failure.file_unwritable", ["path": path])
    }
    self.path = path
    file = opened
  }

  deinit {
    close(file)
    Passphrase.erase(&buffer)
    if !isFinished { unlink(path) }
  }

  public func write(_ text: String) throws(CommandFailure) { try write(Array(text.utf8)) }

  public func write(_ bytes: [UInt8]) throws(CommandFailure) {
    buffer += bytes
    if buffer.count >= 1 << 17 { try flush() }
  }

  /// Durable on return, with its name.
  public func finish() throws(CommandFailure) {
    try flush()
    guard fsync(file) == 0, HomePath.syncName(of: path) else { throw full }
    isFinished = true
  }

  private func flush() throws(CommandFailure) {
    guard buffer.writeWhole(to: file) else { throw full }
    buffer.removeAll(keepingCapacity: true)
  }

  private var full: CommandFailure {
    CommandFailure(.storageFailed, "failure.disk_full", ["path": path])
  }
}
