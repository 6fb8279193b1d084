import Testing

@testable import Forms

@Suite struct ADTSTests {
  private typealias Media = MediaSamples

  private func code(_ bytes: [UInt8]) -> MediaError.Code? { refusal(of: bytes) }

  private func clean(_ bytes: [UInt8]) throws -> [UInt8] {
    let stripped = try MediaStripper.strip(bytes)
    #expect(stripped.type == .aac)
    #expect(try MediaStripper.strip(stripped.bytes) == stripped)
    return stripped.bytes
  }

  /// A frame as it is left: without bits that say whose it is, and without a sum.
  private static func left(_ content: [UInt8], blocks: UInt8 = 1) -> [UInt8] {
    let length = 7 + content.count
    return [
      0xFF, 0xF1, 0x50, 0x80 | UInt8(length >> 11), UInt8(length >> 3 & 255),
      UInt8(length & 7) << 5 | 0x1F, 0xFC | (blocks - 1),
    ] + content
  }

  private static let pair = Media.adts([0x21, 1]) + Media.adts([0x21, 2])
  private static let leftPair = left([0x21, 1]) + left([0x21, 2])

  @Test func `frames are kept, and neither tags nor owner nor sums`() throws {
    #expect(
      try clean(Media.aac())
        == Self.left([0x21, 1, 2]) + Self.left([0x21, 3]) + Self.left([0x21, 4, 5, 6]))
  }

  @Test func `lengths of every size are written again without the sum`() throws {
    for count in [1, 2, 7, 8, 9, 10, 247, 248, 249, 2_039, 2_040, 2_043, 8_182] {
      let content = [0x21] + [UInt8](repeating: 0xFF, count: count - 1)
      let frames = Media.adts(content, sum: [1, 2]) + Media.adts(content)
      #expect(try clean(frames) == Self.left(content) + Self.left(content))
    }
  }

  @Test func `several blocks in a frame stay as they are, but not with sums between them`() throws {
    let frames = Media.adts([0x21, 1, 2], blocks: 4) + Media.adts([0x21, 3], blocks: 2)
    let left = Self.left([0x21, 1, 2], blocks: 4) + Self.left([0x21, 3], blocks: 2)
    #expect(try clean(frames) == left)
    #expect(code(frames + Media.adts([0x21, 1, 2], sum: [0, 0], blocks: 2)) == .unusual)
  }

  @Test func `channels that are described in the sound are refused`() throws {
    #expect(code(Self.described(0) + Self.described(0)) == .unusual)
    // The first element of a frame is a description.
    #expect(code(Self.pair + Media.adts([0xA0, 1])) == .unusual)
    #expect(code(Self.pair + Media.adts([0xA0, 1], sum: [0x21, 0])) == .unusual)
    #expect(try clean(Self.pair + Media.adts([0x80, 1])) == Self.leftPair + Self.left([0x80, 1]))
    for channels in UInt8(1)...7 {
      #expect(code(Self.described(channels) + Self.described(channels)) == nil)
    }
  }

  private static func described(_ channels: UInt8) -> [UInt8] {
    Media.adts([0x21, 1], channels: channels)
  }

  @Test func `a last frame that is cut short goes`() throws {
    let last = Media.adts([0x21, 3, 4, 5])
    for count in 8..<last.count {
      #expect(try clean(Self.pair + last.prefix(count)) == Self.leftPair)
    }
    #expect(code(Array(Self.pair.dropLast())) == .damaged)
  }

  @Test func `sound behind what nobody knows is refused and not left out`() {
    #expect(code(Self.pair + [1, 2, 3] + Media.adts([0x21, 3])) == .unusual)
    // Another rate; a length that has no room for sound.
    #expect(code(Self.pair + Media.adts([0x21, 3], rate: 3)) == .unusual)
    #expect(code(Self.pair + Media.adts([])) == .unusual)
    #expect(code(Self.pair + Media.mp3Frame(1)) == .unusual)
    var tag = Media.id3()
    tag[6] = 0x7F
    #expect(code(Self.pair + tag) == .damaged)
  }

  @Test func `one frame, or two that do not match, are not taken for sound`() {
    let one = Media.adts([0x21, 1])
    #expect(MediaType(of: one + one) == .aac)
    #expect(MediaType(of: Media.id3() + [0, 0] + Media.id3() + one + one) == .aac)
    for other in [
      one, one + [0, 0, 0] + one, one + Media.adts([0x21, 1], rate: 5),
      one + Media.adts([0x21, 1], channels: 1), one + one.prefix(6),
      Media.adts([0x21], rate: 13) + Media.adts([0x21], rate: 13),
      Media.adts([]) + Media.adts([]), [0xFF, 0xF5] + one.dropFirst(2) + one,
    ] { #expect(MediaType(of: other) == .unknown) }
    // The bits for the layer tell the two apart.
    #expect(MediaType(of: Media.mp3Frame(1) + Media.mp3Frame(2)) == .mp3)
    #expect(MediaType(of: Media.id3() + Media.mp3Frame(1) + one + one) == .mp3)
    #expect(MediaType(of: Media.id3() + one) == .mp3)
  }
}
