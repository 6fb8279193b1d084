import Console
import Glibc

/// A whole file within a limit.
enum InputFile {
  static func bytes(_ path: String, bytesMax: Int) throws(CommandFailure) -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
    guard file >= 0 else {
      throw CommandFailure(
        .notFound, errno == ENOENT ? "failure.file_missing" : "failure.file_unreadable",
        ["path": path])
    }
    defer { close(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 14)
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
}
