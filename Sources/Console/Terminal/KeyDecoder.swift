/// Turns the bytes of a terminal into keys; what it does not know is dropped whole.
public struct KeyDecoder: Sendable {
  private var pending: [UInt8] = []
  private var pasted: [UInt8]?

  /// The most that one paste may hold; the rest is dropped.
  static let pasteBytesMax = 1 << 16
  private static let sequenceBytesMax = 32

  public init() {}

  /// Whether bytes wait that may be the Esc key alone or the start of a sequence.
  public var isPending: Bool { !pending.isEmpty }

  public mutating func feed(_ bytes: some Sequence<UInt8>) -> [Key] {
    pending += bytes
    var keys: [Key] = []
    while let key = next() { if let key = key { keys.append(key) } }
    return keys
  }

  /// What is pending when nothing more came for a moment: a lone Esc is the Esc key.
  public mutating func flush() -> [Key] {
    let wasEscape = pending == [0x1B] && pasted == nil
    if pasted == nil { pending = [] }
    return wasEscape ? [.escape] : []
  }

  /// `.some(nil)`: something was dropped, go on. `nil`: more bytes are needed.
  private mutating func next() -> Key?? {
    if pasted != nil { return paste() }
    guard let first = pending.first else { return nil }
    if first == 0x1B { return sequence() }
    if first < 0x20 || first == 0x7F {
      pending.removeFirst()
      return .some(Self.control(first))
    }
    let length = UTF8Check.sequenceLength(pending, at: 0)
    if length == 0 {
      if pending.count < 4, Self.couldContinue(pending) { return nil }
      pending.removeFirst()
      return .some(nil)
    }
    let text = String(decoding: pending[..<length], as: UTF8.self)
    pending.removeFirst(length)
    return .some(.character(Character(text)))
  }

  private mutating func sequence() -> Key?? {
    guard pending.count > 1 else { return nil }
    guard pending[1] == UInt8(ascii: "[") || pending[1] == UInt8(ascii: "O") else {
      // Esc pressed, then something else at once (or Alt with a key).
      pending.removeFirst()
      return .some(.escape)
    }
    guard let end = pending.dropFirst(2).firstIndex(where: { (0x40...0x7E).contains($0) }) else {
      // So many parameters name no key, and what comes until the end is part of them.
      if pending.count > Self.sequenceBytesMax { pending.removeSubrange(Self.sequenceBytesMax...) }
      return nil
    }
    let body = String(decoding: pending[2...end], as: UTF8.self)
    pending.removeFirst(end + 1)
    if body == "200~" {
      pasted = []
      return .some(nil)
    }
    return .some(Self.named[body])
  }

  private mutating func paste() -> Key?? {
    let mark = Array("\u{1B}[201~".utf8)
    while let byte = pending.first {
      if byte == 0x1B {
        if pending.count < mark.count, mark.starts(with: pending) { return nil }
        if pending.starts(with: mark) {
          pending.removeFirst(mark.count)
          let text = Self.clean(pasted ?? [])
          pasted = nil
          return .some(text.isEmpty ? nil : .paste(text))
        }
      }
      pending.removeFirst()
      if pasted!.count < Self.pasteBytesMax { pasted!.append(byte) }
    }
    return nil
  }

  private static func clean(_ bytes: [UInt8]) -> String {
    var out = String.UnicodeScalarView()
    var previous: Unicode.Scalar = " "
    for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
      // Terminals send pasted line breaks as carriage returns.
      if scalar == "\r" {
        out.append("\n")
      } else if scalar == "\n" {
        if previous != "\r" { out.append(scalar) }
      } else if scalar == "\t" {
        out.append(" ")
      } else if scalar.properties.generalCategory != .control {
        out.append(scalar)
      }
      previous = scalar
    }
    return String(out)
  }

  private static func couldContinue(_ bytes: [UInt8]) -> Bool {
    let expected: Int
    switch bytes[0] {
    case 0xC2...0xDF: expected = 2
    case 0xE0...0xEF: expected = 3
    case 0xF0...0xF4: expected = 4
    default: return false
    }
    return bytes.count < expected && bytes.dropFirst().allSatisfy { $0 & 0xC0 == 0x80 }
  }

  private static func control(_ byte: UInt8) -> Key? {
    switch byte {
    case 0x0D: .enter
    case 0x0A: .newline
    case 0x09: .tab
    case 0x08, 0x7F: .backspace
    case 0x01...0x1A: .control(Character(Unicode.Scalar(byte + 0x60)))
    default: nil
    }
  }

  private static let named: [String: Key] = [
    "A": .up, "B": .down, "C": .right, "D": .left, "H": .home, "F": .end, "Z": .backTab,
    "1~": .home, "7~": .home, "4~": .end, "8~": .end, "3~": .delete, "5~": .pageUp,
    "6~": .pageDown,
  ]
}
