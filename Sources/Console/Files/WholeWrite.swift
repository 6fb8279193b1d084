internal import Glibc

extension [UInt8] {
  /// Writes all of it to an open file; false when the disk takes no more.
  func writeWhole(to file: Int32) -> Bool {
    withUnsafeBytes { bytes in
      var rest = bytes
      while !rest.isEmpty {
        let wrote = write(file, rest.baseAddress!, rest.count)
        if wrote < 0, errno == EINTR { continue }
        guard wrote > 0 else { return false }
        rest = UnsafeRawBufferPointer(rebasing: rest[wrote...])
      }
      return true
    }
  }
}
