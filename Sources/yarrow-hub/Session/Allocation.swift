import Glibc

/// How a server gives memory back.
enum Allocation {
  /// From this size on a buffer is mapped for itself, and is the system's again when it is freed.
  private static let mappedBytesMin: CInt = 128 << 10
  /// `M_MMAP_THRESHOLD` of malloc.h, which Swift's Glibc leaves out, with the function.
  private static let mapThreshold: CInt = -3

  /// glibc raises the bound to the largest buffer that it saw freed: after a few messages of a
  /// megabyte all others lie in its arenas, which shrink only from their ends. Set once, it stays.
  static func mapLargeBuffers() {
    guard let function = dlsym(nil, "mallopt") else { return }
    typealias Option = @convention(c) (CInt, CInt) -> CInt
    _ = unsafeBitCast(function, to: Option.self)(mapThreshold, mappedBytesMin)
  }
}
