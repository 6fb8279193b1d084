import Console
import Glibc

/// A whole file, or stdin for `-`, within a limit.
enum InputFile {
  static func bytes(_ path: String, bytesMax: Int) throws(CommandFailure) -> [UInt8] {
    let file = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
    guard file >= 0 else {
      throw CommandFailure(
        .notFound, errno == ENOENT ? "failure.file_missing" : "failure.file_unreadable",
        ["path": path])
    }
    defer { if path != "-" { close(file) } }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let got = read(file, &chunk, chunk.count)
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else {
        throw CommandFailure(.notFound, "failure.file_unreadable", ["path": path])
      }
      if got == 0 { return bytes }
      guard bytes.count + got <= bytesMax else {
        throw CommandFailure(
          .inputInvalid, "failure.file_large", ["path": path, "limit": ByteCount.text(bytesMax)])
      }
      bytes += chunk[..<got]
    }
  }

  /// A text without the line break at its end.
  static func text(_ path: String, bytesMax: Int) throws(CommandFailure) -> String {
    var bytes = try bytes(path, bytesMax: bytesMax)
    if bytes.last == 0x0A { bytes.removeLast() }
    if bytes.last == 0x0D { bytes.removeLast() }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw CommandFailure(.inputInvalid, "failure.file_not_utf8", ["path": path])
    }
    return text
  }
}

/// A new file, readable by its owner only. What is not finished is taken away again.
final class OutputFile {
  let path: String
  private let file: Int32
  private var buffer: [UInt8] = []
  private var isFinished = false

  /// - Throws: 73 when there is a file of that name.
  init(_ path: String) throws(CommandFailure) {
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
    if !isFinished { unlink(path) }
  }

  func write(_ text: String) throws(CommandFailure) {
    buffer.append(contentsOf: text.utf8)
    if buffer.count >= 1 << 17 { try flush() }
  }

  /// Durable on return.
  func finish() throws(CommandFailure) {
    try flush()
    guard fsync(file) == 0 else { throw full }
    isFinished = true
  }

  private func flush() throws(CommandFailure) {
    let complete = buffer.withUnsafeBytes { bytes in
      var rest = bytes
      while !rest.isEmpty {
        let wrote = Glibc.write(file, rest.baseAddress!, rest.count)
        if wrote < 0, errno == EINTR { continue }
        guard wrote > 0 else { return false }
        rest = UnsafeRawBufferPointer(rebasing: rest[wrote...])
      }
      return true
    }
    guard complete else { throw full }
    buffer.removeAll(keepingCapacity: true)
  }

  private var full: CommandFailure {
    CommandFailure(.storageFailed, "failure.disk_full", ["path": path])
  }
}
