/// How the samples of a sound are coded (ISO/IEC 14496-12, `stsd`): one entry, of a codec that
/// phones record with, and of that what a decoder needs.
struct MP4SoundEntry {
  private enum Codec: String {
    /// ISO/IEC 14496-14.
    case aac = "mp4a"
    case lossless = "alac"
    /// 3GPP TS 26.244.
    case narrowband = "samr"
    case wideband = "sawb"

    var isSpeech: Bool { self == .narrowband || self == .wideband }
  }

  private let codec: Codec
  private let channels: Int
  private let bits: Int
  /// 16 bits before the point, 16 behind it.
  private let rate: Int
  private let decoder: [UInt8]
  /// From 1: which of the track's references says where the samples are.
  let reference: Int

  init(_ description: ISOBox) throws(MediaFault) {
    var reader = description.content
    // Another version has entries of another form.
    _ = try reader.version()
    let count = try reader.big32()
    let entries = try description.boxes(behind: 8)
    guard count == entries.count, !entries.isEmpty else { throw .damaged }
    // Encrypted samples have a codec that says so, and no place here.
    guard entries.count == 1, let codec = Codec(rawValue: entries[0].name) else { throw .unusual }
    self.codec = codec
    reader = entries[0].content
    _ = try reader.take(6)
    reference = try reader.big16()
    let version = try reader.big16()
    _ = try reader.take(6)
    channels = try reader.big16()
    bits = try reader.big16()
    _ = try reader.take(4)
    rate = try reader.big32()
    // QuickTime's version 1 has four numbers more, and may put its boxes in one of their own.
    guard version <= 1, (1...8).contains(channels), [8, 16, 20, 24, 32].contains(bits) else {
      throw .unusual
    }
    var boxes = try entries[0].boxes(behind: version == 1 ? 28 + 16 : 28)
    if let wave = try boxes.only("wave") { boxes += try wave.boxes() }
    switch codec {
    case .aac: decoder = try AACDescription(boxes.needed("esds")).box
    case .lossless: decoder = try Self.lossless(boxes.needed("alac"))
    case .narrowband, .wideband: decoder = try Self.speech(boxes.only("damr"))
    }
  }

  var brands: [UInt8] {
    let third = codec.isSpeech ? "3gp4" : "mp42"
    return ISOBox.box(
      "ftyp", Array("M4A ".utf8) + [0, 0, 0, 0] + "M4A ".utf8 + "isom".utf8 + third.utf8)
  }

  var box: [UInt8] {
    var content: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    content.append(big16: channels)
    content.append(big16: bits)
    content += [0, 0, 0, 0]
    content.append(big32: rate)
    content += decoder
    let entry =
      switch codec {
      case .aac: ISOBox.box("mp4a", content)
      case .lossless: ISOBox.box("alac", content)
      case .narrowband: ISOBox.box("samr", content)
      case .wideband: ISOBox.box("sawb", content)
      }
    return ISOBox.full("stsd", [0, 0, 0, 1] + entry)
  }

  /// The 24 bytes of numbers; what may follow places more than two loudspeakers.
  private static func lossless(_ box: ISOBox) throws(MediaFault) -> [UInt8] {
    var reader = box.content
    _ = try reader.version()
    return ISOBox.full("alac", Array(try reader.take(24)))
  }

  /// Which modes there are, and how many frames in a sample; not whose encoder it was.
  /// Where a program left it out: all modes, one frame.
  private static func speech(_ box: ISOBox?) throws(MediaFault) -> [UInt8] {
    guard let box else { return ISOBox.box("damr", [0, 0, 0, 0, 0, 1, 0xFF, 0, 1]) }
    var reader = box.content
    _ = try reader.take(5)
    return ISOBox.box("damr", [0, 0, 0, 0, 0] + (try reader.take(4)))
  }
}

/// What a decoder of AAC is told (ISO/IEC 14496-1): descriptors in descriptors, each with a tag and
/// a length of one to four bytes.
struct AACDescription {
  private static let stream: UInt8 = 3
  private static let decoder: UInt8 = 4
  private static let specific: UInt8 = 5
  /// AAC of MPEG-4, and the three profiles of MPEG-2.
  private static let kinds: Set<UInt8> = [0x40, 0x66, 0x67, 0x68]
  /// Objects of ISO/IEC 14496-3: main, low complexity, long-term prediction, with bands replicated,
  /// with low delay, with parametric stereo, with enhanced low delay.
  private static let objects: Set<Int> = [1, 2, 4, 5, 23, 29, 39]
  /// Phones write two to seven. There is room for a comment in longer ones.
  private static let configurationBytesMax = 16

  private let kind: UInt8
  private let rates: [UInt8]
  private let configuration: [UInt8]

  init(_ box: ISOBox) throws(MediaFault) {
    var reader = box.content
    _ = try reader.version()
    var stream = try Self.descriptor(Self.stream, &reader)
    _ = try stream.take(2)
    // Of another stream, at another address, by another clock.
    guard try stream.byte() & 0xE0 == 0 else { throw .unusual }
    var decoder = try Self.descriptor(Self.decoder, &stream)
    kind = try decoder.byte()
    // 5 is sound, the bit behind it says "upstream", the last is reserved.
    guard Self.kinds.contains(kind), try decoder.byte() >> 1 == 5 << 1 else { throw .unusual }
    rates = Array(try decoder.take(11))
    var specific = try Self.descriptor(Self.specific, &decoder)
    guard specific.left <= Self.configurationBytesMax else { throw .unusual }
    configuration = Array(try specific.take(specific.left))
    var bits = BitReader(configuration)
    var object = bits.take(5)
    if object == 31 { object = 32 + bits.take(6) }
    if bits.take(4) == 15 { _ = bits.take(24) }
    let channels = bits.take(4)
    guard bits.isWhole else { throw .damaged }
    // Channels that are said to be described elsewhere have a comment there.
    guard Self.objects.contains(object), (1...7).contains(channels) else { throw .unusual }
  }

  var box: [UInt8] {
    func descriptor(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
      [tag, UInt8(content.count)] + content
    }
    let decoder = descriptor(
      Self.decoder,
      [kind, 0x15] + rates + descriptor(Self.specific, configuration))
    // The last one says that times are the container's.
    return ISOBox.full(
      "esds", descriptor(Self.stream, [0, 0, 0] + decoder + [6, 1, 2]))
  }

  private static func descriptor(
    _ tag: UInt8, _ reader: inout MediaReader
  ) throws(MediaFault) -> MediaReader {
    guard try reader.byte() == tag else { throw .damaged }
    var length = 0
    for _ in 0..<4 {
      let byte = try reader.byte()
      length = length << 7 | Int(byte & 0x7F)
      if byte & 0x80 == 0 { break }
    }
    let start = reader.at
    _ = try reader.take(length)
    return MediaReader(reader.bytes, at: start, end: reader.at)
  }
}

/// Numbers of a few bits; beyond the end they are zero, and ``isWhole`` says so.
struct BitReader {
  private let bytes: [UInt8]
  private var at = 0
  private(set) var isWhole = true

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func take(_ count: Int) -> Int {
    var value = 0
    for _ in 0..<count {
      isWhole = isWhole && at / 8 < bytes.count
      let bit = isWhole ? bytes[at / 8] >> (7 - at % 8) & 1 : 0
      value = value << 1 | Int(bit)
      at += 1
    }
    return value
  }
}
