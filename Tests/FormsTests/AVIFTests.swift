import Testing

@testable import Forms

@Suite struct AVIFTests {
  typealias ISO = ISOSamples
  typealias AVIF = AVIFSamples

  private func code(_ sample: PictureSample) -> MediaError.Code? { refusal(of: sample.bytes) }

  private func tree(_ sample: PictureSample, _ type: MediaType = .avif) throws -> ISOTree {
    let stripped = try MediaStripper.strip(sample.bytes)
    #expect(stripped.type == type)
    #expect(try MediaStripper.strip(stripped.bytes) == stripped)
    return try #require(ISOTree(stripped.bytes))
  }

  private static func changed(_ change: (inout PictureSample) -> Void) -> PictureSample {
    var sample = AVIF.picture()
    change(&sample)
    return sample
  }

  /// One of the tiles alone, of these units.
  private static func one(_ content: [UInt8]) -> PictureSample {
    changed {
      $0.primary = 20
      $0.items[0].content = content
    }
  }

  @Test func `what is left of a picture is its sequence, its frames and its tiles`() throws {
    let tree = try tree(AVIF.picture())
    #expect(tree.content("ftyp") == Array("avif\0\0\0\0avifmif1miaf".utf8))
    #expect(
      tree.items == [PictureSample.grid, AVIF.cleanTile, AVIF.cleanSecondTile, AVIF.cleanTile])
    #expect(tree.content("mdat") == Array(tree.items.joined()))
    for (index, kind) in ["grid", "av01", "av01", "av01"].enumerated() {
      #expect(
        tree.content("meta/iinf/infe", index)
          == [2, 0, 0, index == 0 ? 0 : 1] + ISO.big16(index + 1, 0) + Array(kind.utf8) + [0])
    }
    #expect(!tree.bytes.contains(run: Array("GPS".utf8)))
  }

  @Test func `a picture keeps its size, its colours by number, and the right way up`() throws {
    let tree = try tree(AVIF.picture())
    let kept = [
      ISO.full("ispe", ISO.big32(60, 30)), ISO.full("pixi", [3, 8, 8, 8]),
      ISO.box("colr", Array("nclx".utf8), ISO.big16(12, 13, 6), [0x80]),
      ISO.box("pasp", ISO.big32(1, 1)), ISO.box("clap", ISO.big32(50, 1, 20, 1, 0, 1, 0, 1)),
      ISO.box("irot", [1]), ISO.box("imir", [1]), AVIF.cleanConfiguration,
      ISO.full("ispe", ISO.big32(32, 32)), ISO.full("auxC", AVIF.alphaName),
    ]
    #expect(tree.content("meta/iprp/ipco") == Array(kept.joined()))
    #expect(
      tree.content("meta/iref")
        == ISO.big32(0) + PictureSample.reference("dimg", 1, [2, 3])
        + PictureSample.reference("auxl", 4, [1]) + PictureSample.reference("prem", 1, [4]))
  }

  @Test(arguments: ["avif", "avis", "mif1", "heic"])
  func `the type is that of the coding, whatever the file announced`(_ brand: String) throws {
    _ = try tree(Self.changed { $0.brand = brand })
    var other = PictureSample()
    other.brand = brand
    _ = try tree(other, .heic)
  }

  // MARK: Units

  @Test func `layers and lengths of any form are understood`() throws {
    let sequence = AVIF.unit(1, AVIF.sequence)
    let clean = AVIF.clean(1, AVIF.sequence)
    let layered = Self.one(sequence + AVIF.unit(6, AVIF.frame, layer: 0x28))
    #expect(try tree(layered).items == [clean + AVIF.clean(6, AVIF.frame, layer: 0x28)])
    // A length in more bytes than it needs, and one that is left open.
    let long = [6 << 3 | 2, 0x83, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0] + AVIF.frame
    #expect(try tree(Self.one(sequence + long)).items == [AVIF.cleanTile])
    #expect(try tree(Self.one(sequence + [6 << 3] + AVIF.frame)).items == [AVIF.cleanTile])
    let large = [UInt8](repeating: 0x32, count: 70_000)
    #expect(
      try tree(Self.one(sequence + [6 << 3] + large)).items == [clean + AVIF.clean(6, large)])
  }

  private static let sequence = AVIF.unit(1, AVIF.sequence)
  private static let frame = AVIF.unit(6, AVIF.frame)

  private static let brokenUnits: [(String, [UInt8])] = [
    ("a forbidden bit", sequence + [0x80 | 6 << 3 | 2, 1, 0]),
    ("a length beyond the item", sequence + [6 << 3 | 2, 9, 0]),
    ("a length without an end", sequence + [6 << 3 | 2] + [UInt8](repeating: 0x80, count: 8) + [0]),
    (
      "a length beyond any item",
      sequence + frame + [2 << 3 | 2, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]
    ),
    ("a length cut short", sequence + frame + [2 << 3 | 2, 0x80]),
    ("a layer cut short", sequence + frame + [2 << 3 | 6]),
    ("no sequence", frame), ("no frame", sequence), ("no unit at all", AVIF.unit(5, [1])),
    ("a frame without tiles", sequence + AVIF.unit(3, AVIF.frameHead)),
    ("tiles without a frame", sequence + AVIF.unit(4, AVIF.tiles)),
  ]

  @Test(arguments: brokenUnits)
  func `units that contradict one another are refused`(_ what: String, _ content: [UInt8]) {
    #expect(code(Self.one(content)) == .damaged)
  }

  private static let odd: [(String, PictureSample)] = [
    ("a list of tiles", one(sequence + frame + AVIF.unit(8, AVIF.tiles))),
    ("two sequences", one(sequence + frame + sequence)),
    ("a second frame behind the first", one(sequence + frame + frame)),
    ("a second frame's head", one(sequence + frame + AVIF.unit(3, AVIF.frameHead))),
    ("another configuration", changed { $0.properties[0] = AVIF.configuration(0x82) }),
    ("which of the layers", changed { $0.items[2].properties = [3, 0x8E] }),
    (
      "two codings",
      changed {
        $0.items[1].kind = "hvc1"
        $0.properties[11] = PictureSample.configuration()
        $0.items[1].properties = [0x8C, 2]
      }
    ),
    (
      "a transparency in another coding",
      changed {
        $0.items[3].kind = "hvc1"
        $0.properties[11] = PictureSample.configuration()
      }
    ),
  ]

  @Test(arguments: odd)
  func `a picture that is not simple is refused`(_ what: String, _ sample: PictureSample) {
    #expect(code(sample) == .unusual)
  }

  @Test func `a configuration of the other coding is refused`() {
    let configuration = PictureSample.configuration()
    #expect(code(Self.changed { $0.properties[0] = configuration }) == .damaged)
    #expect(code(Self.changed { $0.items[0].properties = [2] }) == .damaged)
    #expect(code(Self.changed { $0.properties[0] = ISO.box("av1C", [0x81, 4, 12]) }) == .damaged)
    var other = PictureSample()
    other.properties[0] = AVIF.configuration()
    #expect(code(other) == .damaged)
    // Said to be of one coding, and all of it of the other.
    let said = Self.changed {
      for index in $0.items.indices where $0.items[index].kind == "av01" {
        $0.items[index].kind = "hvc1"
      }
    }
    #expect(code(said) == .damaged)
  }

  @Test func `films are refused, and a file without pictures`() {
    let head = ISO.box("ftyp", Array("avis\0\0\0\0avif".utf8))
    #expect(refusal(of: head + ISO.box("moov")) == .unusual)
    #expect(refusal(of: head) == .damaged)
  }
}
