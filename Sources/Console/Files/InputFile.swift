internal import Glibc

/// A whole file, or stdin for `-`, within a limit.
public enum InputFile {
  /// - Throws: 66 when there is no such file or it is none to read, 74 when the disk or the system
  ///   fails, 65 when it is larger.
  public static func bytes(_ path: String, bytesMax: Int) throws(CommandFailure) -> [UInt8] {
    let file = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
    guard file >= 0 else {
      throw failure(errno, path)
    }
    defer { if path != "-" { close(file) } }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let got = read(file, &chunk, chunk.count)
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else {
        throw failure(errno, path)
      }
      if got == 0 { return bytes }
      guard bytes.count + got <= bytesMax else {
        throw CommandFailure(
          .inputInvalid, "failure.file_large", ["path": path, "limit": ByteCount.text(bytesMax)])
      }
      bytes += chunk[..<got]
    }
  }

  /// What fails today may be read tomorrow: then nothing is wrong with the file or its name.
  private static func failure(_ code: CInt, _ path: String) -> CommandFailure {
    let isPassing = [EIO, EMFILE, ENFILE, ENOMEM].contains(code)
    return CommandFailure(
      isPassing ? .storageFailed : .notFound,
      code == ENOENT ? "failure.file_missing" : "failure.file_unreadable", ["path": path])
  }

  /// A text without the line break at its end.
  public static func text(_ path: String, bytesMax: Int) throws(CommandFailure) -> String {
    var bytes = try bytes(path, bytesMax: bytesMax)
    if bytes.last == 0x0A { bytes.removeLast() }
    if bytes.last == 0x0D { bytes.removeLast() }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw CommandFailure(.inputInvalid, "failure.file_not_utf8", ["path": path])
    }
    return text
  }
}
