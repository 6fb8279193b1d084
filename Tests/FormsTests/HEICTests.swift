import Testing

@testable import Forms

@Suite struct HEICTests {
  typealias ISO = ISOSamples
  typealias Item = PictureSample.Item

  private func code(_ sample: PictureSample) -> MediaError.Code? { code(sample.bytes) }

  private func code(_ bytes: [UInt8]) -> MediaError.Code? { refusal(of: bytes) }

  private func tree(_ sample: PictureSample) throws -> ISOTree {
    let clean = try MediaStripper.strip(sample.bytes).bytes
    #expect(try MediaStripper.strip(clean).bytes == clean)
    return try #require(ISOTree(clean))
  }

  private static let paths = [
    "ftyp", "meta", "meta/hdlr", "meta/pitm", "meta/iinf", "meta/iinf/infe", "meta/iinf/infe",
    "meta/iinf/infe", "meta/iinf/infe", "meta/iref", "meta/iref/dimg", "meta/iref/auxl",
    "meta/iref/prem", "meta/iprp", "meta/iprp/ipco", "meta/iprp/ipco/ispe", "meta/iprp/ipco/pixi",
    "meta/iprp/ipco/colr", "meta/iprp/ipco/pasp", "meta/iprp/ipco/clap", "meta/iprp/ipco/irot",
    "meta/iprp/ipco/imir", "meta/iprp/ipco/hvcC", "meta/iprp/ipco/ispe", "meta/iprp/ipco/auxC",
    "meta/iprp/ipma", "meta/iloc", "mdat",
  ]

  @Test func `what is left of a picture is a list of boxes, and its items in order`() throws {
    let tree = try tree(PictureSample())
    let items = [
      PictureSample.grid, PictureSample.unit(PictureSample.slice),
      PictureSample.unit(PictureSample.secondSlice), PictureSample.unit(PictureSample.alphaSlice),
    ]
    #expect(tree.paths == Self.paths)
    #expect(tree.items == items)
    #expect(tree.content("mdat") == Array(items.joined()))
    // Nowhere even a piece of it, as it was put where there is room for a few letters.
    #expect(!tree.bytes.contains(run: Array("GPS".utf8)))
    #expect(tree.content("ftyp") == Array("heic\0\0\0\0mif1heic".utf8))
    #expect(tree.content("meta/pitm") == ISO.big32(0) + ISO.big16(1))
    #expect(
      tree.content("meta/hdlr") == ISO.zeros(8) + Array("pict".utf8) + ISO.zeros(13))
    // Tiles and transparency are not shown for themselves.
    for (index, (flags, kind)) in [(0, "grid"), (1, "hvc1"), (1, "hvc1"), (1, "hvc1")].enumerated()
    {
      #expect(
        tree.content("meta/iinf/infe", index)
          == [2, 0, 0, UInt8(flags)] + ISO.big16(index + 1, 0) + Array(kind.utf8) + [0])
    }
    #expect(
      tree.content("meta/iref")
        == ISO.big32(0) + PictureSample.reference("dimg", 1, [2, 3])
        + PictureSample.reference("auxl", 4, [1]) + PictureSample.reference("prem", 1, [4]))
  }

  @Test func `a picture keeps its size, its colours by number, and the right way up`() throws {
    let tree = try tree(PictureSample())
    let kept = [
      ISO.full("ispe", ISO.big32(60, 30)), ISO.full("pixi", [3, 8, 8, 8]),
      ISO.box("colr", Array("nclx".utf8), ISO.big16(12, 13, 6), [0x80]),
      ISO.box("pasp", ISO.big32(1, 1)), ISO.box("clap", ISO.big32(50, 1, 20, 1, 0, 1, 0, 1)),
      ISO.box("irot", [1]), ISO.box("imir", [1]), PictureSample.cleanConfiguration(),
      ISO.full("ispe", ISO.big32(32, 32)),
      ISO.full("auxC", Array("urn:mpeg:hevc:2015:auxid:1\0".utf8)),
    ]
    #expect(tree.content("meta/iprp/ipco") == Array(kept.joined()))
    // In the file's order: to turn and then to cut is another picture.
    let links: [[UInt8]] = [
      ISO.big32(0, 4), [0, 1, 7, 1, 2, 3, 4, 0x85, 0x86, 0x87], [0, 2, 2, 0x88, 9],
      [0, 3, 2, 0x88, 9], [0, 4, 3, 0x88, 1, 10],
    ]
    #expect(tree.content("meta/iprp/ipma") == Array(links.joined()))
    var turned = PictureSample()
    turned.items[2].properties = [0x8A, 0x8B, 0x89, 3]
    let other = try self.tree(turned).content("meta/iprp/ipco")
    #expect(other.starts(with: Array(kept[5] + kept[6] + kept[4])))
  }

  private static func changed(_ change: (inout PictureSample) -> Void) -> PictureSample {
    var sample = PictureSample()
    change(&sample)
    return sample
  }

  @Test func `a picture without tiles or transparency is one item`() throws {
    let tree = try tree(Self.changed { $0.primary = 20 })
    #expect(tree.items == [PictureSample.unit(PictureSample.slice)])
    #expect(!tree.paths.contains("meta/iref"))
    #expect(tree.content("meta/iinf/infe").prefix(4) == [2, 0, 0, 0])
  }

  @Test func `more than eight bits are another brand`() throws {
    let sample = Self.changed { $0.properties[0] = PictureSample.configuration(profile: 2) }
    #expect(try tree(sample).content("ftyp") == Array("heix\0\0\0\0mif1heix".utf8))
  }

  @Test(arguments: [UInt8(1), 2, 4])
  func `units are found by lengths of any kind`(_ count: UInt8) throws {
    let sample = Self.changed {
      $0.primary = 20
      $0.properties[0] = PictureSample.configuration(lengthBytes: count)
      $0.items[0].content = PictureSample.coded(PictureSample.slice, lengthBytes: Int(count))
    }
    let slice = PictureSample.unit(PictureSample.slice, lengthBytes: Int(count))
    #expect(try tree(sample).items == [slice])
  }

  /// One item in pieces, some of its numbers of eight bytes, behind a base.
  @Test func `an item in pieces becomes one`() throws {
    let content = PictureSample.coded(PictureSample.slice)
    let sample = Self.changed {
      $0.primary = 20
      $0.inside = [1, 2, 3, 4] + content
      let row = ISO.big32(20) + ISO.big16(1, 0) + ISO.big32(0, 4) + ISO.big16(2)
      $0.location = ISO.full(
        "iloc", version: 2, [0x84, 0x88], ISO.big32(1), row,
        ISO.big32(0, 9, 0, 0, 10), ISO.big32(0, 9, 0, 10, content.count - 10))
    }
    #expect(try tree(sample).items == [PictureSample.unit(PictureSample.slice)])
  }

  @Test func `many properties are linked by wider numbers`() throws {
    let count = 130
    let sample = Self.changed {
      $0.primary = 100
      $0.references = [PictureSample.reference("dimg", 100, Array(200..<(200 + count)))]
      $0.properties = [PictureSample.configuration()]
      $0.meta = []
      let coded = PictureSample.unit(PictureSample.slice)
      $0.items = [
        Item(
          number: 100, kind: "grid", content: [0, 0, 129, 0] + ISO.big16(60, 30), properties: [])
      ]
      $0.items += (0..<count).map {
        Item(number: 200 + $0, kind: "hvc1", content: coded, properties: [0x81])
      }
    }
    #expect(try tree(sample).items.count == count + 1)
    // As many sizes as tiles: the links are written with two bytes each, and read again.
    var wide = sample
    wide.properties += (0..<count).map { ISO.full("ispe", ISO.big32($0 + 1, 1)) }
    wide.isWide = true
    for n in 0..<count { wide.items[n + 1].properties = [0x8001, n + 2] }
    let tree = try tree(wide)
    #expect(tree.content("meta/iprp/ipma").prefix(4) == [0, 0, 0, 1])
    #expect(tree.content("meta/iprp/ipma").suffix(7) == [0, 131, 2, 0x80, 1, 0, 131])
  }

  // MARK: Refusals

  private static let odd: [(String, PictureSample)] = [
    ("another coding", changed { $0.items[0].kind = "vvc1" }),
    ("a picture that is computed", changed { $0.items[2].kind = "iovl" }),
    ("a tile that is laid out itself", changed { $0.items[0].kind = "grid" }),
    ("an encrypted tile", changed { $0.items[1].protection = 1 }),
    ("what must be known", changed { $0.items[2].properties = [3, 0x87] }),
    (
      "two transparencies",
      changed { $0.references.append(PictureSample.reference("auxl", 30, [7])) }
    ),
    (
      "a shared transparency",
      changed { $0.references[4] = PictureSample.reference("auxl", 30, [7, 40]) }
    ),
    (
      "two lists of tiles",
      changed { $0.references.append(PictureSample.reference("dimg", 7, [20])) }
    ),
    ("a grid of another version", changed { $0.items[2].content[0] = 1 }),
    (
      "another configuration",
      changed { $0.properties[0] = PictureSample.configuration(version: 2) }
    ),
    ("two lists of items", changed { $0.meta = ISO.full("iinf", ISO.big16(0)) }),
    ("two lists of boxes", changed { $0.behind = ISO.full("meta") }),
    ("a tile to the end of the file", changed { $0.items[0].content = [] }),
    (
      "a tile in another file",
      changed { $0.location = ISO.full("iloc", [0x44, 0], ISO.big16(1, 7, 1, 1), ISO.big32(0, 8)) }
    ),
    (
      "more pieces than any file has",
      changed {
        $0.location = ISO.full(
          "iloc", [0, 0], ISO.big16(3, 7, 0, 0xFFFF), ISO.big16(8, 0, 0xFFFF))
      }
    ),
  ]

  @Test(arguments: odd)
  func `a picture that is not simple is refused`(_ what: String, _ sample: PictureSample) {
    #expect(code(sample) == .unusual)
  }

  private static let broken: [(String, PictureSample)] = [
    ("no such picture", changed { $0.primary = 8 }),
    ("a picture without a place", changed { $0.location = ISO.full("iloc", [0x44, 0, 0, 0]) }),
    ("a picture without tiles", changed { $0.references.remove(at: 1) }),
    ("too few tiles", changed { $0.references[1] = PictureSample.reference("dimg", 7, [20]) }),
    (
      "a tile that is none",
      changed { $0.references[1] = PictureSample.reference("dimg", 7, [20, 9]) }
    ),
    ("a grid cut short", changed { $0.items[2].content.removeLast() }),
    ("a tile without configuration", changed { $0.items[0].properties = [2] }),
    ("two configurations", changed { $0.items[0].properties = [0x81, 0x8C] }),
    ("a property beyond the list", changed { $0.items[0].properties = [0x81, 99] }),
    ("a property cut short", changed { $0.properties[1] = ISO.full("ispe", [1, 2]) }),
    (
      "lengths of three bytes",
      changed { $0.properties[0] = PictureSample.configuration(lengthBytes: 3) }
    ),
    ("a unit beyond its item", changed { $0.items[0].content = [0, 0, 0, 9, 1] }),
    ("a unit of no bytes", changed { $0.items[0].content = [0, 0, 0, 0] }),
    ("no slice", changed { $0.items[0].content = PictureSample.unit([0x4E, 1, 2]) }),
    ("one number for two items", changed { $0.items[0].number = 21 }),
    (
      "a place beyond the file",
      changed {
        $0.location = ISO.full("iloc", [0x44, 0], ISO.big16(1, 7, 0, 1), ISO.big32(-1, 8))
      }
    ),
    (
      "a place that is no number",
      changed {
        $0.location = ISO.full(
          "iloc", [0x84, 0x80], ISO.big16(1, 7, 0), ISO.big32(0x7FFF_FFFF, -1), ISO.big16(1),
          ISO.big32(0, 9, 8))
      }
    ),
    (
      "numbers of three bytes",
      changed {
        $0.location = ISO.full("iloc", [0x34, 0], ISO.big16(1, 7, 0, 1), ISO.zeros(8))
      }
    ),
    (
      "references beyond their box", changed { $0.references[1] = ISO.box("dimg", ISO.big16(7, 9)) }
    ),
  ]

  @Test(arguments: broken)
  func `lists that contradict one another are refused`(_ what: String, _ sample: PictureSample) {
    #expect(code(sample) == .damaged)
  }

  @Test func `what goes may be as odd as it likes`() throws {
    let clean = try tree(PictureSample()).bytes
    for sample in [
      Self.changed { $0.items[5].content = [9] },
      Self.changed { $0.items[4].properties = [0x87, 99] },
      Self.changed { $0.items[6].protection = 1 },
      // A profile, whether its writer thought that one must know it or not.
      Self.changed { $0.items[2].properties[2] = 0x85 },
      Self.changed { $0.properties.append(ISO.full("ispe", [1])) },
    ] { #expect(try tree(sample).bytes == clean) }
  }

  /// Else a small file with many tiles that are all the same bytes would be a large one.
  @Test func `items that share bytes are together not longer than the file`() {
    let count = 200
    func sample(_ length: Int) -> PictureSample {
      Self.changed {
        let tiles = Array(100..<(100 + count))
        $0.inside = PictureSample.unit(PictureSample.slice + ISO.zeros(length))
        let size = $0.inside.count
        $0.items = [Item(number: 7, kind: "grid", content: [0, 0, 0, 199, 0, 9, 0, 9])]
        $0.items += tiles.map { Item(number: $0, kind: "hvc1", content: [], properties: [0x81]) }
        $0.references = [PictureSample.reference("dimg", 7, tiles)]
        $0.inside += $0.items[0].content
        let rows = tiles.flatMap { ISO.big16($0, 1, 0, 1) + ISO.big32(0, size) }
        $0.location = ISO.full(
          "iloc", version: 1, [0x44, 0], ISO.big16(count + 1, 7, 1, 0, 1), ISO.big32(size, 8), rows)
      }
    }
    #expect(code(sample(10)) == nil)
    #expect(code(sample(1_000)) == .damaged)
  }

  @Test func `tiles of both picture and transparency are counted for each`() throws {
    func sample(_ rows: Int) -> PictureSample {
      Self.changed {
        let tiles = Array(100..<(100 + 10 * rows))
        let grid: [UInt8] = [0, 0, UInt8(rows - 1), 9, 0, 9, 0, 9]
        $0.items = [Item(number: 7, kind: "grid", content: grid, method: 1)]
        $0.items.append(Item(number: 8, kind: "grid", content: grid, properties: [13], method: 1))
        $0.items += tiles.map {
          Item(
            number: $0, kind: "hvc1", content: PictureSample.unit(PictureSample.slice),
            properties: [0x81])
        }
        $0.references = [
          PictureSample.reference("dimg", 7, tiles), PictureSample.reference("dimg", 8, tiles),
          PictureSample.reference("auxl", 8, [7]),
        ]
      }
    }
    #expect(try tree(sample(204)).items.count == 4_082)
    #expect(code(sample(205)) == .unusual)
  }

  @Test func `a sequence without a still is refused, and a file without pictures`() {
    let head = ISO.box("ftyp", Array("heic\0\0\0\0mif1".utf8))
    #expect(code(head + ISO.box("moov")) == .unusual)
    #expect(code(head + ISO.box("mdat")) == .damaged)
    #expect(code(head + ISO.full("meta", ISO.handler("mdir"))) == .unusual)
    for brand in ["heic", "heix", "mif1", "msf1", "hevc"] {
      #expect(MediaType(of: ISO.box("ftyp", Array(brand.utf8))) == .heic)
    }
    #expect(MediaType(of: ISO.big32(8) + Array("ftyp".utf8)) == .mp4)
  }
}
