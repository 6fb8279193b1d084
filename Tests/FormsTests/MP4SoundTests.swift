import Testing

@testable import Forms

@Suite struct MP4SoundTests {
  typealias ISO = ISOSamples

  private func code(_ sample: SoundSample) -> MediaError.Code? { code(sample.bytes) }

  private func code(_ bytes: [UInt8]) -> MediaError.Code? { refusal(of: bytes) }

  private func tree(_ sample: SoundSample) throws -> ISOTree {
    try #require(ISOTree(MediaStripper.strip(sample.bytes).bytes))
  }

  private static let paths = [
    "ftyp", "moov", "moov/mvhd", "moov/trak", "moov/trak/tkhd", "moov/trak/edts",
    "moov/trak/edts/elst", "moov/trak/mdia", "moov/trak/mdia/mdhd", "moov/trak/mdia/hdlr",
    "moov/trak/mdia/minf", "moov/trak/mdia/minf/smhd", "moov/trak/mdia/minf/dinf",
    "moov/trak/mdia/minf/dinf/dref", "moov/trak/mdia/minf/dinf/dref/url ",
    "moov/trak/mdia/minf/stbl", "moov/trak/mdia/minf/stbl/stsd",
    "moov/trak/mdia/minf/stbl/stsd/mp4a", "moov/trak/mdia/minf/stbl/stsd/mp4a/esds",
    "moov/trak/mdia/minf/stbl/stts", "moov/trak/mdia/minf/stbl/stsc",
    "moov/trak/mdia/minf/stbl/stsz", "moov/trak/mdia/minf/stbl/stco", "mdat",
  ]

  @Test func `what is left of a recording is a list of boxes, and its samples in order`() throws {
    let sample = SoundSample()
    #expect(sample.bytes.contains(run: ISO.time))
    let tree = try tree(sample)
    #expect(tree.paths == Self.paths)
    #expect(tree.samples == sample.samples)
    #expect(tree.content("mdat") == Array(sample.samples.joined()))
    #expect(!tree.bytes.contains(run: ISO.time))
    // Nowhere even a piece of it, as it was put where there is room for a few letters.
    #expect(!tree.bytes.contains(run: Array("GPS".utf8)))
    #expect(tree.content("ftyp") == Array("M4A \0\0\0\0M4A isommp42".utf8))
    #expect(
      tree.words("moov/trak/mdia/mdhd") == [0, 0, 0, 44_100, 2 * 1024 + 700, 0x55C4_0000])
    #expect(tree.words("moov/mvhd").prefix(5) == [0, 0, 0, 1_000, 670])
    #expect(tree.words("moov/trak/tkhd").prefix(6) == [3, 0, 0, 1, 0, 670])
    #expect(
      tree.content("moov/trak/mdia/hdlr")
        == ISO.zeros(8) + Array("soun".utf8) + ISO.zeros(13))
    #expect(
      tree.words("moov/trak/edts/elst") == [
        0, 2, 500, 0xFFFF_FFFF, 0x1_0000, 170, 1024, 0x1_0000,
      ])
    #expect(
      tree.words("moov/trak/mdia/minf/stbl/stts") == [0, 2, 2, 1024, 1, 700])
  }

  @Test(arguments: [
    ("mp4a", SoundSample.aac(), "mp42"), ("mp4a", SoundSample.quickTime(), "mp42"),
    ("alac", SoundSample.lossless(), "mp42"), ("samr", SoundSample.speech(), "3gp4"),
    ("sawb", SoundSample.speech("sawb"), "3gp4"),
  ])
  func `a decoder is told what it needs and nothing else`(
    _ name: String, _ entry: [UInt8], _ brand: String
  ) throws {
    let tree = try tree(SoundSample(entry: entry))
    let path = "moov/trak/mdia/minf/stbl/stsd"
    let decoder =
      switch name {
      case "mp4a":
        ISO.full(
          "esds",
          [3, 25, 0, 0, 0, 4, 17, 0x40, 0x15, 0, 3, 0] + ISO.big32(64_000, 32_000)
            + [5, 2, 0x12, 0x10, 6, 1, 2])
      case "alac": ISO.full("alac", [UInt8](1...24))
      default: ISO.box("damr", ISO.zeros(5), [0x81, 0xFF, 0, 1])
      }
    let numbers: [UInt8] =
      ISO.zeros(6) + ISO.big16(1) + ISO.zeros(8) + ISO.big16(2, 16) + ISO.zeros(4)
      + ISO.big32(44_100 << 16)
    #expect(tree.content(path) == ISO.big32(0, 1) + ISO.box(name, numbers, decoder))
    #expect(tree.content("ftyp").suffix(4) == Array(brand.utf8))
    #expect(tree.samples == SoundSample().samples)
    #expect(try MediaStripper.strip(tree.bytes).bytes == tree.bytes)
    #expect(!tree.bytes.contains(run: Array("GPS".utf8)))
  }

  @Test func `speech without a description gets one that excludes nothing`() throws {
    let tree = try tree(SoundSample(entry: SoundSample.entry("sawb", [])))
    #expect(
      tree.content("moov/trak/mdia/minf/stbl/stsd/sawb/damr") == ISO.zeros(5) + [1, 255, 0, 1])
    #expect(tree.samples == SoundSample().samples)
  }

  @Test func `a sound says that it is one, whatever its file announced`() throws {
    for brand in ["M4A ", "M4B ", "mp42", "isom", "3gp4", "qt  "] {
      let stripped = try MediaStripper.strip(SoundSample(brand: brand).bytes)
      #expect(stripped.type == .m4a)
      #expect(MediaType(of: stripped.bytes) == .m4a)
    }
    #expect(MediaType(of: SoundSample(brand: "M4A ").bytes) == .m4a)
    #expect(MediaType(of: SoundSample(brand: "mp42").bytes) == .mp4)
  }

  @Test func `a long recording has chunks of our own, and wide places become narrow`() throws {
    let samples = (0..<200).map { [UInt8](repeating: UInt8($0), count: 1 + $0 % 3) }
    var sample = SoundSample(samples: samples, chunks: [7, 7] + [Int](repeating: 6, count: 31))
    sample.runs = ISO.full("stsc", ISO.big32(2, 1, 7, 1, 3, 6, 1))
    sample.times = ISO.full("stts", ISO.big32(2, 90, 1024, 110, 1024))
    sample.edits = ISO.full("elst", ISO.big32(0))
    sample.isWide = true
    let tree = try tree(sample)
    let table = "moov/trak/mdia/minf/stbl"
    #expect(tree.samples == samples)
    #expect(tree.words("\(table)/stts") == [0, 1, 200, 1024])
    #expect(tree.words("\(table)/stsc") == [0, 2, 1, 64, 1, 4, 8, 1])
    #expect(tree.words("\(table)/stco").count == 2 + 4)
    #expect(tree.start("mdat") == tree.words("\(table)/stco")[2])
    #expect(!tree.paths.contains("moov/trak/edts"))
    #expect(tree.words("moov/mvhd")[4] == 200 * 1024 * 1_000 / 44_100)
    // Samples of one size need no list of sizes.
    sample = SoundSample(samples: [[1, 2], [3, 4], [5, 6]])
    #expect(try self.tree(sample).words("\(table)/stsz") == [0, 2, 3])
    sample.sizes = ISO.full("stsz", ISO.big32(2, 3))
    #expect(try self.tree(sample).samples == sample.samples)
  }

  @Test func `numbers of eight bytes are read, and written where they are needed`() throws {
    var sample = SoundSample()
    sample.edits = ISO.full(
      "elst", version: 1, ISO.big32(2, 0, 500, -1, -1, 0x1_0000),
      ISO.big32(0, 170, 0, 1024, 0x1_0000))
    #expect(try tree(sample).bytes == (try tree(SoundSample()).bytes))
    // A silence of more seconds than four bytes can count, at a thousand a second.
    sample.edits = ISO.full(
      "elst", version: 1, ISO.big32(2, 1, 7, -1, -1, 0x1_0000),
      ISO.big32(0, 170, 0, 1024, 0x1_0000))
    let wide = try tree(sample)
    #expect(wide.words("moov/mvhd").prefix(8) == [0x100_0000, 0, 0, 0, 0, 1_000, 1, 177])
    #expect(wide.words("moov/trak/edts/elst").prefix(4) == [0x100_0000, 2, 1, 7])
    #expect(try MediaStripper.strip(wide.bytes).bytes == wide.bytes)
  }

  // MARK: Refusals

  private static func changed(_ change: (inout SoundSample) -> Void) -> SoundSample {
    var sample = SoundSample()
    change(&sample)
    return sample
  }

  private static let odd: [(String, SoundSample)] = [
    ("a film", changed { $0.movie = SoundSample.track("vide") }),
    ("no sound", changed { $0.kind = "vide" }),
    ("two sounds", changed { $0.movie = SoundSample.track("soun") }),
    ("a track that nobody knows", changed { $0.movie = SoundSample.track("subt") }),
    ("room for fragments", changed { $0.movie = ISO.box("mvex") }),
    ("fragments", changed { $0.behind = ISO.box("moof") }),
    ("two movies", changed { $0.behind = ISO.box("moov") }),
    ("encryption", changed { $0.entry = SoundSample.entry("enca", SoundSample.esds()) }),
    ("another codec", changed { $0.entry = SoundSample.entry("twos", []) }),
    ("MP3", changed { $0.entry = SoundSample.aac(SoundSample.esds(kind: 0x6B)) }),
    (
      "an object that is unknown",
      changed { $0.entry = SoundSample.aac(SoundSample.esds([0, 0x10])) }
    ),
    (
      "channels with a comment",
      changed { $0.entry = SoundSample.aac(SoundSample.esds([0x12, 0])) }
    ),
    (
      "a long configuration",
      changed { $0.entry = SoundSample.aac(SoundSample.esds([0x12, 0x10] + ISO.zeros(15))) }
    ),
    ("a stream elsewhere", changed { $0.entry = SoundSample.aac(SoundSample.esds(flags: 0x40)) }),
    ("samples in another file", changed { $0.reference = ISO.full("url ", ISO.secret) }),
    ("frames out of order", changed { $0.table = ISO.full("ctts", ISO.big32(0)) }),
    (
      "a second description",
      changed { $0.runs = ISO.full("stsc", ISO.big32(2, 1, 2, 1, 2, 1, 2)) }
    ),
    (
      "another speed",
      changed { $0.edits = ISO.full("elst", ISO.big32(1, 170, 0, 0x2_0000)) }
    ),
    (
      "two stretches",
      changed {
        $0.edits = ISO.full("elst", ISO.big32(2, 10, 0, 0x1_0000, 10, 500, 0x1_0000))
      }
    ),
    ("silence alone", changed { $0.edits = ISO.full("elst", ISO.big32(1, 10, -1, 0x1_0000)) }),
    (
      "a length of centuries",
      changed {
        $0.edits = ISO.full("elst", version: 1, ISO.big32(1, 0x7FFF_FFFF, 0, 0, 0, 0x1_0000))
      }
    ),
  ]

  @Test(arguments: odd)
  func `a recording that is more than one sound is refused`(_ what: String, _ sample: SoundSample) {
    #expect(code(sample) == .unusual)
  }

  /// Sound that was cut out is still in the file, and whoever cut it would be surprised.
  @Test func `an edit may hide what an encoder adds, and not what somebody cut out`() {
    func edit(_ duration: Int, _ start: Int, last: Int) -> SoundSample {
      Self.changed {
        $0.times = ISO.full("stts", ISO.big32(2, 2, 44_100, 1, last))
        $0.edits = ISO.full("elst", ISO.big32(1, duration, start, 0x1_0000))
      }
    }
    #expect(code(edit(3_000, 0, last: 44_100)) == nil)
    #expect(code(edit(2_000, 44_100, last: 44_100)) == nil)
    #expect(code(edit(2_000, 44_101, last: 44_100)) == .unusual)
    #expect(code(edit(2_000, 0, last: 44_100)) == nil)
    #expect(code(edit(1_999, 0, last: 44_100)) == .unusual)
    // Without a duration: to the end.
    #expect(code(edit(0, 0, last: 44_100)) == nil)
  }

  private static let broken: [(String, SoundSample)] = [
    ("more times than samples", changed { $0.times = ISO.full("stts", ISO.big32(1, 4, 1024)) }),
    ("fewer times than samples", changed { $0.times = ISO.full("stts", ISO.big32(1, 2, 1024)) }),
    ("a table beyond its box", changed { $0.times = ISO.full("stts", ISO.big32(-1, 3, 1024)) }),
    ("sizes beyond their box", changed { $0.sizes = ISO.full("stsz", ISO.big32(0, -1, 3)) }),
    ("more samples than bytes", changed { $0.sizes = ISO.full("stsz", ISO.big32(1, -1)) }),
    (
      "a sample beyond the data",
      changed { $0.sizes = ISO.full("stsz", ISO.big32(0, 3, 3, 5, 999)) }
    ),
    (
      "no sample",
      changed {
        $0.samples = []
        $0.chunks = []
      }
    ),
    ("a chunk before the first", changed { $0.runs = ISO.full("stsc", ISO.big32(1, 0, 2, 1)) }),
    (
      "chunks out of order",
      changed {
        $0.chunks = [1, 1, 1]
        $0.runs = ISO.full("stsc", ISO.big32(2, 1, 1, 1, 1, 2, 1))
      }
    ),
    ("an empty chunk", changed { $0.runs = ISO.full("stsc", ISO.big32(2, 1, 0, 1, 2, 3, 1)) }),
    ("a chunk of too many", changed { $0.runs = ISO.full("stsc", ISO.big32(1, 1, -1, 1)) }),
    ("a chunk outside", changed { $0.places = ISO.full("stco", ISO.big32(2, 3, 3)) }),
    (
      "a chunk far outside",
      changed { $0.places = ISO.full("co64", ISO.big32(2, 0x7FFF_FFFF, 0, 0, 0)) }
    ),
    (
      "a place that is no number",
      changed { $0.places = ISO.full("co64", ISO.big32(2, -1, 0, 0, 0)) }
    ),
    (
      "two tables of places",
      changed {
        let starts = [$0.dataStart + 21, $0.dataStart + 21 + 8 + 21]
        $0.isWide = true
        $0.table = ISO.full("stco", ISO.big32(2), starts.flatMap { ISO.big32($0) })
      }
    ),
    ("a reference to none", changed { $0.reference = [] }),
    ("no description of the codec", changed { $0.entry = SoundSample.aac([]) }),
    ("a configuration of no bytes", changed { $0.entry = SoundSample.aac(SoundSample.esds([])) }),
  ]

  @Test(arguments: broken)
  func `tables that contradict one another are refused`(_ what: String, _ sample: SoundSample) {
    #expect(code(sample) == .damaged)
  }

  @Test func `bytes that are two samples' make no file larger`() {
    let sample = SoundSample()
    let start = sample.dataStart
    var twice = sample
    twice.places = ISO.full("stco", ISO.big32(2, start, start))
    twice.sizes = ISO.full("stsz", ISO.big32(0, 3, 20, 20, 20))
    #expect(code(twice) == nil)
    twice.sizes = ISO.full("stsz", ISO.big32(0, 3, 30, 30, 30))
    #expect(code(twice) == .damaged)
  }

  @Test func `a recording that was not finished is refused, and one whose boxes lead out of it`() {
    let sample = SoundSample()
    let whole = sample.bytes
    #expect(code(ISO.box("ftyp", Array("M4A ".utf8)) + ISO.box("mdat", [1, 2, 3])) == .damaged)
    #expect(code(Array(whole.dropLast(1))) == .damaged)
    #expect(code(whole + ISO.big32(7) + Array("free".utf8)) == .damaged)
    // A length of eight bytes, and one that is left open, which no box inside another may do.
    let long = ISO.big32(1) + Array("free".utf8)
    #expect(code(whole + long + ISO.big32(0, 17) + [1]) == nil)
    #expect(code(whole + long + ISO.big32(-1, -1) + [1]) == .damaged)
    #expect(code(whole + ISO.big32(0) + Array("free".utf8) + ISO.secret) == nil)
    #expect(
      code(Self.changed { $0.movie = ISO.big32(0) + Array("free".utf8) }) == .damaged)
    let many = Array((0...ISOBox.boxesMax).map { _ in ISO.box("free") }.joined())
    #expect(code(whole + many) == .unusual)
    #expect(code(Self.changed { $0.movie = many }) == .unusual)
  }
}
