/// The head of a frame of AAC as it is sent without a container (ISO/IEC 13818-7, ADTS).
///
///     sync 12, version 1, layer 2 (0), unsummed 1 | profile 2, rate 4, private 1, channels 3,
///     original 1, home 1 | copyright 2, length 13, fullness 11, blocks − 1: 2 | sum 16, if any
///
/// Over the frames of a recording the copyright bits make a number of 72 bits for whose it is, and
/// nothing keeps a program from writing another there or in the three bits beside it.
struct ADTSFrame: SoundFrame {
  private static let headBytes = 7
  private static let sumBytes = 2
  /// Of the rates, the last that means one.
  private static let rateMax: UInt8 = 12
  /// A program's own description of its channels: it has room for a comment.
  private static let programElement: UInt8 = 5

  let length: Int
  private let isSummed: Bool
  private let blocks: Int
  /// Version, profile, rate and channels: what may not change within a recording.
  private let fixed: [UInt8]
  private let hasProgram: Bool

  init?(_ bytes: [UInt8], at: Int) {
    guard Self.headBytes <= bytes.count - at, bytes[at] == 0xFF, bytes[at + 1] & 0xF6 == 0xF0,
      bytes[at + 2] >> 2 & 15 <= Self.rateMax
    else { return nil }
    isSummed = bytes[at + 1] & 1 == 0
    fixed = [bytes[at + 1] & 0xF8, bytes[at + 2] & 0xFD, bytes[at + 3] & 0xC0]
    length = Int(bytes[at + 3] & 3) << 11 | Int(bytes[at + 4]) << 3 | Int(bytes[at + 5] >> 5)
    blocks = Int(bytes[at + 6] & 3) + 1
    let content = Self.headBytes + (isSummed ? Self.sumBytes : 0)
    guard length > content else { return nil }
    let isDescribed = fixed[1] & 1 == 0 && fixed[2] == 0
    let first = at + content < bytes.count ? bytes[at + content] >> 5 : 0
    hasProgram = isDescribed || first == Self.programElement
  }

  func belongs(to first: ADTSFrame) -> Bool { fixed == first.fixed }

  /// Whether another frame of the same recording follows: two bytes of a sync word are found in
  /// many a file.
  func isFollowed(_ bytes: [UInt8], at: Int) -> Bool {
    guard let next = ADTSFrame(bytes, at: at + length) else { return false }
    return next.belongs(to: self)
  }

  /// The sum covers bits that go, and so goes itself.
  func append(_ frame: ArraySlice<UInt8>, to clean: inout [UInt8]) throws(MediaFault) {
    // Behind the sum of a frame of several blocks there are the blocks' places and own sums.
    guard !hasProgram, !isSummed || blocks == 1 else { throw .unusual }
    var head = Array(frame.prefix(Self.headBytes))
    let length = isSummed ? length - Self.sumBytes : length
    head[1] |= 1
    head[2] &= 0xFD
    head[3] = head[3] & 0xC0 | UInt8(length >> 11)
    head[4] = UInt8(length >> 3 & 0xFF)
    head[5] = head[5] & 0x1F | UInt8(length & 7) << 5
    clean += head
    clean += frame.dropFirst(Self.headBytes + (isSummed ? Self.sumBytes : 0))
  }
}
