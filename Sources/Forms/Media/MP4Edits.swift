/// Which part of a sound is played, and when (ISO/IEC 14496-12, `elst`): a silence in front, maybe,
/// then one stretch.
///
/// An encoder begins with frames that only warm it up, and ends with a frame that is not full: these
/// are cut here. So is what somebody cut out, and it is still in the file. That is not sent by
/// accident: a file that hides more than a second at either end is refused.
struct MP4Edits {
  struct Media {
    let duration: Int
    let timescale: Int
  }

  private struct Edit {
    /// In the file's units.
    let duration: Int
    /// In the track's; nil for silence.
    let start: Int?
  }

  /// Some eight years. Beyond that a number is a mistake, or a message.
  private static let secondsMax = 1 << 28

  private let edits: [Edit]
  private let timescale: Int
  private let media: Media

  init(_ track: [ISOBox], timescale: Int, media: Media) throws(MediaFault) {
    self.timescale = timescale
    self.media = media
    guard let list = try track.only("edts")?.boxes().only("elst") else {
      edits = []
      return
    }
    edits = try Self.read(list)
    guard let sound = edits.last else { return }
    guard edits.count <= 2, edits.allSatisfy({ $0.duration / timescale <= Self.secondsMax }),
      edits.dropLast().allSatisfy({ $0.start == nil }), let start = sound.start
    else { throw .unusual }
    // Without a duration it is played to its end.
    let length =
      sound.duration > 0
      ? try Self.scale(sound.duration, from: timescale, to: media.timescale) : media.duration
    guard start <= media.timescale, start + length >= media.duration - media.timescale else {
      throw .unusual
    }
  }

  private static func read(_ list: ISOBox) throws(MediaFault) -> [Edit] {
    var reader = list.content
    let isWide = try reader.version(max: 1).version == 1
    var edits: [Edit] = []
    for _ in 0..<(try reader.count(of: isWide ? 20 : 12, max: 16)) {
      let duration = isWide ? try reader.big64() : try reader.big32()
      let start: Int?
      if isWide {
        let halves = (try reader.big32(), try reader.big32())
        start = halves == (0xFFFF_FFFF, 0xFFFF_FFFF) ? nil : halves.0 << 32 | halves.1
        guard halves.0 <= Int(Int32.max) || start == nil else { throw .damaged }
      } else {
        let value = try reader.big32()
        start = value == 0xFFFF_FFFF ? nil : value
      }
      // Slower, faster, or standing still.
      guard try reader.big32() == 0x1_0000 else { throw .unusual }
      // A silence of no length is none.
      if start != nil || duration > 0 { edits.append(Edit(duration: duration, start: start)) }
    }
    return edits
  }

  /// Of what is played, in the file's units.
  func duration() throws(MediaFault) -> Int {
    let silence = edits.dropLast().reduce(0) { $0 + $1.duration }
    if let sound = edits.last, sound.duration > 0 { return silence + sound.duration }
    return silence + (try Self.scale(media.duration, from: media.timescale, to: timescale))
  }

  var box: [UInt8] {
    guard !edits.isEmpty else { return [] }
    let isWide = edits.contains { $0.duration > Int(UInt32.max) }
    var content: [UInt8] = []
    content.append(big32: edits.count)
    for edit in edits {
      if isWide {
        content.append(big64: edit.duration)
        content.append(big64: edit.start ?? -1)
      } else {
        content.append(big32: edit.duration)
        content.append(big32: edit.start ?? -1)
      }
      content.append(big32: 0x1_0000)
    }
    return ISOBox.box("edts", ISOBox.full("elst", version: isWide ? 1 : 0, content))
  }

  private static func scale(
    _ value: Int, from: Int, to: Int
  ) throws(MediaFault) -> Int {
    let seconds = value / from
    guard seconds <= secondsMax else { throw .unusual }
    // Both are below 2^32: their product is no larger than a number without sign.
    return seconds * to + Int(UInt64(value % from) * UInt64(to) / UInt64(from))
  }
}
