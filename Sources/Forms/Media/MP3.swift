/// MP3 (ISO/IEC 11172-3, layer III): frames one after the other, with others' tags before, behind and
/// between them.
enum MP3 {
  static func strip(_ bytes: [UInt8]) throws(MediaFault) -> [UInt8] {
    var clean: [UInt8] = []
    clean.reserveCapacity(bytes.count)
    var at = 0
    var frames = 0
    while at < bytes.count {
      if let frame = MP3Frame(bytes, at: at) {
        // A last frame that is cut short is no sound.
        guard at + frame.length <= bytes.count else { break }
        clean += bytes[at..<(at + frame.length)]
        at += frame.length
        frames += 1
      } else if let length = tag(bytes, at: at) {
        guard length <= bytes.count - at else { throw .damaged }
        at += length
      } else {
        // Neither sound nor a known tag. To go on elsewhere could leave out what was said.
        throw frames == 0 ? .damaged : .unusual
      }
    }
    guard frames >= 2 else { throw .damaged }
    return clean
  }

  /// The length of a tag that begins here.
  private static func tag(_ bytes: [UInt8], at: Int) -> Int? {
    func begins(_ text: String) -> Bool { bytes[at...].starts(with: text.utf8) }
    let left = bytes.count - at
    if begins("ID3"), left >= 10 {
      let size = bytes[(at + 6)..<(at + 10)]
      guard size.allSatisfy({ $0 < 0x80 }) else { return nil }
      let footer = bytes[at + 5] & 0x10 != 0 ? 10 : 0
      return 10 + size.reduce(0) { $0 << 7 | Int($1) } + footer
    }
    if begins("TAG"), left == 128 || left == 227 || left == 355 { return left }
    if begins("APETAGEX"), left >= 32 {
      let size = bytes[(at + 12)..<(at + 16)].reversed().reduce(0) { $0 << 8 | Int($1) }
      // With a header of its own; one that begins at its footer cannot be told from sound before it.
      return 32 + size
    }
    if begins("LYRICSBEGIN") { return left }
    let padding = bytes[at...].prefix(1 << 20).prefix { $0 == 0 }.count
    return padding > 0 ? padding : nil
  }
}

/// The head of one frame.
struct MP3Frame {
  let length: Int

  private static let bitrates1 = [
    32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320,
  ]
  private static let bitrates2 = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]
  private static let rates = [44_100, 48_000, 32_000]

  init?(_ bytes: [UInt8], at: Int) {
    guard at + 4 <= bytes.count, bytes[at] == 0xFF, bytes[at + 1] & 0xE0 == 0xE0 else { return nil }
    let version = bytes[at + 1] >> 3 & 3
    let layer = bytes[at + 1] >> 1 & 3
    let rateIndex = Int(bytes[at + 2] >> 2 & 3)
    let bitrateIndex = Int(bytes[at + 2] >> 4)
    guard version != 1, layer == 1, rateIndex < 3, (1...14).contains(bitrateIndex) else {
      return nil
    }
    let isFirst = version == 3
    let bitrate = (isFirst ? Self.bitrates1 : Self.bitrates2)[bitrateIndex - 1] * 1_000
    let rate = Self.rates[rateIndex] / (isFirst ? 1 : version == 2 ? 2 : 4)
    length = (isFirst ? 144 : 72) * bitrate / rate + Int(bytes[at + 2] >> 1 & 1)
  }
}
