import Glibc

extension [UInt8] {
  /// Overwrites a secret that is no longer needed, in a way that the compiler keeps.
  mutating func wipe() {
    withUnsafeMutableBytes { bytes in
      if let start = bytes.baseAddress { explicit_bzero(start, bytes.count) }
    }
  }
}
