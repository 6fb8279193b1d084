internal import Glibc

/// The first line of a file, a pipe or a descriptor of the shell.
enum PassphraseFile {
  static func read(
    _ path: String, catalog: Catalog, warn: (String) -> Void
  ) throws(CommandFailure) -> Passphrase {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
    guard file >= 0 else { throw unreadable(path) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
      throw unreadable(path)
    }
    // A warning and not a refusal: on some systems credentials arrive group-readable.
    if status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o077 != 0 {
      warn(catalog.text("passphrase.file_open", ["path": path]))
    }
    var line = try firstLine(file, path)
    guard !line.isEmpty else { throw CommandFailure(.inputInvalid, "passphrase.empty") }
    guard let passphrase = Passphrase(consuming: &line) else {
      throw CommandFailure(.inputInvalid, "passphrase.not_utf8")
    }
    return passphrase
  }

  private static func firstLine(_ file: Int32, _ path: String) throws(CommandFailure) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Passphrase.bytesMax + 2)
    var count = 0
    while count < bytes.count {
      let got = bytes.withUnsafeMutableBytes { buffer in
        Glibc.read(file, buffer.baseAddress! + count, 1)
      }
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else {
        Passphrase.erase(&bytes)
        throw unreadable(path)
      }
      if got == 0 || bytes[count] == 0x0A { break }
      count += 1
    }
    if count > 0, bytes[count - 1] == 0x0D { count -= 1 }
    let line = Array(bytes[..<count])
    Passphrase.erase(&bytes)
    guard count <= Passphrase.bytesMax else {
      throw CommandFailure(.inputInvalid, "passphrase.long")
    }
    return line
  }

  private static func unreadable(_ path: String) -> CommandFailure {
    CommandFailure(.notFound, "passphrase.file", ["path": path])
  }
}
