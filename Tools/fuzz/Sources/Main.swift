import Glibc

/// The package manager starts an executable here; the rest is the fuzzer's.
@_cdecl("fuzz_main")
public func start(
  _ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
) -> CInt {
  var (count, arguments) = (count, arguments)
  return drive(&count, &arguments, test)
}

@_silgen_name("LLVMFuzzerRunDriver")
private func drive(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// The fuzzer's two entry points. One program holds every target, so that there is one link; the
/// environment says which target it is.
@_cdecl("LLVMFuzzerInitialize")
public func prepare(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
) -> CInt {
  if let folder = environment("YARROW_FUZZ_SEEDS") {
    Seeds.write(to: folder)
    exit(0)
  }
  let name = environment("YARROW_FUZZ_TARGET") ?? ""
  guard let target = Target.named(name) else {
    print(Target.all.map(\.name).joined(separator: "\n"))
    exit(name.isEmpty ? 0 : 64)
  }
  course.target = target
  atexit { report("accepted \(course.accepted) of \(course.tried)") }
  return 0
}

@_cdecl("LLVMFuzzerTestOneInput")
public func test(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  // A copy that ends where the input ends: a read behind it is then seen.
  let input = [UInt8](UnsafeBufferPointer(start: data, count: count))
  course.tried += 1
  if course.target.run(input) {
    course.accepted += 1
    Plant.afterAcceptance(input)
  }
  return 0
}

private struct Course {
  var target = Target(name: "") { _ in false }
  var tried = 0
  var accepted = 0
}

// Safe: the fuzzer runs one input at a time, on one thread.
nonisolated(unsafe) private var course = Course()

func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

func report(_ text: String) {
  let line = Array("fuzz: \(text)\n".utf8)
  _ = write(2, line, line.count)
}
