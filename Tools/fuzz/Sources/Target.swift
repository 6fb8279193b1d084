import Glibc
import SyncCore

/// One decoder, or a few that belong together, as the fuzzer drives it.
struct Target: Sendable {
  let name: String
  /// Decodes one input and checks what came of it; whether it was accepted.
  let run: @Sendable (_ input: [UInt8]) -> Bool

  static let all: [Target] =
    encodingTargets + messageTargets + identityTargets + logTargets + fileTargets + formTargets
    + transferTargets + textTargets + attachmentTargets + operatorTargets + typedTargets
    + [carriedTarget]

  static func named(_ name: String) -> Target? { all.first { $0.name == name } }
}

/// Ends the program, so that the fuzzer keeps the input: something that must hold does not.
func check(_ holds: Bool, _ what: @autoclosure () -> String) {
  if holds, !Plant.isCheck { return }
  report(what())
  abort()
}

/// What was accepted has one encoding: writing it gives the bytes that were read.
func checkRoundTrip(_ written: [UInt8], _ read: some Collection<UInt8>, _ what: String) {
  let written = Plant.isRoundTrip && !written.isEmpty ? Array(written.dropLast()) : written
  check(written.elementsEqual(read), "\(what): read \(read.hex), written \(written.hex)")
}

/// Takes an input apart from its front; what is missing reads as zero.
struct Input {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }
  mutating func bytes(_ count: Int) -> [UInt8] {
    defer { rest = rest.dropFirst(count) }
    let found = Array(rest.prefix(count))
    return found + [UInt8](repeating: 0, count: count - found.count)
  }
  mutating func number(_ width: Int) -> UInt64 {
    bytes(width).reduce(0) { $0 << 8 | UInt64($1) }
  }
  /// Two bytes of length, then so many, or what there is.
  mutating func counted() -> [UInt8] {
    let count = Int(number(2))
    defer { rest = rest.dropFirst(count) }
    return Array(rest.prefix(count))
  }
  mutating func all() -> [UInt8] {
    defer { rest = [] }
    return Array(rest)
  }
  var isEmpty: Bool { rest.isEmpty }
}
