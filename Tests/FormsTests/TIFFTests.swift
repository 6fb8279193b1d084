import Testing

@testable import Forms

@Suite struct TIFFTests {
  private func code(_ sample: TIFFSample) -> MediaError.Code? { refusal(of: sample.bytes) }

  private func clean(_ bytes: [UInt8]) throws -> [UInt8] {
    let stripped = try MediaStripper.strip(bytes)
    #expect(stripped.type == .tiff)
    #expect(try MediaStripper.strip(stripped.bytes) == stripped)
    #expect(!stripped.bytes.contains(run: Array("GPS".utf8)))
    return stripped.bytes
  }

  private func pages(_ sample: TIFFSample) throws -> [TIFFTree.Page] {
    TIFFTree(try clean(sample.bytes)).pages
  }

  private func page(_ change: (inout TIFFSample.Page) -> Void) throws -> TIFFTree.Page {
    let pages = try pages(.one(change))
    #expect(pages.count == 1)
    return pages[0]
  }

  /// The fields of the sample's first page, and those of a fax.
  private static let tags = [256, 257, 258, 259, 262, 273, 274, 277, 278, 279, 282, 283, 296]
  private static let faxTags = [256, 257, 259, 262, 266, 273, 279, 293]

  // MARK: What stays

  @Test func `every byte of a small page is known`() throws {
    var sample = TIFFSample.one {
      $0 = TIFFSample.fax()
      $0.fields[282] = .rationals([204, 1])
      $0.fields[270] = TIFFSample.text
    }
    sample.isLittle = false
    let head: [UInt8] = [0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 9]
    let rows: [[UInt8]] = [
      [1, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 16], [1, 1, 0, 4, 0, 0, 0, 1, 0, 0, 0, 2],
      [1, 3, 0, 3, 0, 0, 0, 1, 0, 4, 0, 0], [1, 6, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0],
      [1, 10, 0, 3, 0, 0, 0, 1, 0, 2, 0, 0], [1, 17, 0, 4, 0, 0, 0, 1, 0, 0, 0, 130],
      [1, 23, 0, 4, 0, 0, 0, 1, 0, 0, 0, 3], [1, 26, 0, 5, 0, 0, 0, 1, 0, 0, 0, 122],
      [1, 37, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0],
    ]
    let end: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 204, 0, 0, 0, 1, 0x26, 0xA0, 0xBF, 0]
    #expect(try clean(sample.bytes) == head + Array(rows.joined()) + end)
  }

  @Test(arguments: [true, false])
  func `pages stay with the fields that they are shown by, in the order of bytes they had`(
    _ isLittle: Bool
  ) throws {
    var sample = TIFFSample()
    sample.isLittle = isLittle
    #expect(
      try clean(sample.bytes).starts(with: isLittle ? [0x49, 0x49, 42] : [0x4D, 0x4D, 0, 42]))
    let pages = try pages(sample)
    #expect(pages.count == 2)
    #expect(pages[0].tags == Self.tags)
    #expect(pages[0].parts == TIFFSample.Page().parts)
    let kept = [
      256: [4], 257: [3], 258: [8, 8, 8], 262: [2], 274: [6], 277: [3], 278: [2], 282: [300, 1],
    ]
    for (tag, values) in kept { #expect(pages[0].fields[tag] == values) }
    #expect(pages[1].tags == Self.faxTags)
    #expect(pages[1].parts == TIFFSample.fax().parts)
    // The sides are written in four bytes, whichever they came in.
    #expect(pages[0].types[256] == 4)
    #expect(pages[0].types[258] == 3)
  }

  @Test func `fields go where they mean nothing`() throws {
    let page = try page {
      $0.fields[292] = .longs([1])
      $0.fields[293] = .longs([2])
      $0.fields[317] = .shorts([2])
      $0.fields[320] = .shorts([Int](repeating: 0x4750, count: 768))
      $0.fields[332] = .shorts([2])
      $0.fields[338] = .shorts([1, 2])
      $0.fields[347] = .octets(type: 7, TIFFSample.secret)
      $0.fields[529] = .rationals([1, 2, 3, 4, 5, 6])
      $0.fields[530] = .shorts([2, 2])
      $0.fields[531] = .shorts([1])
    }
    #expect(page.tags == Self.tags)
  }

  @Test func `values that are one too many go, and one for all samples is written for each`() throws
  {
    let page = try page {
      $0.fields[258] = .shorts([8])
      $0.fields[339] = .shorts([1, 1, 1, 0x4750, 0x2053])
      $0.fields[256] = .shorts([4, 0x4750])
      $0.fields[274] = .octets(type: 1, [3])
      $0.fields[278] = .longs([2, 0x4750])
    }
    #expect(page.fields[258] == [8, 8, 8])
    #expect(page.fields[339] == [1, 1, 1])
    #expect(page.fields[256] == [4])
    #expect(page.fields[274] == [3])
  }

  @Test func `a number that no page has says one strip, and one that no reader knows nothing`()
    throws
  {
    let page = try page {
      $0.fields[278] = .longs([0xFFFF_FFFF])
      $0.fields[274] = .shorts([0x4750])
      $0.fields[296] = .shorts([9])
      $0.parts = [[UInt8](1...36)]
    }
    #expect(page.fields[278] == [3])
    #expect(page.fields[274] == nil)
    #expect(page.fields[296] == nil)
    #expect(page.parts == [[UInt8](1...36)])
  }

  @Test func `what is counted behind samples that are not coded is no picture`() throws {
    let page = try page { $0.behind = TIFFSample.secret.count }
    #expect(page.parts == TIFFSample.Page().parts)
    #expect(page.fields[279] == [24, 12])
  }

  @Test func `strips that no page has room for go`() throws {
    let page = try page { $0.parts.append(TIFFSample.secret) }
    #expect(page.parts == TIFFSample.Page().parts)
  }

  @Test func `samples are counted however they lie`() throws {
    func parts(_ change: (inout TIFFSample.Page) -> Void) throws -> [Int] {
      try page {
        $0.behind = 5
        change(&$0)
      }.parts.map(\.count)
    }
    func gray(_ page: inout TIFFSample.Page, bits: Int, _ counts: [Int]) {
      page.fields[258] = .shorts([bits])
      page.fields[262] = .shorts([1])
      page.fields[277] = nil
      page.parts = counts.map { [UInt8](repeating: 7, count: $0) }
    }
    // Rows are filled to a byte.
    #expect(try parts { gray(&$0, bits: 1, [2, 1]) } == [2, 1])
    #expect(try parts { gray(&$0, bits: 4, [4, 2]) } == [4, 2])
    #expect(try parts { gray(&$0, bits: 16, [16, 8]) } == [16, 8])
    // Each sample by itself.
    let planar = try parts {
      $0.fields[258] = .shorts([8, 16, 8])
      $0.fields[284] = .shorts([2])
      $0.parts = [8, 4, 16, 8, 8, 4].map { [UInt8](repeating: 7, count: $0) }
    }
    #expect(planar == [8, 4, 16, 8, 8, 4])
    // Two by two pixels have four of one and a pair of the others.
    let shared = try parts {
      $0.fields[262] = .shorts([6])
      $0.parts = [12, 12].map { [UInt8](repeating: 7, count: $0) }
    }
    #expect(shared == [12, 12])
    let tiles = try parts {
      $0.fields[278] = nil
      $0.fields[322] = .shorts([3])
      $0.fields[323] = .shorts([2])
      ($0.placesTag, $0.countsTag) = (324, 325)
      $0.parts = [18, 18, 18, 18].map { [UInt8](repeating: 7, count: $0) }
    }
    #expect(tiles == [18, 18, 18, 18])
  }

  @Test(arguments: [2, 3, 4, 5, 8, 32_773, 32_946])
  func `data that is coded is copied as it is`(_ coding: Int) throws {
    let page = try page {
      $0.fields[259] = .shorts([coding])
      $0.fields[317] = .shorts([2])
      $0.fields[292] = .longs([1])
      $0.fields[293] = .longs([2])
      $0.parts = [[9, 8, 7], [6]]
    }
    #expect(page.parts == [[9, 8, 7], [6]])
    #expect((page.fields[317] != nil) == [5, 8, 32_946].contains(coding))
    #expect((page.fields[292] != nil) == (coding == 3))
    #expect((page.fields[293] != nil) == (coding == 4))
  }

  @Test func `colours keep what they are computed with`() throws {
    let palette = try page {
      $0.fields[262] = .shorts([3])
      $0.fields[258] = .shorts([2])
      $0.fields[277] = nil
      $0.fields[320] = .shorts(Array(1...14))
      $0.parts = [[1, 2], [3]]
    }
    #expect(palette.fields[320] == Array(1...12))
    let bright = try page {
      $0.fields[262] = .shorts([6])
      $0.fields[530] = .shorts([1, 1])
      $0.fields[531] = .shorts([2])
      $0.fields[529] = .rationals([299, 1000, 587, 1000, 114, 1000])
      $0.fields[532] = .rationals([0, 1, 255, 1, 128, 1, 255, 1, 128, 1, 255, 1])
    }
    #expect(bright.tags == Self.tags + [529, 530, 531, 532])
    let clear = try page {
      $0.fields[258] = .shorts([8, 8, 8, 8])
      $0.fields[277] = .shorts([4])
      $0.fields[338] = .shorts([1, 2])
      $0.parts = [[UInt8](repeating: 1, count: 32), [UInt8](repeating: 1, count: 16)]
    }
    #expect(clear.fields[338] == [1])
    #expect(clear.fields[277] == [4])
    let inks = try page {
      $0.fields[262] = .shorts([5])
      $0.fields[277] = .shorts([4])
      $0.fields[258] = .shorts([8])
      $0.fields[332] = .shorts([1])
      $0.parts = [[UInt8](repeating: 1, count: 32), [UInt8](repeating: 1, count: 16)]
    }
    #expect(inks.tags == Self.tags)
  }

  @Test func `what a strip in JPEG says beside its picture goes`() throws {
    let stream = MediaSamples.jpeg(behind: TIFFSample.secret)
    let bare: [[UInt8]] = [
      [0xFF, 0xD8], MediaSamples.quantization, MediaSamples.frame, MediaSamples.huffman,
      MediaSamples.scan, [0xFF, 0xD9],
    ]
    let tables: [[UInt8]] = [
      [0xFF, 0xD8], MediaSamples.segment(0xE0, TIFFSample.secret),
      MediaSamples.segment(0xFE, TIFFSample.secret), MediaSamples.quantization, [0xFF, 0xD9],
      TIFFSample.secret,
    ]
    func sample(_ tables: [UInt8], _ stream: [UInt8]) -> TIFFSample {
      TIFFSample.one {
        $0.fields[259] = .shorts([7])
        $0.fields[347] = .octets(type: 7, tables)
        $0.parts = [stream, stream]
      }
    }
    let page = try pages(sample(Array(tables.joined()), stream))[0]
    let strip = Array(bare.joined())
    #expect(page.parts == [strip, strip])
    #expect(
      page.fields[347]
        == ([0xFF, 0xD8] + MediaSamples.quantization + [0xFF, 0xD9]).map { Int($0) })
    #expect(code(sample(stream, stream)) == .unusual)
    #expect(code(sample(Array(tables.joined().prefix(40)), stream)) == .damaged)
    #expect(code(sample(Array(tables.joined()), Array(tables.joined()))) == .damaged)
    #expect(code(sample([], stream)) == .damaged)
    #expect(code(sample([0xFF, 0xD8, 0xFF, 0xD9], [1, 2, 3])) == .damaged)
  }

  @Test func `of a page and its smaller pictures the page stays`() throws {
    let whole = TIFFSample.told(TIFFSample.Page())
    var old = TIFFSample.thumbnail
    old.fields[254] = nil
    old.fields[255] = .shorts([2])
    var sample = TIFFSample()
    sample.pages = [TIFFSample.thumbnail, whole, old]
    #expect(try pages(sample).map(\.parts) == [whole.parts])
    // A smaller picture may be as odd as it likes.
    sample.pages[0].fields[259] = .shorts([6])
    sample.pages[2].parts = []
    #expect(try pages(sample).map(\.parts) == [whole.parts])
  }
}
