/// Sound in frames one after the other, others' tags before, behind and between them: MP3, AAC.
///
/// The formats say nothing of tags, so that programs put theirs wherever a player passes over them.
enum FramedSound {
  /// The frames, each as it is to be kept.
  static func strip<Frame: SoundFrame>(
    _ bytes: [UInt8], of _: Frame.Type
  ) throws(MediaFault) -> [UInt8] {
    var clean: [UInt8] = []
    clean.reserveCapacity(bytes.count)
    var first: Frame?
    var frames = 0
    var at = 0
    while at < bytes.count {
      if let frame = Frame(bytes, at: at), frame.belongs(to: first ?? frame) {
        // A last frame that is cut short is no sound.
        guard frame.length <= bytes.count - at else { break }
        try frame.append(bytes[at..<(at + frame.length)], to: &clean)
        at += frame.length
        first = first ?? frame
        frames += 1
      } else if let length = SoundTag.length(bytes, at: at) {
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
}

/// The head of one frame.
protocol SoundFrame {
  init?(_ bytes: [UInt8], at: Int)
  /// Of the whole frame, in bytes.
  var length: Int { get }
  /// Whether one sound can have both.
  func belongs(to first: Self) -> Bool
  func append(_ frame: ArraySlice<UInt8>, to clean: inout [UInt8]) throws(MediaFault)
}

/// What programs put beside the frames: names, pictures, texts of songs.
enum SoundTag {
  /// The length of a tag that begins here.
  static func length(_ bytes: [UInt8], at: Int) -> Int? {
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

  /// Where the first frame is to be looked for: behind the tags in front.
  static func end(_ bytes: [UInt8]) -> Int {
    var at = 0
    while at < bytes.count, let length = length(bytes, at: at) {
      guard length <= bytes.count - at else { return bytes.count }
      at += length
    }
    return at
  }
}
