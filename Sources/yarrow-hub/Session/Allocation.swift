import Glibc

/// How a server gives memory back.
enum Allocation {
  /// From this size on a buffer is mapped for itself, and is the system's again when it is freed.
  private static let mappedBytesMin: CInt = 128 << 10
  /// Parts of the heap that threads share: by default each core has eight, and what many lines took
  /// at once from one of them is not there for those that the next thread serves.
  private static let arenasMax: CInt = 2
  /// `M_MMAP_THRESHOLD` and `M_ARENA_MAX` of malloc.h, which Swift's Glibc leaves out, with the
  /// function.
  private static let (mapThreshold, arenaMax): (CInt, CInt) = (-3, -8)

  /// glibc raises the bound to the largest buffer that it saw freed: after a few messages of a
  /// megabyte all others lie in its arenas, which shrink only from their ends. Set once, it stays.
  static func keepLittle() {
    guard let function = dlsym(nil, "mallopt") else { return }
    typealias Option = @convention(c) (CInt, CInt) -> CInt
    let set = unsafeBitCast(function, to: Option.self)
    _ = set(mapThreshold, mappedBytesMin)
    _ = set(arenaMax, arenasMax)
  }
}
