import Testing

@testable import Forms

@Suite struct MediaStrippingTests {
  private func code(_ bytes: [UInt8]) -> MediaError.Code? { refusal(of: bytes) }

  private static let whole: [(String, [UInt8], MediaType)] = {
    let mp3: [[UInt8]] = [
      MediaSamples.id3(), MediaSamples.mp3Frame(1), MediaSamples.ape(), MediaSamples.mp3Frame(2),
      MediaSamples.id3v1(),
    ]
    return [
      ("jpeg", MediaSamples.jpeg(behind: MediaSamples.secret), .jpeg),
      ("png", MediaSamples.png(), .png), ("wav", MediaSamples.wav(), .wav),
      ("webp", MediaSamples.webp(), .webp), ("mp3", Array(mp3.joined()), .mp3),
      ("opus", MediaSamples.opus(), .ogg), ("vorbis", MediaSamples.vorbis(), .ogg),
      ("aac", MediaSamples.aac(), .aac), ("amr", MediaSamples.amr(), .amr),
      ("m4a", SoundSample().bytes, .m4a), ("heic", PictureSample().bytes, .heic),
      ("avif", AVIFSamples.picture().bytes, .avif), ("tiff", TIFFSample().bytes, .tiff),
      ("tiff in JPEG", TIFFSample.coded.bytes, .tiff),
      ("pdf", PDFSample.full.bytes, .pdf),
    ]
  }()

  @Test(arguments: whole)
  func `nothing that was said beside picture and sound is left`(
    _ name: String, _ bytes: [UInt8], _ type: MediaType
  ) throws {
    #expect(bytes.contains(run: MediaSamples.secret))
    let stripped = try MediaStripper.strip(bytes)
    #expect(stripped.type == type)
    #expect(!stripped.bytes.contains(run: MediaSamples.secret))
    // What came out is of the same kind, and there is nothing more to take out of it.
    #expect(try MediaStripper.strip(stripped.bytes) == stripped)
  }

  // MARK: JPEG

  @Test(arguments: [UInt8(1), 3, 6, 8], [true, false])
  func `a picture stays the right way up`(_ orientation: UInt8, _ isLittle: Bool) throws {
    let clean = try MediaStripper.strip(
      MediaSamples.jpeg(orientation: orientation, isLittle: isLittle)
    ).bytes
    let kept = MediaSamples.segment(0xE1, EXIFOrientation.only(orientation))
    #expect(clean.contains(run: kept) == (orientation > 1))
    #expect(EXIFOrientation.read(EXIFOrientation.only(orientation)[...]) == orientation)
  }

  @Test func `every byte of the picture itself is kept, restarts and stuffing too`() throws {
    let clean = try MediaStripper.strip(MediaSamples.jpeg()).bytes
    for part in [
      MediaSamples.quantization, MediaSamples.frame, MediaSamples.huffman, MediaSamples.scan,
    ] { #expect(clean.contains(run: part)) }
    #expect(clean.suffix(2) == [0xFF, 0xD9])
    // The transform of colours is kept, its spare bytes are not.
    #expect(clean.contains(run: Array("Adobe".utf8) + [0, 100, 0, 0, 0, 0, 1, 0xFF]))
  }

  @Test func `a second picture and a film behind the first are not sent`() throws {
    let film = Array("\0\0\0\u{18}ftypmp42".utf8)
    let alone = try MediaStripper.strip(MediaSamples.jpeg())
    #expect(try MediaStripper.strip(MediaSamples.jpeg(behind: MediaSamples.jpeg() + film)) == alone)
  }

  private static let broken: [(String, [UInt8])] = {
    let begin: [UInt8] = [0xFF, 0xD8]
    let empty: [UInt8] = [0xFF, 0xFE, 0, 2]
    return [
      ("no end", Array(MediaSamples.jpeg().dropLast(30))),
      ("no picture", [0xFF, 0xD8, 0xFF, 0xD9]),
      ("a length beyond the end", [0xFF, 0xD8, 0xFF, 0xE1, 0xFF, 0xFF, 1]),
      ("a length below its own two bytes", [0xFF, 0xD8, 0xFF, 0xE1, 0, 1]),
      ("bytes between segments", begin + empty + [0x41] + MediaSamples.scan),
      ("a scan before its frame", begin + MediaSamples.scan + [0xFF, 0xD9]),
      ("a beginning inside", MediaSamples.jpeg([0xFF, 0xD8])),
    ]
  }()

  @Test(arguments: broken)
  func `a broken jpeg is refused whole`(_ what: String, _ bytes: [UInt8]) {
    #expect(code(bytes) == .damaged)
  }

  @Test func `a hostile EXIF directory says nothing, and is not followed`() throws {
    func tiff(_ head: [UInt8], _ entry: [UInt8]) -> UInt8? {
      let bytes: [UInt8] = Array("Exif\0\0".utf8) + [0x4D, 0x4D, 0, 42] + head + entry
      return EXIFOrientation.read(bytes[...])
    }
    let first: [UInt8] = [0, 0, 0, 8, 0, 1]
    let entry: [UInt8] = [0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0]
    #expect(tiff(first, entry) == 6)
    // An offset out of the segment, a count beyond it, another type, a value that is none.
    #expect(tiff([0xFF, 0xFF, 0xFF, 0xFF, 0, 1], entry) == nil)
    #expect(tiff([0, 0, 0, 8, 0xFF, 0xFF], [UInt8](repeating: 0, count: 12)) == nil)
    #expect(tiff(first, [0x01, 0x12, 0, 4, 0, 0, 0, 1, 0, 6, 0, 0]) == nil)
    #expect(tiff(first, [0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 9, 0, 0]) == nil)
    #expect(EXIFOrientation.read((Array("Exif\0\0".utf8) + [0x4D, 0x4D])[...]) == nil)
  }

  // MARK: PNG

  @Test func `a png keeps what its picture is made of`() throws {
    let clean = try MediaStripper.strip(MediaSamples.png()).bytes
    let chunks: [[UInt8]] = [
      PNG.signature, MediaSamples.chunk("IHDR", MediaSamples.header),
      MediaSamples.chunk("gAMA", [0, 0, 0xB1, 0x8F]), MediaSamples.chunk("IDAT", [1, 2, 3]),
      MediaSamples.chunk("IEND", []),
    ]
    #expect(clean == Array(chunks.joined()))
    #expect(CRC32.of(Array("123456789".utf8)[...]) == 0xCBF4_3926)
  }

  @Test func `a broken png is refused, and one that nobody could show`() {
    var flipped = MediaSamples.png()
    flipped[20] ^= 1
    #expect(code(flipped) == .damaged)
    #expect(code(Array(MediaSamples.png().dropLast(MediaSamples.secret.count + 4))) == .damaged)
    #expect(code(PNG.signature + MediaSamples.chunk("IDAT", [])) == .damaged)
    #expect(code(PNG.signature + [0xFF, 0xFF, 0xFF, 0xFF] + Array("IHDR".utf8)) == .damaged)
    #expect(code(MediaSamples.png(MediaSamples.chunk("IHDR", MediaSamples.header))) == .damaged)
    #expect(code(MediaSamples.png(MediaSamples.chunk("SECR", MediaSamples.secret))) == .unusual)
  }

  // MARK: Sound

  @Test func `a recording that lost its power is kept as far as it goes`() throws {
    var cut = Array(
      MediaSamples.riff("WAVE", [("fmt ", MediaSamples.format), ("data", [1, 2, 3, 4])]))
    cut[41] = 0xFF
    let clean = try MediaStripper.strip(cut).bytes
    #expect(
      clean == MediaSamples.riff("WAVE", [("fmt ", MediaSamples.format), ("data", [1, 2, 3, 4])]))
    // A recording of no length is not made an empty one.
    #expect(
      code(MediaSamples.riff("WAVE", [("fmt ", MediaSamples.format), ("data", [])]) + [1, 2])
        == .damaged)
    // Not its format: half of that is none.
    #expect(
      code(Array(MediaSamples.riff("WAVE", [("fmt ", MediaSamples.format)]).prefix(30))) == .damaged
    )
    #expect(
      code(
        MediaSamples.riff(
          "WAVE", [("fmt ", MediaSamples.format), ("data", [1]), ("data", [2])])) == .unusual)
  }

  @Test func `webp says that it has no metadata, and moving pictures are refused`() throws {
    let clean = try MediaStripper.strip(MediaSamples.webp()).bytes
    #expect(
      clean
        == MediaSamples.riff(
          "WEBP",
          [("VP8X", [0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0]), ("ALPH", [1, 2]), ("VP8 ", [9, 9, 9])]))
    #expect(code(MediaSamples.webp(flags: 0x02)) == .unusual)
    #expect(code(MediaSamples.webp([("ANMF", [1])])) == .unusual)
    #expect(code(MediaSamples.webp([("VP8L", [1])])) == .unusual)
  }

  @Test func `sound behind what nobody knows is refused and not left out`() throws {
    let frames: [UInt8] = MediaSamples.mp3Frame(1) + MediaSamples.mp3Frame(2)
    #expect(try MediaStripper.strip(frames + [0, 0, 0]).bytes == frames)
    #expect(try MediaStripper.strip(frames + MediaSamples.mp3Frame(3).prefix(50)).bytes == frames)
    #expect(code(frames + [1, 2, 3] + MediaSamples.mp3Frame(3)) == .unusual)
    #expect(code(MediaSamples.id3() + [1, 2, 3]) == .damaged)
    #expect(code(MediaSamples.mp3Frame(1)) == .damaged)
    var long = MediaSamples.id3()
    long[6] = 0x7F
    #expect(code(long + frames) == .damaged)
  }

  @Test func `pages of an ogg are numbered and summed anew, long comments or short`() throws {
    let clean = try MediaStripper.strip(MediaSamples.opus(commentLength: 70_000)).bytes
    #expect(clean == (try MediaStripper.strip(MediaSamples.opus(commentLength: 0)).bytes))
    let tags = Array("OpusTags".utf8) + [UInt8](repeating: 0, count: 8)
    let pages: [[UInt8]] = [
      MediaSamples.page([MediaSamples.opusHead], number: 0, flags: 2, serial: 1),
      MediaSamples.page([tags], number: 1, serial: 1),
      MediaSamples.page([[1, 2, 3], [4, 5]], number: 2, flags: 4, serial: 1),
    ]
    #expect(clean == Array(pages.joined()))
  }

  @Test func `an ogg of several streams, or a damaged one, is refused`() {
    var flipped = MediaSamples.opus()
    flipped[flipped.count - 1] ^= 1
    #expect(code(flipped) == .damaged)
    #expect(code(Array(MediaSamples.opus().dropLast(1))) == .damaged)
    let head = MediaSamples.page([MediaSamples.opusHead], number: 0, flags: 2)
    let other = MediaSamples.page([MediaSamples.opusHead], number: 0, flags: 2, serial: 7)
    #expect(code(head + other) == .unusual)
    let theora = MediaSamples.page([[0x80] + Array("theora".utf8)], number: 0, flags: 2)
    #expect(code(theora) == .unusual)
    #expect(code(head + MediaSamples.page([[1, 2, 3]], number: 1)) == .damaged)
  }

  // MARK: Others

  @Test(arguments: [
    ("GIF89a", "image/gif"), ("PK\u{3}\u{4}", "application/zip"), ("fLaC\0", "audio/flac"),
  ])
  func `what cannot be cleaned is refused by its kind, whatever its name`(
    _ text: String, _ type: String
  ) {
    let bytes = Array(text.utf8) + MediaSamples.secret
    do {
      _ = try MediaStripper.strip(bytes)
      Issue.record("taken")
    } catch {
      #expect(error == MediaError(.notStrippable, type))
    }
    #expect(code([1, 2, 3, 4]) == .notStrippable)
  }

  @Test func `plain text has nothing to strip, and steering characters make it none`() throws {
    let text = Array("شهادة\n".utf8)
    #expect(try MediaStripper.strip([0xEF, 0xBB, 0xBF] + text).bytes == text)
    #expect(try MediaStripper.strip([0xEF, 0xBB, 0xBF, 0xEF, 0xBB, 0xBF] + text).bytes == text)
    #expect(code(text + [0x1B]) == .notStrippable)
    #expect(code([0xEF, 0xBB, 0xBF] + "%PDF-1.7\n".utf8) == .notStrippable)
  }

  /// Each as small as it can be.
  private static let cut = whole.filter { $0.2 != .pdf } + [("pdf", PDFSample.small.bytes, .pdf)]

  @Test(arguments: cut)
  func `no cut and no changed byte of any sample makes the reader trap`(
    _ name: String, _ sample: [UInt8], _ type: MediaType
  ) {
    for n in 0..<sample.count {
      _ = code(Array(sample.prefix(n)))
      for value in [UInt8(0), 0x7F, 0xFF] {
        var changed = sample
        changed[n] = value
        _ = code(changed)
      }
    }
  }
}
