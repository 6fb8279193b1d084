import Testing

@testable import Forms

@Suite struct TIFFRefusalTests {
  private func code(_ sample: TIFFSample) -> MediaError.Code? { refusal(of: sample.bytes) }

  private static func one(_ tag: Int, _ value: TIFFSample.Value?) -> TIFFSample {
    .one { $0.fields[tag] = value }
  }

  private static func changed(_ change: (inout TIFFSample) -> Void) -> TIFFSample {
    var sample = TIFFSample()
    change(&sample)
    return sample
  }

  private static let odd: [(String, TIFFSample)] = [
    ("JPEG in its old form", one(259, .shorts([6]))),
    ("a coding that is not listed", one(259, .shorts([50_000]))),
    ("a camera's raw samples", one(262, .shorts([32_803]))),
    ("a mask", one(262, .shorts([4]))),
    ("the mask of another page", one(254, .longs([4]))),
    ("a digital negative", one(50_706, .octets(type: 1, [1, 4, 0, 0]))),
    (
      "a digital negative's small picture",
      changed { $0.pages[1].fields[50_706] = .octets(type: 1, [1, 4, 0, 0]) }
    ),
    ("smaller pictures alone", changed { $0.pages = [TIFFSample.thumbnail] }),
    ("a whole picture in a page", .one { $0.inner = [TIFFSample.Page()] }),
    (
      "a whole picture in a smaller one",
      changed { $0.pages[1].inner = [TIFFSample.thumbnail, TIFFSample.Page()] }
    ),
    (
      "strips and tiles",
      .one {
        $0.fields[322] = .shorts([16])
        $0.fields[323] = .shorts([16])
        $0.fields[324] = .longs([8])
        $0.fields[325] = .longs([8])
      }
    ),
    ("a strip that is left out", one(279, .longs([24, 0]))),
    ("a side longer than any scanner is", one(256, .longs([1 << 20 + 1]))),
    ("a way up of bits", one(266, .shorts([3]))),
    ("a sample of no bits", one(258, .shorts([8, 0, 8]))),
    ("a sample of many bits", one(258, .shorts([8, 65, 8]))),
    ("many samples", one(277, .shorts([33]))),
    ("samples of no known form", one(339, .shorts([7]))),
    (
      "other inks",
      .one {
        $0.fields[262] = .shorts([5])
        $0.fields[277] = .shorts([4])
        $0.fields[332] = .shorts([2])
        $0.fields[258] = .shorts([8])
      }
    ),
    (
      "a palette for more than 16 bits",
      .one {
        $0.fields[262] = .shorts([3])
        $0.fields[258] = .shorts([32, 32, 32])
      }
    ),
    (
      "colours that are shared, apart",
      .one {
        $0.fields[262] = .shorts([6])
        $0.fields[284] = .shorts([2])
        $0.parts = Array(repeating: [UInt8](1...8), count: 6)
      }
    ),
    (
      "more strips than any page has",
      .one {
        $0.fields[257] = .longs([1 << 20])
        $0.fields[278] = .shorts([1])
        $0.fields[284] = .shorts([2])
      }
    ),
    (
      "more fields than any page has",
      .one { page in
        page.raw = [UInt8](repeating: 0xEE, count: 12 * 513)
      }
    ),
  ]

  @Test(arguments: odd)
  func `a page that is not simple is refused`(_ what: String, _ sample: TIFFSample) {
    #expect(code(sample) == .unusual)
  }

  private static let broken: [(String, TIFFSample)] = [
    ("no width", one(256, nil)), ("no length", one(257, nil)), ("no colours", one(262, nil)),
    ("a width of nothing", one(256, .shorts([0]))), ("strips of no rows", one(278, .shorts([0]))),
    ("a strip beyond the file", one(273, .longs([8, 0xFFFF_FFF0]))),
    (
      "a strip that leads out of the file",
      .one {
        $0.fields[259] = .shorts([5])
        $0.fields[279] = .longs([24, 0xFFFF_FFFF])
      }
    ),
    ("fewer places than strips", one(273, .longs([8]))),
    ("fewer lengths than strips", one(279, .longs([24]))),
    ("neither strips nor tiles", .one { $0.placesTag = 1_000 }),
    ("no lengths", .one { $0.countsTag = 1_000 }),
    ("samples cut short", one(279, .longs([24, 11]))),
    ("fewer bits than samples", one(258, .shorts([8, 8]))),
    ("fewer samples than colours", one(277, .shorts([2]))),
    (
      "no palette",
      .one {
        $0.fields[262] = .shorts([3])
        $0.fields[320] = nil
      }
    ),
    ("a fraction that is none", one(282, .longs([300, 1]))),
    ("a number that is a text", one(274, .octets(type: 2, [6]))),
    ("places in single bytes", one(273, .octets(type: 1, [8, 8]))),
    ("no value", one(274, .shorts([]))),
    (
      "a field that is there twice",
      .one { $0.raw = [0x12, 1, 3, 0, 1, 0, 0, 0, 1, 0, 0, 0] }
    ),
    (
      "a value beyond the file",
      .one {
        $0.fields[282] = nil
        $0.raw = [0x1A, 1, 5, 0, 1, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]
      }
    ),
    ("a directory beyond the file", changed { $0.last = 0xFFFF_FFFF }),
    ("a directory in the head", changed { $0.pages = [] }),
    (
      "an inner directory beyond the file",
      .one {
        $0.inner = []
        $0.fields[330] = .longs([0xFFFF_FFFF])
      }
    ),
  ]

  @Test(arguments: broken)
  func `fields that contradict one another are refused`(_ what: String, _ sample: TIFFSample) {
    #expect(code(sample) == .damaged)
  }

  @Test func `pages in a circle are refused`() {
    let bytes = TIFFSample().bytes
    let first = bytes[4..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    #expect(refusal(of: bytes) == nil)
    #expect(code(Self.changed { $0.last = first }) == .damaged)
  }

  @Test func `a book has pages, but not as many as it likes`() {
    func sample(_ count: Int) -> TIFFSample {
      Self.changed { $0.pages = Array(repeating: TIFFSample.fax(), count: count) }
    }
    #expect(code(sample(4_096)) == nil)
    #expect(code(sample(4_097)) == .unusual)
  }

  /// Else a small file of many pages that are all the same bytes would be a large one.
  @Test func `pages that share bytes are together not longer than the file`() {
    func sample(_ count: Int) -> TIFFSample {
      Self.changed {
        var page = TIFFSample.fax()
        page.parts = [[UInt8](repeating: 0xA1, count: 10_000)]
        var other = TIFFSample.fax()
        other.parts = []
        // Where the first page's strip lies, behind the head and a secret.
        other.fields[273] = .longs([8 + TIFFSample.secret.count])
        other.fields[279] = .longs([10_000])
        $0.pages = [page] + Array(repeating: other, count: count)
      }
    }
    #expect(code(sample(0)) == nil)
    #expect(code(sample(1)) == .damaged)
  }

  @Test func `values that are of many pages are together not longer than the file`() {
    func sample(_ count: Int) -> TIFFSample {
      Self.changed {
        var page = TIFFSample.fax()
        page.fields[259] = .shorts([5])
        page.fields[262] = .shorts([3])
        page.fields[258] = .shorts([8])
        // The palette of each is the strip of the first.
        page.raw = [0x40, 1, 3, 0, 0, 3, 0, 0, 8 + UInt8(TIFFSample.secret.count), 0, 0, 0]
        var first = page
        first.parts = [[UInt8](repeating: 0xA1, count: 1_536)]
        $0.pages = [first] + Array(repeating: page, count: count)
      }
    }
    #expect(code(sample(0)) == nil)
    #expect(code(sample(10)) == .damaged)
  }

  @Test func `large files of another head are refused, and heads cut short`() {
    for head in ["II+\0", "MM\0+"] {
      #expect(MediaType(of: Array(head.utf8)) == .tiff)
      #expect(refusal(of: Array(head.utf8) + [8, 0, 0, 0, 16, 0, 0, 0]) == .unusual)
    }
    #expect(refusal(of: Array("II*\0".utf8)) == .damaged)
    #expect(refusal(of: Array("II*\0".utf8) + [8, 0, 0, 0]) == .damaged)
    #expect(refusal(of: Array("II*\0".utf8) + [0, 0, 0, 0]) == .damaged)
  }
}
