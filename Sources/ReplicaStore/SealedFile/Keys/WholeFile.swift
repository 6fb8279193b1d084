#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// All of a small file at once, whatever the system does in pieces. `errno` says why one failed.
enum WholeFile {
  /// So many bytes from the beginning; nil when they are not there.
  static func read(_ descriptor: Int32, count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    let got = bytes.withUnsafeMutableBytes {
      read(descriptor, into: $0.baseAddress, count, at: 0)
    }
    // A file that was cut while it was read; errno would be another call's.
    if let got, got < count { errno = EIO }
    return got == count ? bytes : nil
  }

  /// How many bytes there are, at most `count`; nil when the disk fails.
  static func read(
    _ descriptor: Int32, into buffer: UnsafeMutableRawPointer?, _ count: Int, at offset: Int
  ) -> Int? {
    var done = 0
    while done < count, let buffer {
      let got = pread(descriptor, buffer + done, count - done, off_t(offset + done))
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { return nil }
      if got == 0 { break }
      done += got
    }
    return done
  }

  /// From a place in the file on; not durable yet.
  static func write(_ descriptor: Int32, _ bytes: [UInt8], at offset: Int = 0) -> Bool {
    var done = 0
    while done < bytes.count {
      let put = bytes.withUnsafeBytes {
        pwrite(descriptor, $0.baseAddress! + done, $0.count - done, off_t(offset + done))
      }
      if put < 0, errno == EINTR { continue }
      guard put > 0 else { return false }
      done += put
    }
    return true
  }

  /// Makes the name of a file durable, or that it is gone.
  static func syncName(of path: String) -> Bool {
    let directory: String =
      switch path.lastIndex(of: "/") {
      case nil: "."
      case path.startIndex: "/"
      case let slash?: String(path[..<slash])
      }
    let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return fsync(descriptor) == 0
  }
}
