/// A recording of sound in the ISO base media format: M4A, MP4, 3GP (ISO/IEC 14496-12 and -14).
///
///     ftyp | moov: mvhd, trak: tkhd, edts, mdia | mdat: samples
///
/// Place, maker, name, hours, cover and chapters have boxes of their own at every level, and
/// programs add more. None is taken over: what is needed to play the one sound is read, and the
/// file is written from that.
struct MP4Sound {
  /// Tracks beside the sound that say something of it: chapters, places along the way, the hour.
  private static let leftOut: Set<String> = ["text", "meta", "tmcd", "hint", "odsm", "sdsm"]

  private let entry: MP4SoundEntry
  private let samples: MP4Samples
  private let edits: MP4Edits
  /// Units a second: of the file, and of its track.
  private let timescale: Int
  private let trackTimescale: Int

  static func strip(_ bytes: [UInt8]) throws(MediaFault) -> [UInt8] {
    try MP4Sound(bytes).bytes()
  }

  private init(_ bytes: [UInt8]) throws(MediaFault) {
    let boxes = try ISOBox.boxes(ofFile: bytes)
    let movie = try boxes.needed("moov").boxes()
    // Sound in fragments has its tables between them.
    guard !boxes.has("moof"), !movie.has("mvex") else { throw .unusual }
    timescale = try Self.timescale(movie.needed("mvhd"))
    let track = try Self.sound(movie)
    let media = try track.needed("mdia").boxes()
    trackTimescale = try Self.timescale(media.needed("mdhd"))
    let information = try media.needed("minf").boxes()
    let table = try information.needed("stbl").boxes()
    entry = try MP4SoundEntry(table.needed("stsd"))
    try Self.checkIsHere(information, reference: entry.reference)
    samples = try MP4Samples(table, data: boxes.filter { $0.name == "mdat" })
    edits = try MP4Edits(
      track, timescale: timescale,
      media: MP4Edits.Media(duration: samples.duration, timescale: trackTimescale))
  }

  /// The boxes of the only track that is heard.
  private static func sound(_ movie: [ISOBox]) throws(MediaFault) -> [ISOBox] {
    var sound: [ISOBox]?
    var hasTrack = false
    for track in movie where track.name == "trak" {
      hasTrack = true
      let boxes = try track.boxes()
      let kind = try ISOBox.kind(ofHandler: boxes.needed("mdia").boxes().needed("hdlr"))
      if kind == "soun", sound == nil {
        sound = boxes
      } else if !leftOut.contains(kind) {
        throw .unusual
      }
    }
    guard let sound else { throw hasTrack ? .unusual : .damaged }
    return sound
  }

  private static func timescale(_ header: ISOBox) throws(MediaFault) -> Int {
    var reader = header.content
    // Two times before it, of when the file was made and changed.
    _ = try reader.take(try reader.version(max: 1).version == 0 ? 8 : 16)
    let timescale = try reader.big32()
    guard timescale > 0 else { throw .damaged }
    return timescale
  }

  /// Samples may lie in a file that is named here, by its way on somebody's disk.
  private static func checkIsHere(
    _ information: [ISOBox], reference: Int
  ) throws(MediaFault) {
    let references = try information.needed("dinf").boxes().needed("dref").boxes(behind: 8)
    guard reference >= 1, reference <= references.count else { throw .damaged }
    var reader = references[reference - 1].content
    guard try reader.version().flags & 1 == 1 else { throw .unusual }
  }

  // MARK: Writing

  private func bytes() throws(MediaFault) -> [UInt8] {
    let head = entry.brands
    let start = head.count + (try movie(dataAt: 0).count) + 8
    guard start + samples.data.count <= Int(Int32.max) else { throw .unusual }
    return head + (try movie(dataAt: start)) + ISOBox.box("mdat", samples.data)
  }

  private func movie(dataAt start: Int) throws(MediaFault) -> [UInt8] {
    let matrix: [UInt8] = [
      0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      0,
      0x40, 0, 0, 0,
    ]
    let volume: [UInt8] = [1, 0]
    let duration = try edits.duration()
    let zeros = { (count: Int) in [UInt8](repeating: 0, count: count) }
    // At once, at full volume; the next track would be the second.
    let movieHeader =
      [0, 1, 0, 0] + volume + zeros(10) + matrix + zeros(24) + ([0, 0, 0, 2] as [UInt8])
    // On no layer, in no group, of no width and height.
    let trackHeader = zeros(12) + volume + zeros(2) + matrix + zeros(8)
    var unit: [UInt8] = []
    unit.append(big32: timescale)
    var trackUnit: [UInt8] = []
    trackUnit.append(big32: trackTimescale)
    // In five bits a letter, "und".
    let language: [UInt8] = [0x55, 0xC4]
    let information = [
      ISOBox.full("smhd", zeros(4)),
      ISOBox.box("dinf", ISOBox.full("dref", [0, 0, 0, 1] + ISOBox.full("url ", flags: 1, []))),
      samples.table(description: entry.box, dataAt: start),
    ]
    let media = [
      timed("mdhd", trackUnit, duration: samples.duration, language + zeros(2)),
      ISOBox.handler("soun"), ISOBox.box("minf", information),
    ]
    let track = [
      timed("tkhd", flags: 3, [0, 0, 0, 1, 0, 0, 0, 0], duration: duration, trackHeader),
      edits.box, ISOBox.box("mdia", media),
    ]
    return ISOBox.box(
      "moov", [timed("mvhd", unit, duration: duration, movieHeader), ISOBox.box("trak", track)])
  }

  /// A head with the two times that say nothing, and a duration that may need eight bytes.
  private func timed(
    _ name: StaticString, flags: UInt8 = 0, _ middle: [UInt8], duration: Int, _ rest: [UInt8]
  ) -> [UInt8] {
    let isWide = duration > Int(UInt32.max) - 1
    var content = [UInt8](repeating: 0, count: isWide ? 16 : 8) + middle
    if isWide { content.append(big64: duration) } else { content.append(big32: duration) }
    return ISOBox.full(name, version: isWide ? 1 : 0, flags: flags, content + rest)
  }
}
