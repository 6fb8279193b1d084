import Testing

@testable import Forms

@Suite struct AMRTests {
  private static let narrowband = Array("#!AMR\n".utf8)
  private static let wideband = Array("#!AMR-WB\n".utf8)

  private func code(_ bytes: [UInt8]) -> MediaError.Code? { refusal(of: bytes) }

  private func clean(_ bytes: [UInt8]) throws -> [UInt8] {
    let stripped = try MediaStripper.strip(bytes)
    #expect(stripped.type == .amr)
    #expect(try MediaStripper.strip(stripped.bytes) == stripped)
    return stripped.bytes
  }

  /// A frame with every bit set that is in it, and what is left of it.
  private static func frame(_ kind: UInt8, bits: Int) -> (whole: [UInt8], clean: [UInt8]) {
    let count = (bits + 7) / 8
    let whole = [UInt8](repeating: 0xFF, count: count)
    let spare = count * 8 - bits
    let last = UInt8(0xFF << spare & 0xFF)
    return (
      [0x87 | kind << 3] + whole,
      [0x04 | kind << 3] + whole.dropLast() + (count == 0 ? [] : [last])
    )
  }

  private static let narrow = [
    (0, 95), (1, 103), (2, 118), (3, 134), (4, 148), (5, 159), (6, 204), (7, 244), (8, 39), (15, 0),
  ]
  private static let wide = [
    (0, 132), (1, 177), (2, 253), (3, 285), (4, 317), (5, 365), (6, 397), (7, 461), (8, 477),
    (9, 40), (14, 0), (15, 0),
  ]

  @Test func `frames of every kind are kept, and bits that mean nothing are not`() throws {
    for (name, kinds) in [(Self.narrowband, Self.narrow), (Self.wideband, Self.wide)] {
      let frames = kinds.map { Self.frame(UInt8($0.0), bits: $0.1) }
      let whole = name + frames.flatMap(\.whole)
      #expect(try clean(whole) == name + frames.flatMap(\.clean))
      // Each alone too: the others would hide a length that is wrong.
      for frame in frames { #expect(try clean(name + frame.whole) == name + frame.clean) }
    }
  }

  @Test func `the quality of a frame stays`() throws {
    let good: [UInt8] = [0x3C] + [UInt8](repeating: 0x50, count: 31)
    let bad: [UInt8] = [0x38] + [UInt8](repeating: 0x50, count: 31)
    #expect(try clean(Self.narrowband + good + bad) == Self.narrowband + good + bad)
  }

  @Test func `a last frame that is cut short goes, and a recording of nothing else is refused`()
    throws
  {
    let frame = Self.frame(7, bits: 244)
    for count in 1..<frame.whole.count {
      let cut = Self.narrowband + frame.whole + frame.whole.prefix(count)
      #expect(try clean(cut) == Self.narrowband + frame.clean)
      #expect(code(Self.narrowband + frame.whole.prefix(count)) == .damaged)
    }
    #expect(code(Self.narrowband) == .damaged)
    #expect(code(Self.wideband) == .damaged)
  }

  @Test func `a kind of frame that is reserved is refused`() {
    for kind in UInt8(0)..<16 {
      let frame = [kind << 3 | 4] + [UInt8](repeating: 0, count: 60)
      let isNarrow = Self.narrow.contains { $0.0 == kind }
      let isWide = Self.wide.contains { $0.0 == kind }
      #expect((code(Self.narrowband + frame.prefix(1)) == .damaged) == (kind != 15))
      #expect((code(Self.narrowband + frame) == .damaged) != isNarrow)
      #expect((code(Self.wideband + frame) == .damaged) != isWide)
    }
  }

  @Test func `several channels are refused, and another line in front`() {
    let frame = Self.frame(7, bits: 244).whole
    #expect(code(Array("#!AMR_MC1.0\n".utf8) + [0, 0, 0, 2] + frame) == .unusual)
    #expect(code(Array("#!AMR-WB_MC1.0\n".utf8) + [0, 0, 0, 2] + frame) == .unusual)
    for line in ["#!AMR", "#!AMR\r\n", "#!AMR-NB\n", "#!AMR GPS\n"] {
      #expect(code(Array(line.utf8) + frame) == .damaged)
    }
  }
}
