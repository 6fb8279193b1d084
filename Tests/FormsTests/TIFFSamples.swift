@testable import Forms

/// A scan of two pages with a secret in every place that a program could put one: between whatever
/// lies in the file, in fields, in directories that a field names, in smaller pictures.
struct TIFFSample: Sendable {
  enum Value: Sendable {
    case octets(type: Int, [UInt8])
    case shorts([Int])
    case longs([Int])
    case rationals([Int])
  }

  struct Page: Sendable {
    var fields: [Int: Value] = [
      256: .shorts([4]), 257: .shorts([3]), 258: .shorts([8, 8, 8]), 259: .shorts([1]),
      262: .shorts([2]), 274: .shorts([6]), 277: .shorts([3]), 278: .longs([2]),
      282: .rationals([300, 1]), 283: .rationals([300, 1]), 296: .shorts([2]),
    ]
    var parts: [[UInt8]] = [[UInt8](1...24), [UInt8](31...42)]
    var placesTag = 273
    var countsTag = 279
    /// What is counted behind each part.
    var behind = 0
    var inner: [Page] = []
    /// Fields behind the others, as they are.
    var raw: [UInt8] = []
  }

  static let secret = MediaSamples.secret
  static let text = Value.octets(type: 2, secret + [0])

  var isLittle = true
  var pages: [Page] = [told(Page()), thumbnail, told(fax())]
  /// Where the last page says that the next one lies.
  var last = 0

  /// Of the fields that programs fill: names and hours, profiles, maker's own, halftones.
  static func told(_ page: Page) -> Page {
    var page = page
    for tag in [269, 270, 271, 305, 306, 315, 33_432] { page.fields[tag] = text }
    for tag in [700, 33_723, 34_377, 34_675, 65_000] { page.fields[tag] = .octets(type: 7, secret) }
    page.fields[254] = .longs([2])
    page.fields[263] = .shorts([0x5047])
    page.fields[291] = .shorts([0x5047, 0x2053])
    page.fields[297] = .shorts([0x5047, 0x2053])
    page.fields[318] = .rationals([0x4750, 0x2053, 1, 2])
    page.fields[34_665] = .longs([8])
    page.fields[34_853] = .longs([8])
    page.inner = [thumbnail]
    return page
  }

  static var thumbnail: Page {
    var page = Page()
    page.fields[254] = .longs([1])
    page.fields[270] = text
    page.parts = [secret + secret, secret]
    return page
  }

  static func fax() -> Page {
    var page = Page()
    page.fields = [
      256: .longs([16]), 257: .longs([2]), 259: .shorts([4]), 262: .shorts([0]), 266: .shorts([2]),
      293: .longs([0]), 292: .longs([4]), 326: .longs([0x4750]),
    ]
    page.parts = [[0x26, 0xA0, 0xBF]]
    return page
  }

  /// In the other order of bytes, in tiles that are JPEG's.
  static var coded: TIFFSample {
    var sample = one {
      $0.fields[259] = .shorts([7])
      $0.fields[322] = .shorts([4])
      $0.fields[323] = .shorts([2])
      $0.fields[347] = .octets(
        type: 7, [0xFF, 0xD8] + MediaSamples.segment(0xFE, secret) + [0xFF, 0xD9])
      ($0.placesTag, $0.countsTag) = (324, 325)
      $0.parts = [MediaSamples.jpeg(behind: secret), MediaSamples.jpeg()]
    }
    sample.isLittle = false
    return sample
  }

  static func one(_ change: (inout Page) -> Void) -> TIFFSample {
    var sample = TIFFSample()
    var page = told(Page())
    change(&page)
    sample.pages = [page]
    return sample
  }

  // MARK: Bytes

  private func number(_ value: Int, _ count: Int) -> [UInt8] {
    let big = (0..<count).reversed().map { UInt8(value >> (8 * $0) & 255) }
    return isLittle ? big.reversed() : big
  }

  private func content(_ value: Value) -> (type: Int, count: Int, bytes: [UInt8]) {
    switch value {
    case .octets(let type, let bytes): (type, bytes.count, bytes)
    case .shorts(let numbers): (3, numbers.count, numbers.flatMap { number($0, 2) })
    case .longs(let numbers): (4, numbers.count, numbers.flatMap { number($0, 4) })
    case .rationals(let numbers): (5, numbers.count / 2, numbers.flatMap { number($0, 4) })
    }
  }

  var bytes: [UInt8] {
    var file =
      (isLittle ? [0x49, 0x49] : [0x4D, 0x4D]) + number(42, 2) + number(0, 4) + Self.secret
    var link = 4
    for page in pages {
      let (start, next) = append(page, to: &file)
      file.replaceSubrange(link..<(link + 4), with: number(start, 4))
      link = next
    }
    file.replaceSubrange(link..<(link + 4), with: number(last, 4))
    return file + Self.secret
  }

  /// Answers where the directory begins, and where it says what comes next.
  private func append(_ page: Page, to file: inout [UInt8]) -> (start: Int, next: Int) {
    var fields = page.fields
    var places: [Int] = []
    for part in page.parts {
      places.append(file.count)
      file += part + Self.secret
    }
    fields[page.placesTag] = fields[page.placesTag] ?? .longs(places)
    fields[page.countsTag] =
      fields[page.countsTag] ?? .longs(page.parts.map { $0.count + page.behind })
    if !page.inner.isEmpty { fields[330] = .longs(page.inner.map { append($0, to: &file).start }) }
    var rows: [UInt8] = []
    for tag in fields.keys.sorted() {
      let (type, count, bytes) = content(fields[tag]!)
      rows += number(tag, 2) + number(type, 2) + number(count, 4)
      if bytes.count <= 4 {
        rows += bytes + Self.secret.prefix(4 - bytes.count)
      } else {
        rows += number(file.count, 4)
        file += bytes
      }
    }
    rows += page.raw
    let start = file.count
    file += number(rows.count / 12, 2) + rows + [0, 0, 0, 0]
    return (start, file.count - 4)
  }
}

/// Reads a TIFF by its directories alone.
struct TIFFTree {
  struct Page {
    var types: [Int: Int] = [:]
    var fields: [Int: [Int]] = [:]
    var parts: [[UInt8]] = []
    var tags: [Int] { fields.keys.sorted() }
  }

  private(set) var pages: [Page] = []

  init(_ bytes: [UInt8]) {
    let isLittle = bytes[0] == 0x49
    func number(_ at: Int, _ count: Int) -> Int {
      let own = bytes[at..<(at + count)]
      return isLittle
        ? own.reversed().reduce(0) { $0 << 8 | Int($1) } : own.reduce(0) { $0 << 8 | Int($1) }
    }
    var at = number(4, 4)
    while at != 0 {
      var page = Page()
      for row in 0..<number(at, 2) {
        let entry = at + 2 + 12 * row
        let (tag, type, count) = (number(entry, 2), number(entry + 2, 2), number(entry + 4, 4))
        let width = [3: 2, 4: 4, 5: 4, 7: 1][type]!
        let numbers = type == 5 ? 2 * count : count
        let place = numbers * width <= 4 ? entry + 8 : number(entry + 8, 4)
        page.types[tag] = type
        page.fields[tag] = (0..<numbers).map { number(place + width * $0, width) }
      }
      let places = page.fields[273] ?? page.fields[324] ?? []
      let counts = page.fields[279] ?? page.fields[325] ?? []
      page.parts = zip(places, counts).map { Array(bytes[$0..<($0 + $1)]) }
      pages.append(page)
      at = number(at + 2 + 12 * number(at, 2), 4)
    }
  }
}
