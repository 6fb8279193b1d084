import Glibc

/// Faults in the harness itself, which `run --self-test` asks for: each must be found, or the fuzzer
/// shows nothing.
enum Plant {
  private static let kind = environment("YARROW_FUZZ_PLANT")

  /// Takes one byte off everything that is written back.
  static let isRoundTrip = kind == "round-trip"

  /// Lets nothing hold that is checked.
  static let isCheck = kind == "check"

  /// What goes wrong once an input was accepted that is longer than nothing.
  static func afterAcceptance(_ input: [UInt8]) {
    guard let kind, !input.isEmpty else { return }
    switch kind {
    case "trap":
      let number = Int8(truncatingIfNeeded: input.count) | 0x7f
      sink = number + Int8(input.count > 0 ? 1 : 0)
    case "loop": while true { pause() }
    case "memory": kept.append([UInt8](repeating: 1, count: 300 << 20))
    case "address":
      let held = UnsafeMutablePointer<Int8>.allocate(capacity: input.count)
      free(held)
      sink = read(held)
    case "stack": sink = Int8(truncatingIfNeeded: deep(input.count))
    default: break
    }
  }

  @inline(never) private static func free(_ held: UnsafeMutablePointer<Int8>) { held.deallocate() }
  @inline(never) private static func read(_ held: UnsafeMutablePointer<Int8>) -> Int8 {
    held.pointee
  }

  private static func deep(_ n: Int) -> Int { n == sink ? 0 : deep(n + 1) + deep(n + 2) }

  // Safe, both: the fuzzer runs one input at a time, on one thread.
  nonisolated(unsafe) private static var sink: Int8 = -1
  // Safe, as above.
  nonisolated(unsafe) private static var kept: [[UInt8]] = []
}
